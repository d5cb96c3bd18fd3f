"""The closed loop that makes a segment end on its sample: codes to ask for, stop permission, spans.

Text progress is state: the decoder's pointer says what was spoken, the queue of decoded codes what is
certain, the script what is left. The actuators, in the order of what the ear forgives: the codes left that
the decoder is told, the elasticity of each code (`stretch.py`), the trailing pause, and a forced pointer.
The planner sees only its own row: no clock, no other line, not how far the sound has got. Psychoacoustic
limits after Quené (2007, tempo differences under 5 % are not heard) and Campbell (1990, elasticity).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.api import Code, ModelSpec, Script
from streaming.stretch import Elastic, Floats, spread_exactly

MAX_ADVANCE = 3
"""Units a decoder can pass in one code."""
COMFORT = 0.08
"""Stretch that a correction may use on speech."""
PAUSE_COMFORT = 0.25
SLEW = 0.02
"""Change of κ from one code to the next, so that a correction is a drift and not a step."""
SHORT_CODES = 10
"""Under so many codes rounding to whole codes outweighs comfort and slew."""
BIAS_PRIOR_CODES = 20.0
BIAS_LIMIT = 0.15
"""How far the ask is bent against a decoder that does not do what it is told."""
FLOOR = 0.5
"""No unit is planned under this share of its natural length; when only that is left, the pointer is forced."""
DWELL_SIGMAS = 4.0
RUNAWAY = 2.5
RUNAWAY_CODES = 25
TAIL_CODES = 3.0
"""Trailing silence beyond the natural one that the plan counts on."""
GRID = 1 << 16
"""Factors are rounded to this grid, so that their sums are exact fractions."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far codes may be stretched: factors for speech and for pauses."""

    speech: tuple[float, float]
    pause: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ask:
    """What the next step of the decoder is told."""

    codes_left: float
    may_stop: bool
    must_stop: bool
    min_advance: int


class Planner:
    """One segment from its first code to its last. With a target that can be reached, its spans sum to it exactly."""

    def __init__(self, script: Script, spec: ModelSpec, target: int | None) -> None:
        self._spec = spec
        self._natural = np.array([unit.mean_codes for unit in script.units])
        self._spread = np.array([unit.spread for unit in script.units])
        self._exponents = np.array([unit.elasticity for unit in script.units])
        self._pauses = np.array([unit.kind == "pause" for unit in script.units])
        self._after = np.append(np.cumsum(self._natural[::-1])[::-1], 0.0)
        self._needs = np.append(np.cumsum(FLOOR * self._natural[::-1])[::-1], 0.0)
        self._last = len(script.units) - 1
        speech = (1 - COMFORT, 1 + COMFORT)
        self._gentle = Limits(speech, (1 - PAUSE_COMFORT, 1 + PAUSE_COMFORT))
        self._firm = Limits(speech, spec.stretch)
        self._hard = Limits(spec.stretch, spec.stretch)
        self._units: list[int] = []
        self._dwell = 0
        self._asked = Ask(1.0, False, False, 0)
        self._spent = self._expected = BIAS_PRIOR_CODES
        self._moved_at = 0
        self._kappa = 0.0
        self._per_code = spec.samples_per_code
        self._ideal = 0  # samples × denominator × GRID, an integer so that nothing drifts
        self.target = target
        self.spans: list[int] = []
        self.stopped = False
        self.forced_steps = 0

    @property
    def decoded(self) -> int:
        """Codes heard of."""
        return len(self._units)

    @property
    def queued(self) -> int:
        """Codes decoded and not yet given spans."""
        return self.decoded - len(self.spans)

    @property
    def planned_samples(self) -> int:
        """Samples given to codes."""
        return sum(self.spans)

    @property
    def estimate(self) -> float:
        """The segment's length in samples as far as it is known."""
        if self.target is not None and not self.stopped:
            return float(self.target)
        left = 0.0 if self.stopped else self.natural_left()
        return self.planned_samples + (self.queued + left) * float(self._per_code)

    def natural_left(self) -> float:
        """Codes that the rest would take at its natural pace, with credit for the unit being spoken."""
        if not self._units:
            return float(self._after[0])
        if not self._spec.tracks_progress:
            return max(1.0, float(self._after[0]) - self.decoded)
        pointer = self._units[-1]
        return max(0.5, float(self._natural[pointer]) - self._dwell) + float(self._after[pointer + 1])

    def ask(self) -> Ask:
        """What to tell the decoder for its next code."""
        limit = RUNAWAY * max(float(self._after[0]), self._codes(self.target or 0)) + RUNAWAY_CODES
        runaway = self.decoded + 1 >= limit
        self._asked = self._ask_free(runaway) if self.target is None else self._ask_target(self.target, runaway)
        return self._asked

    def hear(self, code: Code) -> None:
        """A code was decoded."""
        pointer = self._units[-1] if self._units else 0
        unit = pointer if code.unit is None else min(code.unit, self._last)
        left = self.natural_left()
        self._dwell = self._dwell + 1 if unit == pointer else 0
        self._units.append(unit)
        self.stopped = code.stop
        if self._asked.min_advance and unit - pointer <= self._asked.min_advance:
            self.forced_steps += 1
        if unit > pointer:
            self._learn(pointer, unit, left)

    def plan(self, codes: int) -> tuple[int, ...]:
        """Spans of the next `codes` queued codes, more of the segment being still to come."""
        assert codes <= self.queued
        assert not self.stopped
        if self.target is None:
            return self._place([1.0] * codes)
        kappa, elastic = self._correction(self.target)
        slew = math.inf if self._codes(self.target) < SHORT_CODES else SLEW
        factors = []
        for index in range(codes):
            self._kappa += min(slew, max(-slew, kappa - self._kappa))
            factors.append(float(elastic.factors(self._kappa)[index]))
        return self._place(factors)

    def plan_rest(self) -> tuple[int, ...]:
        """Spans of everything queued: the last code is known, so the target is met here."""
        assert self.stopped
        assert self.queued
        if self.target is None:
            return self._place([1.0] * self.queued)
        left = max(self.queued, self.target - self.planned_samples)
        comfortable = self._queue(self._firm)
        hard = self._queue(self._hard)
        chosen = comfortable if comfortable.reaches(self._codes(left)) else hard
        spans = spread_exactly(chosen, left, self._per_code)
        self.spans.extend(spans)
        return spans

    def rewind(self, codes: int) -> None:
        """Forget the spans from code `codes` on, to plan them again for another target."""
        del self.spans[codes:]
        self._ideal = self.planned_samples * self._per_code.denominator * GRID

    def reach(self, kept: int) -> tuple[float, float]:
        """The shortest and longest the segment can still become, in samples, if only `kept` codes keep their spans."""
        queue = self._queue(self._hard if self.stopped else self._firm, first=kept)
        low, high = float(queue.codes @ queue.low), float(queue.codes @ queue.high)
        if not self.stopped:
            low += self._spec.ratio[0] * self.natural_left()
            high += self._spec.ratio[1] * self.natural_left()
        fixed, scale = sum(self.spans[:kept]), float(self._per_code)
        return fixed + low * scale, fixed + high * scale

    def _codes(self, samples: int) -> float:
        return samples * self._per_code.denominator / self._per_code.numerator

    def _text_done(self) -> bool:
        return not self._spec.tracks_progress or bool(self._units and self._units[-1] >= self._last)

    def _ask_free(self, runaway: bool) -> Ask:
        stuck = self._stuck(1.0)
        return Ask(
            codes_left=max(1.0, self.natural_left()),
            may_stop=self._text_done(),
            must_stop=runaway or (self._text_done() and stuck),
            min_advance=int(stuck and not self._text_done()),
        )

    def _ask_target(self, target: int, runaway: bool) -> Ask:
        left = self._codes(target - self.planned_samples) - self.queued
        done = self._text_done()
        held = self._queue(self._firm, extra=1)
        return Ask(
            codes_left=max(1.0, left * math.exp(-self._bend())),
            may_stop=done and float(held.codes @ held.high) >= self._codes(target - self.planned_samples),
            must_stop=runaway or (done and left < 1.5),
            min_advance=0 if done else max(self._pressed(target), int(self._stuck(left / self.natural_left()))),
        )

    def _stuck(self, pace: float) -> bool:
        """Whether the decoder has dwelled on one unit beyond anything natural."""
        if not self._units or not self._spec.tracks_progress:
            return False
        unit = self._units[-1]
        natural = float(self._natural[unit]) * max(1.0, pace)
        return self._dwell >= max(natural * math.exp(DWELL_SIGMAS * float(self._spread[unit])), natural + 6)

    def _pressed(self, target: int) -> int:
        """The least advance that leaves every unit to come its shortest length within the budget."""
        pointer = self._units[-1] if self._units else 0
        budget = math.floor(self._codes(target - self.planned_samples) / (1 - COMFORT)) - self.queued - 1
        for advance in range(min(MAX_ADVANCE, self._last - pointer)):
            after = self._last - pointer - advance
            if self._needs[pointer + advance + 1] <= budget and after <= MAX_ADVANCE * budget:
                return advance
        return min(MAX_ADVANCE, self._last - pointer)

    def _learn(self, pointer: int, unit: int, left: float) -> None:
        """Compare the codes spent on the units passed with what was asked for them."""
        pace = self._asked.codes_left / max(left, 0.5)
        self._expected += pace * float(self._after[pointer] - self._after[unit])
        self._spent += self.decoded - self._moved_at
        self._moved_at = self.decoded

    def _bias(self) -> float:
        """Log of codes spent over codes asked for, shrunk towards none."""
        return math.log(self._spent / max(self._expected, 1.0))

    def _bend(self) -> float:
        return max(-BIAS_LIMIT, min(BIAS_LIMIT, self._bias()))

    def _correction(self, target: int) -> tuple[float, Elastic]:
        """κ for the queue when queue and expected rest together are to fill the target."""
        samples = self._codes(target - self.planned_samples)
        natural = self.natural_left()
        low, high = self._spec.ratio[0] * natural, self._spec.ratio[1] * natural + TAIL_CODES
        rest = min(max((samples - self.queued) * math.exp(self._bias() - self._bend()), low), high)
        limits = self._hard if self._codes(target) < SHORT_CODES else self._gentle
        pointer = self._units[-1]
        coming = self._natural[pointer:] * (rest / float(self._natural[pointer:].sum()))
        queue = self._units[len(self.spans) :] + list(range(pointer, self._last + 1))
        elastic = self._elastic(queue, limits, np.append(np.ones(self.queued), coming))
        return elastic.solve(samples), elastic

    def _place(self, factors: Sequence[float]) -> tuple[int, ...]:
        """Spans for factors, rounded on the running sum so that nothing drifts."""
        first = len(self.spans)
        unit = self._per_code.denominator * GRID
        at = self.planned_samples
        for factor in factors:
            self._ideal += self._per_code.numerator * round(factor * GRID)
            self.spans.append((2 * self._ideal + unit) // (2 * unit) - at)
            at += self.spans[-1]
        return tuple(self.spans[first:])

    def _queue(self, limits: Limits, first: int | None = None, extra: int = 0) -> Elastic:
        """The codes from `first` on (by default those without spans), and `extra` more of the unit being spoken."""
        units = self._units[len(self.spans) if first is None else first :]
        units = units + [self._units[-1] if self._units else 0] * extra
        return self._elastic(units, limits, np.ones(len(units)))

    def _elastic(self, units: list[int], limits: Limits, codes: Floats) -> Elastic:
        paused = self._pauses[units]
        low, high = (
            np.where(paused, limits.pause[0], limits.speech[0]),
            np.where(paused, limits.pause[1], limits.speech[1]),
        )
        return Elastic(codes, self._exponents[units], low, high)
