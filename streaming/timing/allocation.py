"""A line's length and cues, divided among its segments.

A line is cut into intervals at its cues and at the joins of its segments: every interval is a part of one segment. The
intervals between two fixed moments share the time between them, each in proportion to its elastic length, so pauses give
most; what one cannot give is left to those that still can. An earlier cue goes before a later one, and the end of the
line before all. Nothing is spoken here, and nothing is known of engines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from oncue.model.api import ModelSpec, Script
from oncue.streaming.protocol.errors import DurationInfeasible
from oncue.streaming.timing.feasibility import NOTHING, LengthRange, Promise, promise
from oncue.streaming.timing.targets import Cue, DurationTarget, SegmentTarget, Waypoint

TOLERANCE_S = 0.03
"""A word that begins so near its cue is on it."""
BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class PlacedCue:
    """A cue and the unit of its segment that is to begin then."""

    cue: Cue
    unit: int


@dataclass(frozen=True, slots=True)
class RemainingSegment:
    """A segment that is not past: the cues in it, and the ranges of the intervals that they cut it into."""

    cues: tuple[PlacedCue, ...]
    ranges: Sequence[LengthRange]
    """One more than there are cues."""
    closing: bool
    """Whether the line ends with it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A part of a segment, and the cue at its beginning with its sample on the line's clock, if a cue begins it."""

    range: LengthRange
    cue: PlacedCue | None = None
    samples: int = 0


@dataclass(frozen=True, slots=True)
class MissedCue:
    """A cue that cannot be met, and the sample at which its word will begin."""

    cue: Cue
    samples: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Samples of each interval, None where nothing is asked of it, and the cues that are missed."""

    lengths: tuple[int | None, ...]
    missed: tuple[MissedCue, ...]


def place_cues(cues: Sequence[Cue], script: Script, char_start: int, after: int) -> tuple[PlacedCue, ...]:
    """The cues that mean a word of a segment: the one that holds the cue's character, or the next one.

    The segment's text begins at `char_start` of the line; the words before it end at `after`. Of several cues
    for one word the first counts.
    """
    found: dict[int, PlacedCue] = {}
    for cue in cues:
        word = next((n for n, word in enumerate(script.words) if char_start + word.char_end > cue.char), None)
        unit = next((index for index, unit in enumerate(script.units) if unit.word == word), None)
        if word is not None and unit is not None and cue.char >= after:
            found.setdefault(unit, PlacedCue(cue, unit))
    return tuple(found[unit] for unit in sorted(found))


def whole_range(segments: Sequence[RemainingSegment]) -> LengthRange:
    """What all segments together can become."""
    return sum(chain.from_iterable(segment.ranges for segment in segments), NOTHING)


def allocate(
    segments: Sequence[RemainingSegment], spec: ModelSpec, begin: int, end: int | None
) -> tuple[list[SegmentTarget], tuple[MissedCue, ...]]:
    """A target for each segment, the first of which begins at sample `begin` of the line, and the cues that are missed.

    `end` is the length of the line, within what is possible; None where it may end where it likes.
    """
    intervals: list[Interval] = []
    for segment in segments:
        first, *others = segment.ranges
        intervals.append(Interval(first))
        intervals.extend(
            Interval(other, placed, round(placed.cue.at_s * spec.sample_rate))
            for other, placed in zip(others, segment.cues, strict=True)
        )
    found = allocate_intervals(intervals, begin, end, round(TOLERANCE_S * spec.sample_rate))
    return _segment_targets(segments, found), found.missed


def promise_line(
    duration: DurationTarget,
    segments: Sequence[RemainingSegment],
    spec: ModelSpec,
    natural_samples: float,
    past_samples: int,
    *,
    strict: bool,
    label_samples: int = 0,
    after_samples: int = 0,
) -> Promise:
    """The length of a line of which `past_samples` are over, nearest to what is asked, with a warning of what is missed.

    Of its label, `label_samples` long, `after_samples` come after the words; what comes before them is among what is over.
    Raises DurationInfeasible when `strict` and the length or one of the cues cannot be met.
    """
    over = past_samples + after_samples
    possible = LengthRange(over, over, over, 0.0) + whole_range(segments)
    found = promise(duration, natural_samples, possible, spec.sample_rate, strict, label_samples)
    words_end = None if found.samples is None else found.samples - after_samples
    _, missed = allocate(segments, spec, past_samples, words_end)
    if not missed:
        return found
    warning = missed_cues_warning(missed, spec.sample_rate)
    if strict:
        first = missed[0]
        raise DurationInfeasible(warning, nearest_s=first.samples / spec.sample_rate, char=float(first.cue.char))
    return Promise(found.samples, f"{found.warning} {warning}" if found.warning else warning)


def allocate_intervals(intervals: Sequence[Interval], begin: int, end: int | None, tolerance: float) -> Allocation:
    """Lengths of the intervals from sample `begin` on, up to sample `end` if it is given."""
    groups = _groups(intervals)
    totals = [sum((interval.range for interval in group), NOTHING) for group in groups]
    lengths: list[int | None] = []
    missed: list[MissedCue] = []
    at = begin
    for index, group in enumerate(groups):
        head = groups[index + 1][0] if index + 1 < len(groups) else None
        asked = end if head is None else head.samples
        if asked is None:
            lengths += [None] * len(group)
            break
        nearest = asked if head is None else _nearest(asked, at, totals[index:], end)
        if head is not None and head.cue is not None and abs(nearest - asked) > tolerance:
            missed.append(MissedCue(head.cue.cue, nearest))
        lengths += share(nearest - at, [interval.range for interval in group])
        at = nearest
    return Allocation(tuple(lengths), tuple(missed))


def share(samples: int, ranges: Sequence[LengthRange]) -> tuple[int, ...]:
    """A length divided: all at the same κ where they can be. Rounded on the running sum, so the shares add up exactly."""
    giving = [one for one in ranges if one.give > 0]
    most = max((max(one.high - one.natural, one.natural - one.low) / one.give for one in giving), default=0)
    low, high = -most, most
    for _ in range(BISECTIONS):
        kappa = (low + high) / 2
        low, high = (kappa, high) if sum(one.at(kappa) for one in ranges) < samples else (low, kappa)
    shares, running, given = [], 0.0, 0
    for one in ranges:
        running += one.at((low + high) / 2)
        shares.append(round(running) - given)
        given = round(running)
    if shares:
        shares[-1] += samples - given
    return tuple(shares)


def expected_samples(target: SegmentTarget, script: Script, spec: ModelSpec, pace: float) -> float:
    """The length of a segment of which nothing is decoded; from its last waypoint on it goes at `pace` if its end is free."""
    if target.samples is not None:
        return target.samples
    unit, at = 0, 0
    if target.waypoints:  # heard so much before its place among the codes, which go on from there
        unit, at = target.waypoints[-1].unit, target.waypoints[-1].samples + spec.head_samples
    natural = sum(each.mean_codes for each in script.units[unit:])
    return at + float(spec.samples_per_code) * pace * natural


def missed_cues_warning(missed: Sequence[MissedCue], sample_rate: int) -> str:
    """One sentence about one or more cues that are missed."""
    first = missed[0]
    more = f", and {len(missed) - 1} more cues are missed" if len(missed) > 1 else ""
    return (
        f"The word at character {first.cue.char} cannot begin at {first.cue.at_s:.2f} s without losing words; "
        f"it begins at {first.samples / sample_rate:.2f} s{more}."
    )


def _groups(intervals: Sequence[Interval]) -> list[list[Interval]]:
    """Intervals from one cue to the next; the first group may be empty."""
    groups: list[list[Interval]] = [[]]
    for interval in intervals:
        if interval.cue is not None:
            groups.append([])
        groups[-1].append(interval)
    return groups


def _nearest(asked: int, at: int, totals: Sequence[LengthRange], end: int | None) -> int:
    """The sample nearest to `asked` at which the first of some groups can end, so that the others can still be met."""
    low, high = at + totals[0].low, at + totals[0].high
    if end is not None:
        later = sum(totals[1:], NOTHING)
        low, high = max(low, end - later.high), min(high, end - later.low)
    nearest = min(max(asked, math.ceil(low)), math.floor(high))
    return max(nearest, at)


def _segment_targets(segments: Sequence[RemainingSegment], allocation: Allocation) -> list[SegmentTarget]:
    """The lengths of intervals put together to segments again."""
    lengths = list(allocation.lengths)
    targets = []
    for segment in segments:
        count = len(segment.cues) + 1
        own, lengths = lengths[:count], lengths[count:]
        known = list(accumulate(length for length in own if length is not None))
        waypoints = tuple(
            Waypoint(placed.unit, at) for placed, at in zip(segment.cues, known, strict=False) if placed.unit
        )
        targets.append(SegmentTarget(known[-1] if len(known) == len(own) else None, waypoints, segment.closing))
    return targets
