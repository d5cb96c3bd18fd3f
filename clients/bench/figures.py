"""What many lines came to, on one clock: percentiles, underruns, deadline misses, slack. Pure.

Every figure is made twice, as heard and net of the intervals in which the machine stood still; see docs/bench.md.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from oncue.clients.bench.listeners import HeardLine
from oncue.clients.bench.load import OfferedLine
from oncue.clients.bench.stalls import NO_STALLS, Stalls

MISS_LIMIT = 0.001
"""The share of chunks that may come too late before a load counts as too much."""


@dataclass(frozen=True, slots=True)
class BenchFigures:
    """Lines on one clock. Seconds count from when a line was due."""

    first_chunk_p50_s: float
    first_chunk_p95_s: float
    first_audible_p50_s: float
    first_audible_p95_s: float
    late_starts: int
    """Lines whose first audible sample came after the limit that was set for it."""
    underruns: int
    """Times that playback stopped: chunks that came after the sound before them was over."""
    stalled_s: float
    miss_rate: float
    """Underruns over chunks that had a deadline, which all but a line's first have."""
    slack_min_s: float
    slack_p1_s: float
    slack_p50_s: float
    """How long before they were needed chunks came; negative is late."""


def figures(heard: Sequence[HeardLine], start_limit_s: float, stalls: Stalls = NO_STALLS) -> BenchFigures:
    """Of at least one line."""
    times = [line.times(stalls) for line in heard]
    chunk_s, audible_s = [line.first_chunk_s for line in times], [line.first_audible_s for line in times]
    slacks_s = [slack_s for line in times for slack_s in line.slacks_s]
    underruns = sum(line.underruns for line in times)
    return BenchFigures(
        first_chunk_p50_s=percentile(chunk_s, 50),
        first_chunk_p95_s=percentile(chunk_s, 95),
        first_audible_p50_s=percentile(audible_s, 50),
        first_audible_p95_s=percentile(audible_s, 95),
        late_starts=sum(at_s > start_limit_s for at_s in audible_s),
        underruns=underruns,
        stalled_s=sum(line.stalled_s for line in times),
        miss_rate=underruns / max(1, len(slacks_s)),
        slack_min_s=min(slacks_s, default=0.0),
        slack_p1_s=percentile(slacks_s, 1),
        slack_p50_s=percentile(slacks_s, 50),
    )


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """One stretch of open-loop load."""

    streams: float
    """Lines playing at once, on average, that were offered."""
    streams_net: float
    """The same for each second in which the machine ran: what was due while it stood still has to be done after."""
    lines_per_s: float
    seed: int
    lines: int
    chunks: int
    audio_s: float
    failed: dict[str, int]
    """Lines that were not heard to their end, by error code."""
    lag_p99_s: float
    """How late the generator itself was, net of stalls."""
    measured_s: float
    stood_still_s: float
    start_limit_s: float
    as_heard: BenchFigures
    net: BenchFigures

    @property
    def sustained(self) -> bool:
        """Nothing failed, misses within `MISS_LIMIT`, and the first audible sample in time for 95 % of the lines."""
        few_misses = self.net.miss_rate <= MISS_LIMIT
        return not self.failed and few_misses and self.net.first_audible_p95_s <= self.start_limit_s


def load_of(
    offered: Sequence[OfferedLine],
    stalls: Stalls,
    *,
    streams: float,
    lines_per_s: float,
    seed: int,
    start_limit_s: float,
) -> LoadFigures:
    """Sum up what came of a load of at least one line."""
    heard = [one.heard for one in offered if one.heard is not None]
    began_at, ended_at = min(one.due_at for one in offered), max([line.ended_at for line in heard], default=0.0)
    measured_s, stood_still_s = ended_at - began_at, stalls.within(began_at, ended_at)
    return LoadFigures(
        streams,
        streams * measured_s / max(measured_s - stood_still_s, 1e-9),
        lines_per_s,
        seed,
        lines=len(offered),
        chunks=sum(len(line.chunks) for line in heard),
        audio_s=sum(line.audio_s for line in heard),
        failed=dict(Counter(one.problem for one in offered if one.heard is None)),
        lag_p99_s=percentile([stalls.net(one.asked_at) - stalls.net(one.due_at) for one in offered], 99),
        measured_s=measured_s,
        stood_still_s=stood_still_s,
        start_limit_s=start_limit_s,
        as_heard=figures(heard, start_limit_s),
        net=figures(heard, start_limit_s, stalls),
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Interpolated between the values there are; 0 of none."""
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
