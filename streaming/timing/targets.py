"""What must be met: the length and the cues of a line, and from them the samples at which units of a segment begin.

These are values, and the few functions that make the goals of one segment of them. Whether a target can be met is
the question of `feasibility.py`, how a line's target is divided among its segments that of `allocation.py`, and how
a segment meets its own that of `planner.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from oncue.model.api import ModelSpec
from oncue.streaming.timing.progress import Progress
from oncue.streaming.timing.time_map import CodeSpans

PACE = (0.5, 2.0)
"""Codes for each natural one that a decoder is asked for on the way to a goal."""
SHORT_CODES = 10
"""Under so many codes rounding to whole codes outweighs comfort and slew."""


@dataclass(frozen=True, slots=True)
class Cue:
    """The word that holds a character of the line's text begins at a time on the line's clock."""

    char: int
    at_s: float


@dataclass(frozen=True, slots=True)
class DurationTarget:
    """How long a line is to be (free, or one of a ratio of its natural length and seconds), and when words begin."""

    ratio: float | None = None
    seconds: float | None = None
    cues: tuple[Cue, ...] = ()

    @property
    def is_free(self) -> bool:
        """No length is asked for; there may be cues."""
        return self.ratio is None and self.seconds is None


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A unit that is to begin at a sample of the segment."""

    unit: int
    samples: int


@dataclass(frozen=True, slots=True)
class SegmentTarget:
    """A segment's length in samples, None if any will do, and the units that are to begin at a sample of it.

    The segment that closes its line also ends its speech so early that the pause after it has its natural length.
    """

    samples: int | None = None
    waypoints: tuple[Waypoint, ...] = ()
    closing: bool = False


FREE = SegmentTarget()
"""Nothing is asked for."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The beginning of a unit or, for the unit after the last, the end of the segment, and the pace intended until then."""

    unit: int
    samples: int
    pace: float
    """Codes for each natural one."""
    short: bool
    """Whether it is so near that rounding to whole codes counts."""


def goals_of(target: SegmentTarget, progress: Progress, placed: CodeSpans, spec: ModelSpec) -> list[Goal]:
    """What a segment is to meet from here on, in order."""
    points = list(target.waypoints)
    if target.samples is not None:
        pause = speech_end(target.samples, target.waypoints, progress, placed, spec) if target.closing else None
        if pause is not None:
            points.append(pause)
        points.append(Waypoint(progress.end, target.samples))
    return _with_pace(points, progress, placed)


def speech_end(
    target_samples: int, waypoints: Sequence[Waypoint], progress: Progress, placed: CodeSpans, spec: ModelSpec
) -> Waypoint | None:
    """The closing pause, and the sample at which it begins in a segment of `target_samples`, the last one of its line.

    A listener hears the last word end, not the last sample, so the pause after it keeps its natural length and is no
    reserve for what the plan missed. It gives way only where the speech before it has no more to give. None where there
    is no such pause, where it is not known when it begins, and where it has begun to sound.
    """
    pause, given = progress.closing_pause, len(placed.spans)
    if not 0 < pause < progress.end or progress.began(pause) <= given:
        return None
    last = next((point for point in reversed(waypoints) if progress.began(point.unit) > given), None)
    at, begins = (placed.samples, float(given)) if last is None else (last.samples, progress.began(last.unit))
    decoded = max(0.0, min(progress.began(pause), float(progress.decoded)) - begins)
    coming = progress.left(pause) - (progress.left(last.unit) if last is not None and math.isinf(begins) else 0.0)
    low, high = (stretch * decoded + ratio * coming for stretch, ratio in zip(spec.stretch, spec.ratio, strict=True))
    speech = min(max(placed.codes_of(target_samples - at) - progress.after[pause], low), high)
    return Waypoint(pause, min(target_samples, at + round(speech * float(spec.samples_per_code))))


def _with_pace(points: Sequence[Waypoint], progress: Progress, placed: CodeSpans) -> list[Goal]:
    """Goals for points in order, each with the pace from the one before, the first from where the spans end."""
    found = []
    before, code, left = placed.samples, float(len(placed.spans)), 0.0
    for point in points:
        codes = placed.codes_of(point.samples - before)
        natural = progress.left(point.unit) - left
        pace = (codes - max(0.0, progress.decoded - code)) / natural if natural > 0 else 1.0
        found.append(Goal(point.unit, point.samples, min(max(pace, PACE[0]), PACE[1]), codes < SHORT_CODES))
        before, left = point.samples, left + natural
        code = min(progress.began(point.unit), float(progress.decoded))
    return found
