"""What a mouth does while a line plays: the marks of a line as a curve that can be asked at any sample. Pure.

How far it is open is measured in the sound (`mouth`), how it is shaped comes from the visemes; either alone will do. Before
the first value and after the last one the mouth is closed, so a line that breaks off never leaves it open.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from oncue.streaming.protocol import messages

SILENT = "sil"
VOWELS = ("A", "I", "U", "E", "O")
"""The five shapes of VRM and of most drawn faces."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How a mouth stands."""

    open: float = 0.0
    """0 closed, 1 wide open."""
    form: float = 0.0
    """-1 rounded or pursed, 1 spread, as in ParamMouthForm."""
    viseme: str = SILENT
    vowels: tuple[float, ...] = (0.0,) * 5
    """How much of each of VOWELS, 0 to 1; they add up to at most `open`."""


CLOSED = Pose()


@dataclass(frozen=True, slots=True)
class _Shape:
    open: float
    form: float
    vowel: str | None = None


_SHAPES = {
    "sil": _Shape(0.0, 0.0),
    "PP": _Shape(0.0, -0.2),
    "FF": _Shape(0.12, 0.1),
    "TH": _Shape(0.2, 0.2),
    "DD": _Shape(0.22, 0.2),
    "kk": _Shape(0.25, 0.1),
    "CH": _Shape(0.2, -0.4),
    "SS": _Shape(0.12, 0.5),
    "nn": _Shape(0.2, 0.2),
    "RR": _Shape(0.25, -0.3),
    "aa": _Shape(0.9, 0.1, "A"),
    "E": _Shape(0.6, 0.5, "E"),
    "ih": _Shape(0.45, 0.8, "I"),
    "oh": _Shape(0.65, -0.6, "O"),
    "ou": _Shape(0.4, -1.0, "U"),
}
"""The fifteen mouth shapes of the protocol as openness, form and nearest vowel: choices of ours, for a drawn face."""
_UNKNOWN = _Shape(0.3, 0.0)


class MouthCurve:
    """The mouth of one line. Feed it every `marks` message, in order; ask it any sample."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._visemes: list[str] = []
        self._end = 0
        """One past the last viseme."""
        self._first = 0
        """The sample of the first measured value."""
        self._step = 0
        self._values: list[float] = []

    def take(self, event: messages.Marks) -> None:
        """Note what a message says."""
        for mark in event.marks:
            if mark.kind == "viseme" and (not self._starts or mark.start >= self._starts[-1]):
                self._starts.append(mark.start)
                self._visemes.append(mark.text)
                self._end = max(mark.end, mark.start)
        if event.mouth is not None and event.mouth.values:
            self._measured(event.mouth)

    def pose(self, sample: float) -> Pose:
        """How the mouth stands at a sample of the line."""
        shape, viseme = self._shape(sample)
        opened = self._opened(sample) if self._values else shape.open
        if opened is None or (self._starts and not self._values and sample >= self._end):
            return CLOSED
        vowels = tuple(opened if vowel == shape.vowel else 0.0 for vowel in VOWELS)
        if self._starts:
            return Pose(opened, shape.form, viseme, vowels)
        return Pose(opened, 0.0, SILENT, (opened, 0.0, 0.0, 0.0, 0.0))

    def _measured(self, track: messages.MouthTrack) -> None:
        """More of the measured curve; what comes a second time, after a resume, takes the place of the first."""
        if not self._values:
            self._first, self._step = track.start, track.step
        place = round((track.start - self._first) / self._step)
        if place > len(self._values):
            self._values += [0.0] * (place - len(self._values))
        self._values[max(place, 0) :] = track.values

    def _opened(self, sample: float) -> float | None:
        """The measured openness between two values; None where nothing was measured."""
        at = (sample - self._first) / self._step
        left = int(at)
        if sample < self._first or left >= len(self._values):
            return None
        right = self._values[left + 1] if left + 1 < len(self._values) else 0.0
        return self._values[left] + (at - left) * (right - self._values[left])

    def _shape(self, sample: float) -> tuple[_Shape, str]:
        index = bisect_right(self._starts, sample) - 1
        if index < 0:
            return _SHAPES[SILENT], SILENT
        return _SHAPES.get(self._visemes[index], _UNKNOWN), self._visemes[index]
