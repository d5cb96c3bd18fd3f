"""When did this machine stand still? A small process ticks on every core and notes when no core ticked.

A virtual machine that its host pauses, a laptop that throttles, a container out of its share: then nothing runs here, neither
the engine nor the listener, and what is late for that reason says nothing about either. The meter finds these
intervals; `Stalls.net` is a clock that does not run in them. It explains nothing else: a core that is merely busy still
ticks, if late, and while one core ticks the machine did not stand still.

`time.monotonic` is one clock for all processes of a machine, so the intervals can be laid beside the times of another process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from types import TracebackType
from typing import Self

PERIOD_S = 0.004
"""How often each core is to tick."""
LEAST_S = 0.02
"""Silence shorter than this is the scheduler's business: a few processes taking turns on a core."""
_MOST_CORES = 8
"""Enough to tell a machine from a core; a meter on every core of a large one would be a load itself."""
_END_S = 5.0


@dataclass(frozen=True, slots=True)
class Stall:
    """An interval of `time.monotonic` in which nothing ran."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


class Stalls:
    """The intervals of one measurement, apart and in order. Law: `net` never runs backwards and never faster than time."""

    def __init__(self, spans: Iterable[Stall] = ()) -> None:
        self.spans = tuple(spans)
        self._starts = [span.start_s for span in self.spans]
        self._sums = list(accumulate((span.length_s for span in self.spans), initial=0.0))

    def within(self, start_s: float, end_s: float) -> float:
        """Seconds between two times in which nothing ran."""
        return self._before(end_s) - self._before(start_s)

    def net(self, at_s: float) -> float:
        """A time on the clock that stands still whenever the machine does."""
        return at_s - self._before(at_s)

    def _before(self, at_s: float) -> float:
        count = bisect_right(self._starts, at_s)
        return self._sums[count] - max(0.0, self.spans[count - 1].end_s - at_s) if count else 0.0


NO_STALLS = Stalls()
"""A machine that never stood still; on its clock things are as they were heard."""


class Ticker:
    """What one core saw: the gaps between its ticks that are too long to be its turn taken by another process."""

    def __init__(self, now: float, least_s: float = LEAST_S) -> None:
        self.gaps: list[Stall] = []
        self._last, self._least_s = now, least_s

    def tick(self, now: float) -> None:
        """This core runs at `now`."""
        if now - self._last >= self._least_s:
            self.gaps.append(Stall(self._last, now))
        self._last = now


def shared(gaps: Sequence[Sequence[Stall]], least_s: float = LEAST_S) -> tuple[Stall, ...]:
    """The intervals in which every core was silent."""
    return tuple(span for span in reduce(_overlaps, gaps) if span.length_s >= least_s)


def _overlaps(one: Sequence[Stall], other: Sequence[Stall]) -> Sequence[Stall]:
    """Both in order; so is the result."""
    found, first, second = list[Stall](), 0, 0
    while first < len(one) and second < len(other):
        a, b = one[first], other[second]
        if min(a.end_s, b.end_s) > max(a.start_s, b.start_s):
            found.append(Stall(max(a.start_s, b.start_s), min(a.end_s, b.end_s)))
        if a.end_s <= b.end_s:
            first += 1
        else:
            second += 1
    return found


class StallMeter:
    """The meter process, while the block lasts. `read` may be asked as often as wanted."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "oncue.clients.bench.stalls"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.read()  # an answer means that it ticks
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._process.communicate(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def read(self) -> Stalls:
        """Every stall since the block was entered. Raises RuntimeError when the meter process is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError("The process that watches for pauses of this machine ended by itself.")
        return Stalls(Stall(start_s, end_s) for start_s, end_s in json.loads(answer))


def watch(
    ticker: Ticker, clock: Callable[[], float], sleep: Callable[[float], None], go_on: Callable[[], bool]
) -> None:
    """Tick until `go_on` says no."""
    while go_on():
        sleep(PERIOD_S)
        ticker.tick(clock())


def cores() -> tuple[int | None, ...]:
    """Which cores to tick on; one None, which is any, where a thread cannot choose its core."""
    if not hasattr(os, "sched_getaffinity"):
        return (None,)
    usable = sorted(os.sched_getaffinity(0))
    return tuple(usable[index] for index in range(0, len(usable), -(-len(usable) // _MOST_CORES)))


def _tick_on(core: int | None, ticker: Ticker) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})  # 0 is the calling thread
    watch(ticker, time.monotonic, time.sleep, lambda: True)


def main() -> None:
    """The meter process: a line asks for the stalls so far, and the end of the input is the end."""
    tickers = {core: Ticker(time.monotonic()) for core in cores()}
    for core, ticker in tickers.items():
        threading.Thread(target=_tick_on, args=(core, ticker), daemon=True).start()
    for _ in sys.stdin:
        time.sleep(2 * PERIOD_S)  # so that a stall that ended just now is seen by every core
        spans = shared([list(ticker.gaps) for ticker in tickers.values()])
        print(json.dumps([(span.start_s, span.end_s) for span in spans]), flush=True)


if __name__ == "__main__":
    main()
