"""The time map: samples given to codes, rounded on their running sum, and the limits between which they may lie.

Spans are appended in order and only taken back from the end, so what was made of them stays. Which codes are
stretched towards what is the planner's business.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import ModelSpec
from oncue.streaming.timing.elasticity import Elastic, Floats, spread_exactly

COMFORT = 0.08
"""Stretch that a correction may use on speech."""
PAUSE_COMFORT = 0.25
SLEW = 0.02
"""Change of κ from one code to the next, so that a correction is a drift and not a step."""
GRID = 1 << 16
"""Factors are rounded to this grid, so that their sums are exact fractions."""


@dataclass(frozen=True, slots=True)
class StretchLimits:
    """How far codes may be stretched (factors for speech and for pauses), and how fast κ may change."""

    speech: tuple[float, float]
    pause: tuple[float, float]
    slew: float = math.inf

    def elastic(self, codes: Floats, exponents: Floats, paused: NDArray[np.bool_], kappa: float) -> Elastic:
        """Codes within these limits, when κ was `kappa` before the first of them."""
        low = np.where(paused, self.pause[0], self.speech[0])
        high = np.where(paused, self.pause[1], self.speech[1])
        return Elastic(codes, exponents, low, high, kappa, self.slew)


class StretchPolicy:
    """Limits from mild to hard: a drift, a drift with free pauses, a step within comfort, all the family can do."""

    def __init__(self, spec: ModelSpec) -> None:
        speech = (1 - COMFORT, 1 + COMFORT)
        self.gentle = StretchLimits(speech, (1 - PAUSE_COMFORT, 1 + PAUSE_COMFORT), SLEW)
        self.firm = StretchLimits(speech, spec.stretch)
        self.hard = StretchLimits(spec.stretch, spec.stretch)
        self.drifting = StretchLimits(spec.stretch, spec.stretch, SLEW)
        self._free_pauses = StretchLimits(speech, spec.stretch, SLEW)

    def mildest(self, make: Callable[[StretchLimits], Elastic], codes: float) -> Elastic:
        """What `make` makes of the mildest limits that reach a length; of the hardest if none does."""
        for limits in (self.gentle, self._free_pauses, self.firm):
            elastic = make(limits)
            if elastic.reaches(codes):
                return elastic
        return make(self.hard)


class CodeSpans:
    """`spans[i]` samples for the i-th code; their sum is always that of the factors, rounded once."""

    def __init__(self, spec: ModelSpec, kappa: float) -> None:
        self.spans: list[int] = []
        self.samples = 0
        self.kappa = self._first_kappa = kappa
        self._per_code, self._stretch = spec.samples_per_code, spec.stretch
        self._kappas: list[float] = []
        self._ideal = 0  # samples × denominator × GRID, an integer so that nothing drifts

    def codes_of(self, samples: float) -> float:
        """Samples as codes of natural length."""
        return samples * self._per_code.denominator / self._per_code.numerator

    def codes_to(self, samples: float) -> float:
        """Codes of natural length from the last span to a sample of the segment."""
        return self.codes_of(samples - self.samples)

    def nearest(self, wanted: int, at: int, codes: float) -> int:
        """The sample nearest to the one wanted at which `codes` codes after sample `at` can end."""
        least, most = (at + codes * float(self._per_code) * factor for factor in self._stretch)
        return round(min(max(wanted, least), most))

    def place(self, elastic: Elastic, kappa: float, codes: int) -> None:
        """Give the first `codes` items of `elastic` what they become at κ."""
        unit = self._per_code.denominator * GRID
        for factor in elastic.factors(kappa)[:codes]:
            self._ideal += self._per_code.numerator * round(float(factor) * GRID)
            self._append((2 * self._ideal + unit) // (2 * unit) - self.samples)
        self._keep_kappas(elastic.kappas(kappa)[:codes].tolist())

    def place_all(self, elastic: Elastic, samples: int) -> None:
        """Give all items of `elastic` together `samples`, or as near as its limits allow."""
        for span in spread_exactly(elastic, samples, self._per_code):
            self._append(span)
        self._keep_kappas([self.kappa] * len(elastic.codes))

    def rewind(self, codes: int) -> None:
        """Take back the spans from code `codes` on."""
        del self.spans[codes:], self._kappas[codes:]
        self.samples = sum(self.spans)
        self._ideal = self.samples * self._per_code.denominator * GRID
        self.kappa = self._kappas[-1] if self._kappas else self._first_kappa

    def _append(self, span: int) -> None:
        self.spans.append(span)
        self.samples += span

    def _keep_kappas(self, kappas: list[float]) -> None:
        self._kappas.extend(kappas)
        self.kappa = kappas[-1] if kappas else self.kappa
