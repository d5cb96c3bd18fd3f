"""What a segment is to meet: units that begin at a sample, its end, and the pace that was to lead to each.

These are values. How they are met is the planner's business, whether they can be, `reach.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oncue.streaming.timing.progress import Progress, Tempo
from oncue.streaming.timing.time_map import TimeMap

PACE = (0.5, 2.0)
"""Codes for each natural one that a decoder is asked for on the way to a cue."""
SHORT_CODES = 10
"""Under so many codes rounding to whole codes outweighs comfort and slew."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A unit that is to begin at a sample of the segment."""

    unit: int
    samples: int


@dataclass(frozen=True, slots=True)
class Carry:
    """What the next segment of a line takes over, so that the join is not heard: the pace and what was learned."""

    tempo: Tempo
    kappa: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A unit's beginning or, for the unit after the last, the end, with the pace that was to lead there."""

    unit: int
    samples: int
    pace: float
    short: bool


def goals(points: Sequence[Waypoint], progress: Progress, time_map: TimeMap) -> list[Goal]:
    """Goals for points in order, each with the pace from the one before, the first from where the spans end."""
    found = []
    before, code, left = time_map.samples, float(len(time_map.spans)), 0.0
    for point in points:
        codes = time_map.codes_of(point.samples - before)
        natural = progress.left(point.unit) - left
        pace = (codes - max(0.0, progress.decoded - code)) / natural if natural > 0 else 1.0
        found.append(Goal(point.unit, point.samples, min(max(pace, PACE[0]), PACE[1]), codes < SHORT_CODES))
        before, left = point.samples, left + natural
        code = min(progress.began(point.unit), float(progress.decoded))
    return found
