"""How far a mouth saying this sound would be open, every 20 ms, from the sound alone.

The level of what lies below about 2 kHz, where vowels are and hisses are not, on a scale of decibels, with
a mouth's own slowness. Each value looks back and never ahead, so it is known before its sound is sent and
does not depend on how the sound was cut.
"""

from __future__ import annotations

import math

import numpy as np

from oncue.model.api import Samples

STEP_S = 0.02
SMOOTHING_HZ = 3000
"""The first zero of the running mean, taken twice, that leaves out hisses."""
CLOSED_DB = -45.0
OPEN_DB = -15.0
"""RMS of full scale at which the mouth is shut and wide open: quiet and loud speech."""
OPENING = 0.7
CLOSING = 0.4
"""Share of the way to its aim that a mouth goes in one step."""


class Mouth:
    """Value k belongs to sample k·step and is made of the step before it."""

    def __init__(self, sample_rate: int) -> None:
        self.step = round(STEP_S * sample_rate)
        mean = np.full(max(1, round(sample_rate / SMOOTHING_HZ)), 1.0)
        self._kernel = np.convolve(mean, mean) / len(mean) ** 2
        self._reach = self.step + len(self._kernel) - 1
        self._tail = np.zeros(self._reach, np.float32)
        self._taken = 0
        self._next = 0
        self._open = 0.0

    @property
    def next_sample(self) -> int:
        """Where the next value lies."""
        return self._next * self.step

    def push(self, samples: Samples) -> tuple[float, ...]:
        """The values that lie before the end of these samples, which go on where the last ended."""
        known = np.concatenate((self._tail, samples))
        first = self._taken - len(self._tail)
        self._taken += len(samples)
        values = []
        while self.next_sample < self._taken:
            at = self.next_sample - first
            values.append(self._value(known[at - self._reach : at]))
            self._next += 1
        keep = self._taken - self.next_sample + self._reach
        self._tail = known[max(0, len(known) - keep) :]
        return tuple(values)

    def _value(self, sound: Samples) -> float:
        smooth = np.convolve(sound, self._kernel, "valid")  # [step]
        level = 10 * math.log10(float(np.mean(smooth**2)) + 1e-12)
        aim = min(1.0, max(0.0, (level - CLOSED_DB) / (OPEN_DB - CLOSED_DB)))
        self._open += (aim - self._open) * (OPENING if aim > self._open else CLOSING)
        return round(self._open, 3)
