"""What a face does while a line is spoken: the shapes of its mouth from the phones, and how far it is open from the sound.

The shapes are the fifteen visemes of Oculus LipSync, which OpenXR face tracking names too: sil PP FF TH DD kk CH SS nn
RR aa E ih oh ou. Faces are not drawn here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from oncue.model.api import Samples
from oncue.streaming.engine.events import Mark

_SHAPES = {
    "sil": ", . ? !",
    "PP": "B P M b p m",
    "FF": "F V f",
    "TH": "DH TH",
    "DD": "D T d t",
    "kk": "G K HH g k h",
    "CH": "CH JH SH ZH j q x zh ch sh",
    "SS": "S Z z c s",
    "nn": "L N NG n l",
    "RR": "R r",
    "aa": "AA AE AH a",
    "E": "EH e ea",
    "ih": "IH IY Y i ii iii",
    "oh": "AO o",
    "ou": "UH UW W u v",
    "aa ou": "AW ao",
    "aa ih": "AY ai",
    "aa nn": "an ang",
    "E ih": "EY ei",
    "E RR": "ER er",
    "E nn": "en eng",
    "oh ou": "OW ou",
    "oh ih": "OY",
    "ou nn": "ong iong vn",
    "ih aa": "ia",
    "ih E": "ie",
    "ih nn": "in ing",
    "ih aa ou": "iao",
    "ih oh ou": "iou",
    "ih E nn": "ian",
    "ih aa nn": "iang",
    "ou aa": "ua",
    "ou oh": "uo",
    "ou E": "ve",
    "ou aa ih": "uai",
    "ou E ih": "uei",
    "ou aa nn": "uan uang",
    "ou E nn": "uen ueng van",
}
SHAPES = {phone: tuple(shapes.split()) for shapes, phones in _SHAPES.items() for phone in phones.split()}
"""Phone to its shapes: a diphthong or a Mandarin final has two or three, one after another. A phone that is not here
(another family's) has none."""
_WEIGHTS = {"aa": 2.0, "E": 2.0, "oh": 2.0}
"""Of several shapes of one phone the open one takes longer."""

STEP_S = 0.02
SMOOTHING_HZ = 3000
"""The first zero of the running mean, taken twice, that leaves out hisses."""
CLOSED_DB = -45.0
OPEN_DB = -15.0
"""RMS of full scale at which the mouth is shut and wide open: quiet and loud speech."""
OPENING = 0.7
CLOSING = 0.4
"""Share of the way to its aim that a mouth goes in one step."""


class VisemeTracker:
    """One line's phones and pauses in, its visemes out, each with or before the chunk in which it begins.

    The exact start of a phone cuts short what was expected of the one before, so shapes never overlap and come in order.
    """

    def __init__(self) -> None:
        self._coming: list[Mark] = []
        self._begun = False

    def push(self, marks: Iterable[Mark], end: int) -> list[Mark]:
        """The visemes that begin before sample `end`, given all phones that do; the first one is at sample 0."""
        for mark in marks:
            if mark.kind in {"phone", "pause"} and mark.text in SHAPES:
                self._take(mark)
        self._begun = True
        ready = [shape for shape in self._coming if shape.start < end]
        self._coming = self._coming[len(ready) :]
        return ready

    def _take(self, mark: Mark) -> None:
        if not self._begun and mark.start > 0:
            self._coming.append(replace(mark, kind="viseme", text="sil", start=0, end=mark.start))
        self._begun = True
        before = [shape for shape in self._coming if shape.start < mark.start]
        if before:
            before[-1] = replace(before[-1], end=mark.start)
        self._coming = before + _split(mark)


class MouthTracker:
    """How far a mouth saying this sound would be open, from the sound alone: value k belongs to sample k·step.

    The level of what lies below about 2 kHz, where vowels are and hisses are not, on a scale of decibels, with a
    mouth's own slowness. A value is made of the step before it, so it is known before its sound is sent and does not
    depend on how the sound was cut.
    """

    def __init__(self, sample_rate: int) -> None:
        self.step = round(STEP_S * sample_rate)
        mean = np.full(max(1, round(sample_rate / SMOOTHING_HZ)), 1.0)
        self._kernel = np.convolve(mean, mean) / len(mean) ** 2
        self._context = self.step + len(self._kernel) - 1
        self._tail = np.zeros(self._context, np.float32)
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
            values.append(self._value(known[at - self._context : at]))
            self._next += 1
        keep = self._taken - self.next_sample + self._context
        self._tail = known[max(0, len(known) - keep) :]
        return tuple(values)

    def _value(self, sound: Samples) -> float:
        smooth = np.convolve(sound, self._kernel, "valid")  # [step]
        level = 10 * math.log10(float(np.mean(smooth**2)) + 1e-12)
        aim = min(1.0, max(0.0, (level - CLOSED_DB) / (OPEN_DB - CLOSED_DB)))
        self._open += (aim - self._open) * (OPENING if aim > self._open else CLOSING)
        return round(self._open, 3)


def _split(mark: Mark) -> list[Mark]:
    """The shapes of one phone, from its start to its expected end."""
    names = SHAPES[mark.text]
    weights = [_WEIGHTS.get(name, 1.0) for name in names]
    length = mark.end - mark.start
    edges = [mark.start + round(length * sum(weights[:index]) / sum(weights)) for index in range(len(names) + 1)]
    return [
        replace(mark, kind="viseme", text=name, start=edges[index], end=edges[index + 1])
        for index, name in enumerate(names)
    ]
