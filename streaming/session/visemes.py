"""Phones to the shapes of a mouth: the fifteen visemes of Oculus LipSync, which OpenXR face tracking names too.

A diphthong or a Mandarin final is two or three shapes one after another. The next phone's exact start cuts
short what was expected of the one before, so shapes never overlap and come in order. How far the mouth is
open is `mouth.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from oncue.streaming.engine.events import Mark

NAMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou")

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
"""Phone to its shapes. A phone that is not here (another family's) has none."""
_WEIGHTS = {"aa": 2.0, "E": 2.0, "oh": 2.0}
"""Of several shapes of one phone the open one takes longer."""


class Lips:
    """One line's phones and pauses in, its visemes out, each with or before the chunk in which it begins."""

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
