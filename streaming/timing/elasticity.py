"""How a number of samples is spread over codes: each stretched by its own elasticity, within limits.

The law is d ∝ exp(κ·e) with one κ for all (Campbell's elasticity, 1990): pauses give most, vowels next,
stops least. κ may be made to drift from where it was instead of leaping (`slew`). This file knows numbers
only: no text progress, no targets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KAPPA_LIMIT = 4.0
NEAR = 1e-7
"""Codes: a length so near is met."""


@dataclass(frozen=True, slots=True, eq=False)
class Elastic:
    """Lengths in codes, how readily each gives, how far each may be stretched, and how fast κ may change.

    κ is `start` before the first item and changes by at most `slew` from each item to the next.
    """

    codes: Floats  # [items]
    exponents: Floats  # [items]
    low: Floats  # [items], factor
    high: Floats  # [items], factor
    start: float = 0.0
    slew: float = math.inf

    def kappas(self, kappa: float) -> Floats:
        """κ of each item on the way to `kappa`, [items]."""
        if math.isinf(self.slew):
            return np.full(len(self.codes), kappa)
        way = self.slew * np.arange(1, len(self.codes) + 1)
        kappas: Floats = np.minimum(np.maximum(kappa, self.start - way), self.start + way)
        return kappas

    def factors(self, kappa: float) -> Floats:
        """The stretch of each item when κ is on the way to `kappa`, [items]."""
        # Not `np.clip`, whose way in costs more than its work on a dozen numbers.
        return np.minimum(np.maximum(np.exp(self.kappas(kappa) * self.exponents), self.low), self.high)

    def length(self, kappa: float) -> float:
        """Total length in codes when κ is on the way to `kappa`."""
        return float(self.codes @ self.factors(kappa))

    def beyond(self, codes: float) -> float:
        """By how many codes a total length is more than the limits allow; negative where it is less, 0 within them."""
        return min(0.0, codes - self.length(-KAPPA_LIMIT)) + max(0.0, codes - self.length(KAPPA_LIMIT))

    def reaches(self, codes: float, slack: float = 0.0) -> bool:
        """Whether a total length lies within the limits."""
        return abs(self.beyond(codes)) <= slack

    def solve(self, codes: float) -> float:
        """The κ at which the total is `codes`, by the Illinois method; the nearest limit when it cannot be."""
        low, high = -KAPPA_LIMIT, KAPPA_LIMIT
        short, over = self.length(low) - codes, self.length(high) - codes
        if short >= 0 or over <= 0:
            return low if short >= 0 else high
        kappa = 0.0
        for _ in range(60):
            off = self.length(kappa) - codes
            if abs(off) < NEAR:
                break
            if off < 0:
                low, short, over = kappa, off, over / 2
            else:
                high, over, short = kappa, off, short / 2
            kappa = (low * over - high * short) / (over - short)
        return kappa


def spread_exactly(elastic: Elastic, samples: int, samples_per_code: Fraction) -> tuple[int, ...]:
    """Spans of single codes that sum to `samples` if the limits allow it, and as near as they allow otherwise."""
    codes = float(samples / samples_per_code)
    factors = elastic.factors(elastic.solve(codes))
    ends = np.cumsum(factors)
    if elastic.reaches(codes, slack=0.5 / float(samples_per_code)):
        ends *= samples / ends[-1]
    else:
        ends *= float(samples_per_code)
    bounds = np.rint(ends).astype(np.int64)
    return tuple(int(span) for span in np.diff(bounds, prepend=0))
