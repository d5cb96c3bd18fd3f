"""Whether memory grows: a slope that a few spikes do not bend, and how sure it is. Pure.

Theil-Sen: the median of the slopes between all pairs of samples, with the interval of Sen (1968) from Kendall's statistic.
Memory comes in steps, so neighbours are alike: samples are first gathered to means of as many stretches, whose
errors are nearly independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

STRETCHES = 24
_Z = 1.96
"""95 %."""


@dataclass(frozen=True, slots=True)
class Slope:
    """MB an hour: the estimate, and the interval that holds the true one in 95 of 100 cases."""

    per_hour: float
    low: float
    high: float

    def grows(self, limit: float) -> bool:
        """Whether it is surely more than `limit`."""
        return self.low > limit

    def holds(self, limit: float) -> bool:
        """Whether it is surely no more than `limit`."""
        return self.high <= limit


def slope(samples: Sequence[tuple[float, float]], warm_share: float = 0.2) -> Slope:
    """Of (hours, MB), without the first share, in which caches fill."""
    first = samples[0][0] + warm_share * (samples[-1][0] - samples[0][0])
    points = _gathered([sample for sample in samples if sample[0] >= first])
    slopes = sorted(
        (b[1] - a[1]) / (b[0] - a[0]) for index, a in enumerate(points) for b in points[index + 1 :] if b[0] > a[0]
    )
    assert slopes, "a slope needs two moments"
    count = len(points)
    spread = _Z * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low, high = round((len(slopes) - spread) / 2), round((len(slopes) + spread) / 2)
    return Slope(median(slopes), slopes[max(0, low)], slopes[min(len(slopes) - 1, high)])


def _gathered(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = max(1, len(samples) // STRETCHES)
    parts = [samples[start : start + size] for start in range(0, len(samples), size)]
    return [(fmean(at for at, _ in part), fmean(mb for _, mb in part)) for part in parts]
