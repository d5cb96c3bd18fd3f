"""How far the text of a segment is spoken, and how well the decoder keeps to the pace it is asked for.

Where a family tracks its progress the pointer is state. Where it does not, the text is taken to pass at the
pace that was asked for: then nothing is known of single units, and nothing is learned. Lengths are in codes.
This file asks for nothing and places nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from oncue.model.api import Code, ModelSpec, Script
from oncue.streaming.timing.elasticity import Floats

PRIOR_CODES = 12.0
"""Weight of the prior that a decoder keeps exactly to the pace it is asked for."""
CARRIED_CODES = 75.0
"""Weight at most of what was learned of a speaker in the segments before."""
DWELL_SIGMAS = 4.0
"""A unit that lasts so many standard deviations (of its log length) beyond its mean is stuck."""
LEAST_LEFT = 0.5
"""The unit being spoken is never taken to have less than this to go."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Codes that a speaker spent, and codes it was asked to spend on the same text."""

    spent: float = PRIOR_CODES
    asked: float = PRIOR_CODES

    @property
    def bias(self) -> float:
        """Log of codes spent over codes asked for."""
        return math.log(self.spent / self.asked)

    def after(self, spent: float, asked: float) -> Tempo:
        """With more evidence."""
        return Tempo(self.spent + spent, self.asked + asked)

    def carried(self) -> Tempo:
        """What the next segment of the line takes over: the same bias, held less firmly."""
        scale = min(1.0, CARRIED_CODES / self.asked)
        return Tempo(self.spent * scale, self.asked * scale)


class Progress:
    """Fed with every code; `starts[u]` is the place, in codes from the segment's start, where unit u began."""

    def __init__(self, script: Script, spec: ModelSpec, tempo: Tempo) -> None:
        units = script.units
        self.natural = [unit.mean_codes for unit in units]
        self.exponents: Floats = np.ones(len(units))
        self.pauses = np.zeros(len(units), dtype=bool)
        if spec.tracks_progress:
            self.exponents = np.array([unit.elasticity for unit in units])
            self.pauses = np.array([unit.kind == "pause" for unit in units])
        self.after = _sums_from(np.array(self.natural))
        self.give_after = _sums_from(np.array(self.natural) * self.exponents)
        self.units: list[int] = []
        self.starts = [0.0]
        self.stopped = False
        self.tempo = tempo
        self._spread = [unit.spread for unit in units]
        self._tracks, self._follows = spec.tracks_progress, spec.follows_codes_left
        self._dwell = 0
        self._passed = -0.5  # a unit is begun half a code before the code in which it is first seen ends
        self._left = self.after[0]

    @property
    def decoded(self) -> int:
        """Codes heard of."""
        return len(self.units)

    @property
    def end(self) -> int:
        """One past the last unit."""
        return len(self.natural)

    @property
    def pointer(self) -> int:
        """The unit being spoken when the last code ends."""
        return self.units[-1] if self.units else 0

    @property
    def closing_pause(self) -> int:
        """The first unit of the pause after the last word; one past the last unit where there is none."""
        spoken = np.flatnonzero(~self.pauses)
        return int(spoken[-1]) + 1 if len(spoken) else 0

    @property
    def text_done(self) -> bool:
        """Whether the last unit is being spoken; always true where the family does not track progress."""
        return not self._tracks or (bool(self.units) and self.pointer == self.end - 1)

    def began(self, unit: int) -> float:
        """Where a unit began; infinite while it has not, and for the end of the text."""
        return self.starts[unit] if unit < len(self.starts) else math.inf

    def left(self, unit: int | None = None) -> float:
        """Natural codes until `unit` begins (by default to the end), with credit for the unit being spoken."""
        until = self.end if unit is None else unit
        if not self._tracks:
            return max(LEAST_LEFT, self._left - self.after[until]) if until else 0.0
        if not self.units:
            return self.after[0] - self.after[until]
        if self.pointer >= until:
            return 0.0
        current = max(LEAST_LEFT, self.natural[self.pointer] - self._dwell)
        return current + self.after[self.pointer + 1] - self.after[until]

    def push(self, code: Code, pace: float) -> int:
        """A code was decoded, asked for at `pace` codes for each natural one. Returns how many units were passed."""
        before = self.pointer
        unit = before if code.unit is None else min(max(code.unit, before), self.end - 1)
        moved = unit - before
        self.starts.extend(self.decoded + step / (moved + 1) for step in range(1, moved + 1))
        self._dwell = 0 if moved else self._dwell + 1
        self.units.append(unit)
        self.stopped = code.stop
        self._left = max(0.0, self._left - 1.0 / pace)
        self._passed += 1.0 / pace if self._follows else 1.0
        if moved:
            self.tempo = self.tempo.after(self._passed, self.after[before] - self.after[unit])
            self._passed = 0.0
        return moved

    def stuck(self, pace: float) -> bool:
        """Whether the speaker has dwelled on one unit beyond anything natural."""
        if not self.units or not self._tracks:
            return False
        natural = self.natural[self.pointer] * max(1.0, pace)
        return self._dwell >= max(natural * math.exp(DWELL_SIGMAS * self._spread[self.pointer]), natural + 6)

    def pause_codes(self, unit: int) -> float:
        """Natural length of the pauses up to and with a unit."""
        return float(np.array(self.natural)[: unit + 1][self.pauses[: unit + 1]].sum())


def _sums_from(lengths: Floats) -> list[float]:
    """Sum from each item to the end, and a zero."""
    return [*np.cumsum(lengths[::-1])[::-1].tolist(), 0.0]
