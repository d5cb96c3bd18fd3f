from __future__ import annotations

import pytest

from oncue.clients.bench.figures import figures, load_of, percentile
from oncue.clients.bench.load import OfferedLine
from oncue.clients.bench.stalls import NO_STALLS, Stall, Stalls
from tests.clients.listeners import heard

LATE = heard((0.1, 0.9, 1.0))
GOOD = heard()


def offered(*lines: object, lag_s: float = 0.0) -> list[OfferedLine]:
    found = []
    for line in lines:
        good = None if isinstance(line, str) else line
        found.append(OfferedLine(0.0, lag_s, good, line if isinstance(line, str) else ""))  # type: ignore[arg-type]
    return found


def summed(*lines: object, stalls: Stalls = NO_STALLS, lag_s: float = 0.0):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return load_of(offered(*lines, lag_s=lag_s), stalls, streams=2.0, lines_per_s=1.0, seed=0, start_limit_s=0.15)


def test_misses_are_late_chunks_over_chunks_that_had_a_deadline() -> None:
    found = figures([GOOD, LATE], start_limit_s=0.2)
    assert (found.underruns, found.miss_rate) == (1, 0.25)
    assert found.slack_min_s == pytest.approx(-0.6)
    assert found.stalled_s == pytest.approx(0.6)


def test_late_starts_are_lines_beyond_the_limit() -> None:
    lines = [heard((at_s,)) for at_s in (0.1, 0.2, 0.3)]
    assert figures(lines, start_limit_s=0.15).late_starts == 2
    assert figures(lines, start_limit_s=0.15).first_audible_p50_s == pytest.approx(0.2)


def test_a_load_is_sustained_when_all_is_in_time() -> None:
    assert summed(GOOD, GOOD).sustained
    assert summed(GOOD, GOOD).chunks == 6


def test_a_miss_a_failure_or_a_late_start_is_not_sustained() -> None:
    assert not summed(GOOD, LATE).sustained
    assert not summed(GOOD, "busy").sustained
    assert not summed(heard((0.4, 0.5))).sustained
    assert summed(GOOD, "busy", "busy").failed == {"busy": 2}


def test_what_a_stall_explains_does_not_count_against_a_load_but_is_told() -> None:
    found = summed(LATE, stalls=Stalls((Stall(0.2, 0.85),)))
    assert found.sustained
    assert (found.as_heard.underruns, found.net.underruns) == (1, 0)
    assert found.stood_still_s == pytest.approx(0.65)


def test_a_machine_that_ran_half_the_time_had_twice_the_load_to_do() -> None:
    assert summed(heard((0.1, 1.0)), stalls=Stalls((Stall(0.2, 0.7),))).streams_net == pytest.approx(4.0)


def test_the_generator_owns_up_to_being_late() -> None:
    assert summed(GOOD, lag_s=0.03).lag_p99_s == pytest.approx(0.03)


def test_a_load_of_which_nothing_was_heard_is_still_summed_up() -> None:
    found = summed("engine_lost")
    assert (found.lines, found.chunks, found.sustained) == (1, 0, False)


def test_percentiles_lie_between_the_values_there_are() -> None:
    assert percentile([], 50) == 0
    assert percentile([3.0], 99) == 3
    assert percentile([1.0, 2.0, 3.0], 50) == 2
    assert percentile([1.0, 2.0], 95) == pytest.approx(1.95)
