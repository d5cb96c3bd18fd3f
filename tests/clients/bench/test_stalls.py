from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest

from oncue.clients.bench.stalls import (
    LEAST_S,
    NO_STALLS,
    PERIOD_S,
    Stall,
    StallMeter,
    Stalls,
    Ticker,
    cores,
    shared,
    watch,
)

STALLS = Stalls((Stall(1.0, 1.5), Stall(3.0, 4.0)))


def test_the_net_clock_stands_still_in_a_stall_and_keeps_step_outside() -> None:
    assert [STALLS.net(at) for at in (0.0, 1.0, 1.2, 1.5, 2.0, 4.0, 5.0)] == [0.0, 1.0, 1.0, 1.0, 1.5, 2.5, 3.5]
    assert NO_STALLS.net(7.25) == 7.25


def test_the_net_clock_never_runs_backwards_and_never_faster_than_time() -> None:
    draw = random.Random(1)
    edges = sorted(draw.uniform(0, 10) for _ in range(40))
    stalls = Stalls(Stall(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))
    times = sorted(draw.uniform(-1, 11) for _ in range(500))
    for before, after in pairwise(times):
        assert -1e-9 <= stalls.net(after) - stalls.net(before) <= after - before + 1e-9


def test_what_lies_between_two_times_is_the_part_of_each_stall_in_it() -> None:
    assert STALLS.within(1.25, 3.5) == pytest.approx(0.75)
    assert STALLS.within(1.6, 2.9) == 0
    assert STALLS.within(0, 9) == pytest.approx(1.5)


class Clock:
    """Sleeping takes as long as asked, and at some sleeps longer."""

    def __init__(self, longer_s: dict[int, float], sleeps: int) -> None:
        self.now, self._longer_s, self._left, self._count = 0.0, longer_s, sleeps, 0

    def sleep(self, seconds: float) -> None:
        self._count += 1
        self.now += seconds + self._longer_s.get(self._count, 0.0)

    def go_on(self) -> bool:
        return self._count < self._left


def test_a_ticker_notes_only_silence_that_is_too_long_for_a_turn_of_another_process() -> None:
    clock = Clock({3: LEAST_S / 2, 6: 0.3}, sleeps=9)
    ticker = Ticker(clock.now)
    watch(ticker, lambda: clock.now, clock.sleep, clock.go_on)
    (gap,) = ticker.gaps
    assert gap.length_s == pytest.approx(0.3 + PERIOD_S)
    assert gap.start_s == pytest.approx(5 * PERIOD_S + LEAST_S / 2)


def test_the_machine_stood_still_only_where_every_core_was_silent() -> None:
    one = [Stall(1.0, 1.5), Stall(2.0, 2.5), Stall(5.0, 6.0)]
    other = [Stall(1.2, 1.6), Stall(5.0, 5.3), Stall(5.5, 7.0)]
    assert shared([one, other]) == (Stall(1.2, 1.5), Stall(5.0, 5.3), Stall(5.5, 6.0))
    assert shared([one]) == tuple(one)


def test_a_core_that_is_busy_while_another_ticks_is_no_stall() -> None:
    assert shared([[Stall(0.0, 10.0)], []]) == ()
    assert shared([[Stall(0.0, 1.0)], [Stall(1.0 - LEAST_S / 2, 2.0)]]) == ()


def test_some_core_is_watched_and_none_twice() -> None:
    assert 1 <= len(cores()) == len(set(cores())) <= 8


def test_the_meter_process_answers_as_often_as_it_is_asked_and_tells_only_of_its_own_time() -> None:
    before = time.monotonic()
    with StallMeter() as meter:
        first, second = meter.read(), meter.read()
    assert second.spans[: len(first.spans)] == first.spans
    for span in second.spans:
        assert before < span.start_s < span.end_s <= time.monotonic()


def test_a_meter_that_is_gone_is_said() -> None:
    with StallMeter() as meter:
        meter._process.kill()
        meter._process.wait()
        with pytest.raises(RuntimeError, match="pauses"):
            meter.read()
