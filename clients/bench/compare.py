"""Two configurations side by side on a machine that is never the same twice: A B B A, and the ratio of each pair. Pure.

The two of a pair get the same arrivals, one right after the other, and the order alternates, so that a machine that
slowly gets faster or slower favours neither. It says how sure a ratio is, never which is better.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from oncue.clients.bench.figures import BenchFigures

Side = Literal["A", "B"]
METRICS: Mapping[str, Callable[[BenchFigures], float]] = {
    "first_chunk_p50_s": lambda found: found.first_chunk_p50_s,
    "first_audible_p50_s": lambda found: found.first_audible_p50_s,
    "first_audible_p95_s": lambda found: found.first_audible_p95_s,
    "stalled_s": lambda found: found.stalled_s,
    "miss_rate": lambda found: found.miss_rate,
}
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Ratio:
    """One metric of the two. Ratios are B over A; None where A had a zero in some pair."""

    metric: str
    a_median: float
    b_median: float
    ratio_median: float | None
    ratio_low: float | None
    ratio_high: float | None
    """Ends of the 95 % interval."""


def order(pairs: int) -> tuple[tuple[Side, Side], ...]:
    """Who goes first in each pair: A B, B A, A B …"""
    return tuple(("A", "B") if index % 2 == 0 else ("B", "A") for index in range(pairs))


def ratios(a: Sequence[BenchFigures], b: Sequence[BenchFigures], seed: int) -> tuple[Ratio, ...]:
    """Every metric of as many slices of A as of B, in the order of the pairs."""
    return tuple(
        _ratio(metric, [read(one) for one in a], [read(one) for one in b], seed) for metric, read in METRICS.items()
    )


def _ratio(metric: str, a: Sequence[float], b: Sequence[float], seed: int) -> Ratio:
    medians = statistics.median(a), statistics.median(b)
    if min(a) <= 0:
        return Ratio(metric, *medians, None, None, None)
    each = [two / one for one, two in zip(a, b, strict=True)]
    return Ratio(metric, *medians, statistics.median(each), *interval(each, seed))


def interval(values: Sequence[float], seed: int) -> tuple[float, float]:
    """95 % of the medians of resamples lie in it: the percentile bootstrap (Efron, Annals of Statistics 7, 1979)."""
    draw = random.Random(seed)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return medians[round(0.025 * (_RESAMPLES - 1))], medians[round(0.975 * (_RESAMPLES - 1))]
