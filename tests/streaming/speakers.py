"""Speakers made of noise, and texts for them: units longer or shorter than the plan believes, seeded.

A bias holds for a whole line, a jitter for each unit, and what a speaker is told it minds only so far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from oncue.model.api import Code, ModelSpec, Script, Step, Unit, WindowSpec, Word

RATE = 24000
SPAN = 960
KINDS = ((2.4, 1.35), (1.6, 0.65), (2.0, 0.63), (1.2, 0.58))
"""Natural codes and elasticity of vowels, sonorants, fricatives and stops."""
PAUSE = (5.0, 1.78)


@dataclass(frozen=True, slots=True)
class Temper:
    """How a speaker misbehaves."""

    bias: float = 1.0
    jitter: float = 0.2
    obeys: float = 1.0
    """Exponent of the pace it is asked for; 0 is deaf."""
    tracks: bool = True

    @property
    def spec(self) -> ModelSpec:
        """What such a family declares."""
        return ModelSpec(
            family="noise", revision="1", sample_rate=RATE, codes_per_second=Fraction(25), slots=1,
            window=WindowSpec(0, 0), tracks_progress=self.tracks, follows_codes_left=self.obeys > 0,
            stretch=(0.72, 1.40), ratio=(0.6, 1.6), languages=("en",),
        )  # fmt: skip


class Speaker:
    """Goes through a script; `starts` are the places, in codes, where its units truly began."""

    def __init__(self, script: Script, temper: Temper, seed: int) -> None:
        noise = np.random.default_rng([seed, 1]).normal(0, temper.jitter, len(script.units))
        self.natural = [unit.mean_codes for unit in script.units]
        self.lengths = [float(mean * temper.bias * math.exp(x)) for mean, x in zip(self.natural, noise, strict=True)]
        self.after = [*np.cumsum(self.natural[::-1])[::-1].tolist(), 0.0]
        self.starts = [0.0]
        self.codes = 0
        self._temper = temper
        self._part = 0.0

    @property
    def unit(self) -> int:
        """The unit being spoken."""
        return len(self.starts) - 1

    def step(self, step: Step) -> Code:
        """One code."""
        left = (1 - self._part) * self.natural[self.unit] + self.after[self.unit + 1]
        pace = min(2.0, max(0.5, step.codes_left / max(left, 0.5))) ** self._temper.obeys
        before = self.unit
        self._speak(pace)
        while self.unit < min(before + step.min_advance, len(self.natural) - 1):
            self.starts.append(self.codes + 1.0)
            self._part = 0.0
        self.codes += 1
        ended = self.unit == len(self.natural) - 1 and (self._part >= 1 or step.codes_left < 1.5)
        unit = self.unit if self._temper.tracks else None
        return Code(0, 0, unit, step.must_stop or (step.may_stop and ended))

    def _speak(self, pace: float) -> None:
        room = 1.0
        for _ in range(3):
            length = max(0.4, self.lengths[self.unit] * pace)
            take = min(room, (1 - self._part) * length)
            self._part, room = self._part + take / length, room - take
            if self._part < 1 - 1e-9 or self.unit == len(self.natural) - 1:
                return
            self.starts.append(self.codes + 1 - room)
            self._part = 0.0


def script_of(seed: int) -> Script:
    """Words of one to five phones with pauses between them, and one at the end."""
    rng = np.random.default_rng([seed, 0])
    units: list[Unit] = []
    words: list[Word] = []
    text = ""
    for index in range(int(rng.integers(6, 15))):
        phones = int(rng.integers(1, 6))
        words.append(Word("x" * phones, len(text), len(text) + phones))
        for phone in range(phones):
            mean, give = KINDS[int(rng.integers(len(KINDS)))]
            mean *= math.exp(float(rng.normal(0, 0.2)))
            at = len(text) + phone
            units.append(Unit("x", "phone", at, at + 1, index, mean, 0.3, give))
        text += "x" * phones + " "
        if rng.random() < 0.2:
            units.append(Unit(",", "pause", len(text), len(text), None, PAUSE[0], 0.3, PAUSE[1]))
    units.append(Unit(".", "pause", len(text), len(text), None, PAUSE[0], 0.3, PAUSE[1]))
    return Script(text, "en", tuple(units), tuple(words), ())
