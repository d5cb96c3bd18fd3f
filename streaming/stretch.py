"""How a number of samples is spread over codes: each stretched by its own elasticity, within limits.

The law is d ∝ exp(κ·e) with one κ for all (Campbell's elasticity, 1990): pauses give most, vowels next,
stops least. This file knows numbers only: no text progress, no targets.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KAPPA_LIMIT = 4.0
BISECTIONS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Elastic:
    """Lengths in codes, how readily each gives, and how far each may be stretched."""

    codes: Floats  # [items]
    exponents: Floats  # [items]
    low: Floats  # [items], factor
    high: Floats  # [items], factor

    def factors(self, kappa: float) -> Floats:
        """The stretch of each item at κ."""
        return np.clip(np.exp(kappa * self.exponents), self.low, self.high)

    def length(self, kappa: float) -> float:
        """Total length at κ, in codes."""
        return float(self.codes @ self.factors(kappa))

    def reaches(self, codes: float, slack: float = 0.0) -> bool:
        """Whether a total length lies within the limits."""
        low, high = float(self.codes @ self.low), float(self.codes @ self.high)
        return low - slack <= codes <= high + slack

    def solve(self, codes: float) -> float:
        """The κ at which the total is `codes`; the nearest limit when it cannot be."""
        low, high = -KAPPA_LIMIT, KAPPA_LIMIT
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            if self.length(middle) < codes:
                low = middle
            else:
                high = middle
        return (low + high) / 2


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
