"""Which time each line of a dub has, and how it fills it: starts as asked, ends before the next line, at a pace people speak at.

A line is spoken to its length, so nothing is stretched afterwards: what is decided here is the length. What cannot fit is told,
with what would, and never forced. Where the picture may be slowed for a line, `TimeMap` says what becomes of every time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from oncue.streaming.dubbing.script import DubLine

GAP_S = 0.05
"""Between the end of a line and the start of the next."""
AIM = 1.2
"""As much faster or slower than natural as nobody minds."""
FASTEST = 4 / 3
"""As much faster as words survive: where the engine begins to warn."""
MOST_VIDEO_STRETCH = 1.1
_EXACT_S = 0.06
"""Nearer to the end of the original's mouth than this is on it."""

FitStatus = Literal["fits", "extended", "early", "fast", "video_stretched", "too_long"]


@dataclass(frozen=True, slots=True)
class Natural:
    """A line as it is spoken when no length is asked for: quiet before the first sound, speech, quiet after it."""

    lead_s: float
    speech_s: float
    tail_s: float


@dataclass(frozen=True, slots=True)
class FittedLine:
    """What was decided for a line."""

    number: int
    start_s: float
    """When its first sound is heard, on the clock of the dubbed film."""
    speech_s: float
    """From its first sound to its last."""
    room_s: float
    """How long that may be at most."""
    speed: float
    """Natural over decided length; above 1 is faster."""
    status: FitStatus
    advice: str = ""
    """For what does not fit: what would."""

    @property
    def end_s(self) -> float:
        """When its last sound is heard."""
        return self.start_s + self.speech_s

    def seconds(self, natural: Natural) -> float:
        """The length to ask of the engine, which holds the quiet around the speech too."""
        return natural.lead_s + self.speech_s + natural.tail_s


@dataclass(frozen=True, slots=True)
class StretchedSpan:
    """A part of the original film that is shown more slowly."""

    start_s: float
    end_s: float
    factor: float


@dataclass(frozen=True, slots=True)
class TimeMap:
    """Times of the original film to times of the dubbed one: the law is that it never runs backwards and begins at 0."""

    spans: tuple[StretchedSpan, ...] = ()

    def __call__(self, time_s: float) -> float:
        """A time of the original on the clock of the dub."""
        added = 0.0
        for span in self.spans:
            added += (min(max(time_s, span.start_s), span.end_s) - span.start_s) * (span.factor - 1)
        return time_s + added

    @property
    def is_identity(self) -> bool:
        """Nothing is slowed."""
        return not self.spans


@dataclass(frozen=True, slots=True)
class FitPlan:
    """All lines, and what becomes of the film's clock."""

    lines: tuple[FittedLine, ...]
    clock: TimeMap

    @property
    def failed(self) -> tuple[FittedLine, ...]:
        """Lines that cannot be said in their time."""
        return tuple(line for line in self.lines if line.status == "too_long")


def fit(
    lines: Sequence[DubLine], naturals: Sequence[Natural | None], duration_s: float, *, video_stretch: float = 1.0
) -> FitPlan:
    """Lengths for lines in the order of time, in a film of `duration_s`; lines whose natural length is not known are left out.

    With `video_stretch` above 1 the picture may be slowed by so much where a line would be faster than `AIM` without.
    """
    known: list[tuple[DubLine, Natural, float, float]] = []
    for line, natural, room in zip(lines, naturals, rooms(lines, duration_s), strict=True):
        if natural is not None:
            known.append((line, natural, room, _stretch(natural, room, line, video_stretch)))
    clock = TimeMap(
        tuple(StretchedSpan(line.start_s, line.start_s + room, factor) for line, _, room, factor in known if factor > 1)
    )
    fitted = [
        _fitted(line, natural, room * factor, factor, clock(line.start_s)) for line, natural, room, factor in known
    ]
    assert all(one.end_s <= two.start_s for one, two in pairwise(fitted) if one.status != "too_long")
    return FitPlan(tuple(fitted), clock)


def rooms(lines: Sequence[DubLine], duration_s: float) -> list[float]:
    """How long each line may be at most: until shortly before the next one begins, or the film ends."""
    ends = [*(after.start_s - GAP_S for after in lines[1:]), duration_s]
    return [end - line.start_s for line, end in zip(lines, ends, strict=True)]


def _stretch(natural: Natural, room_s: float, line: DubLine, most: float) -> float:
    """How much the picture is slowed under a line: nothing where it fits, and no more than it needs."""
    if most <= 1 or room_s <= 0:
        return 1.0
    wanted = natural.speech_s * line.ratio if line.ratio is not None else natural.speech_s / AIM
    return min(max(1.0, wanted / room_s), most)


def _fitted(line: DubLine, natural: Natural, room_s: float, factor: float, start_s: float) -> FittedLine:
    speech_s = natural.speech_s
    asked_s = None if line.end_s is None else (line.end_s - line.start_s) * factor
    if line.ratio is not None:
        wanted = speech_s * line.ratio
    elif asked_s is None:
        wanted = speech_s
    else:
        wanted = min(max(asked_s, speech_s / AIM), speech_s * AIM)
    slowest_room = max(room_s, 0.0)
    if speech_s / FASTEST > slowest_room:
        return FittedLine(
            line.number, start_s, speech_s / FASTEST, room_s, FASTEST, "too_long", _advice(speech_s, slowest_room)
        )
    length = min(wanted, slowest_room)
    speed = speech_s / length
    status: FitStatus
    if factor > 1:
        status = "video_stretched"
    elif speed > AIM + 1e-9 and line.ratio is None:
        status = "fast"
    elif line.ratio is not None or asked_s is None or abs(length - asked_s) <= _EXACT_S:
        status = "fits"
    else:
        status = "extended" if length > asked_s else "early"
    return FittedLine(line.number, start_s, length, room_s, speed, status)


def _advice(speech_s: float, room_s: float) -> str:
    """What would make a line fit."""
    if room_s < 0.2:
        return "There is no time for it before the next line or the end: move its start, or leave it out."
    keep = room_s * AIM / speech_s
    text = f"It takes {speech_s:.2f} s and has {room_s:.2f} s: leave {keep:.0%} of its text"
    needed = speech_s / FASTEST / room_s
    if needed <= MOST_VIDEO_STRETCH:
        text += f", or let the picture be slowed with --allow-video-stretch {min(MOST_VIDEO_STRETCH, speech_s / AIM / room_s):.2f}"
    return text + "."


def quiet_place(
    length_s: float, heard: Sequence[tuple[float, float]], duration_s: float, *, last: bool = False
) -> float | None:
    """Where something of `length_s` can begin that nobody speaks over, with `GAP_S` to either side: the first such place, or the last.

    `heard` is when somebody speaks. None where there is no such place.
    """
    starts, at = [], 0.0
    for start_s, end_s in (*sorted(heard), (duration_s + GAP_S, duration_s)):
        after = at + GAP_S if at else 0.0
        before = start_s - GAP_S - length_s
        if before >= after:
            starts.append(before if last else after)
        at = max(at, end_s)
    return None if not starts else starts[-1 if last else 0]


def line_at(fitted: Sequence[FittedLine], time_s: float) -> FittedLine | None:
    """The line that is heard at a time, if any."""
    index = bisect_right([line.start_s for line in fitted], time_s) - 1
    return fitted[index] if index >= 0 and time_s < fitted[index].end_s else None
