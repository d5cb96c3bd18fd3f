"""What each segment of a line is to be long, and when its words are to begin: the line's duration, shared out.

A segment under way counts with what it can still become, one that waits with what its family can reach.
Whether a length is promised, and to whom, is the line's business.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from itertools import accumulate, chain

from oncue.model.api import ModelSpec, Script
from oncue.streaming.engine.events import Cue
from oncue.streaming.engine.sequence import Segment, Sequence
from oncue.streaming.timing import reach
from oncue.streaming.timing.budget import NOTHING, Reach
from oncue.streaming.timing.cues import TOLERANCE_S, Allotment, Leg, Miss, Mooring, allot, moorings
from oncue.streaming.timing.goals import Waypoint


@dataclass(frozen=True, slots=True)
class Part:
    """A segment that is not past, its sequence if it is under way, and the cues that stand in it."""

    segment: Segment
    sequence: Sequence | None
    moorings: tuple[Mooring, ...]

    def reaches(self, spec: ModelSpec) -> list[Reach]:
        """What its legs can become, one more than it has cues."""
        cuts = [mooring.unit for mooring in self.moorings]
        if self.sequence is not None:
            return self.sequence.reaches(cuts)
        return reach.of_script(self.segment.script, spec, cuts)


@dataclass(frozen=True, slots=True)
class Course:
    """A segment's length, None if nothing is asked of it, and the units that are to begin at a sample of it."""

    target: int | None
    waypoints: tuple[Waypoint, ...] = ()


def expected(course: Course, script: Script, spec: ModelSpec, pace: float) -> float:
    """The length in samples of a segment that has not begun: `pace` times the natural one from its last waypoint on if
    its end is open.
    """
    if course.target is not None:
        return course.target
    last = course.waypoints[-1] if course.waypoints else Waypoint(0, 0)
    natural = sum(unit.mean_codes for unit in script.units[last.unit :])
    return last.samples + float(spec.samples_per_code) * pace * natural


def spoken_end(segments: Items[Segment]) -> int:
    """One past the last character of the last word."""
    ends = (segment.char_start + word.char_end for segment in segments for word in segment.script.words[-1:])
    return max(ends, default=0)


def parts(cues: Items[Cue], segments: Items[Segment], live: Items[Sequence], begun: int) -> list[Part]:
    """The segments from the first of `live` on; cues of words that were heard already are left out."""
    found = []
    for index in range(begun - len(live), len(segments)):
        segment = segments[index]
        sequence = live[index - begun] if index < begun else None
        before = spoken_end(segments[:index]) if cues else 0
        own = moorings(cues, segment.script, segment.char_start, before) if cues else ()
        if sequence is not None:
            own = tuple(mooring for mooring in own if not sequence.has_sounded(mooring.unit))
        found.append(Part(segment, sequence, own))
    return found


def whole(found: Items[Part], spec: ModelSpec) -> Reach:
    """What all parts together can become."""
    return sum(chain.from_iterable(part.reaches(spec) for part in found), NOTHING)


def share_out(
    found: Items[Part], spec: ModelSpec, begin: int, end: int | None
) -> tuple[list[Course], tuple[Miss, ...]]:
    """A course for each part of a line whose next part begins at sample `begin`, and the cues that are missed."""
    legs: list[Leg] = []
    for part in found:
        first, *others = part.reaches(spec)
        legs.append(Leg(first))
        legs.extend(
            Leg(other, mooring, round(mooring.cue.at_s * spec.sample_rate) - spec.vocoder_delay_samples)
            for other, mooring in zip(others, part.moorings, strict=True)
        )
    allotted = allot(legs, begin, end, round(TOLERANCE_S * spec.sample_rate))
    return _courses(found, allotted), allotted.misses


def _courses(found: Items[Part], allotted: Allotment) -> list[Course]:
    """Legs put together to segments again."""
    lengths = list(allotted.lengths)
    courses = []
    for part in found:
        own, lengths = lengths[: len(part.moorings) + 1], lengths[len(part.moorings) + 1 :]
        known = list(accumulate(length for length in own if length is not None))
        waypoints = tuple(
            Waypoint(mooring.unit, at) for mooring, at in zip(part.moorings, known, strict=False) if mooring.unit
        )
        courses.append(Course(known[-1] if len(known) == len(own) else None, waypoints))
    return courses
