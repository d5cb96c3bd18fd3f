"""A segment and its life in the batch: codes in, planned windows out, one slot held.

It joins the planner, the window ramp and the timeline of one segment. It never calls the model and
knows no time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace

import numpy as np

from oncue.model.api import Before, Code, EmotionConditioning, ModelSpec, Script, Step, Window
from oncue.streaming.engine.timeline import SamplePositions, Timeline
from oncue.streaming.engine.windows import PlannedWindow, WindowRamp
from oncue.streaming.timing.feasibility import LengthRange, heard_early
from oncue.streaming.timing.planner import PaceState, Planner, SpokenSegment
from oncue.streaming.timing.targets import FREE, SegmentTarget, Waypoint


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a line that one prefill covers, with its place in the line's text."""

    index: int
    char_start: int
    script: Script
    feelings: tuple[tuple[int, EmotionConditioning], ...] = ()
    """Feelings that directions in the text name, each with the unit from which it holds."""


class Sequence:
    """One segment in one slot. Its windows depend on nothing but its own codes and targets."""

    def __init__(
        self,
        segment: Segment,
        slot: int,
        spec: ModelSpec,
        ramp: WindowRamp,
        target: SegmentTarget = FREE,
        before: PaceState = PaceState(),  # noqa: B008 (frozen)
        *,
        pace: float = 1.0,
    ) -> None:
        self.segment = segment
        self.slot = slot
        self.target = target
        """What is asked of what is heard of it."""
        self.planner = Planner(segment.script, spec, _placed(target, spec.head_samples), before, pace=pace)
        self.timeline = Timeline(segment.script, segment.char_start)
        self.codes: list[Code] = []
        self.windows: deque[PlannedWindow] = deque()
        self.vocoded_codes = 0
        self.vocoded_samples = 0
        self.lookaheads: list[int] = []
        """Codes decoded ahead of each planned window when it was planned."""
        self._spec = spec
        self._code_samples = float(spec.samples_per_code)
        self._ramp = ramp.at_least(spec.window.lookahead).longer(round(spec.held_back_samples / spec.samples_per_code))
        self._vocoded_windows = 0
        self._held_back = 0
        """Samples that the last window held back which is sound."""
        self._emotion: EmotionConditioning | None = None
        self._felt = 0
        """Feelings of the segment that hold already."""

    @property
    def decode_done(self) -> bool:
        """The last code is known."""
        return self.planner.stopped

    @property
    def done(self) -> bool:
        """Everything is sound."""
        return self.decode_done and not self.windows

    @property
    def unvocoded_samples(self) -> float:
        """How much sound the codes decoded ahead will make."""
        planned = self.planner.planned_samples - self.vocoded_samples
        return planned + self.planner.queued * self._code_samples

    @property
    def spoken(self) -> SpokenSegment:
        """How what is sound came out."""
        return self.planner.spoken(self.vocoded_codes)

    def step(self) -> Step:
        """The next step of this row; a changed emotion goes with it once."""
        request, emotion, self._emotion = self.planner.next_step(), self._emotion, None
        return Step(self.slot, request.codes_left, request.may_stop, request.must_stop, request.min_advance, emotion)

    def before(self) -> Before:
        """What the next segment goes on from, once everything is decoded."""
        return Before(self.segment.script, tuple(self.codes))

    def set_emotion(self, emotion: EmotionConditioning) -> None:
        """Another emotion from the next code on."""
        self._emotion, self.planner.pace = emotion, emotion.pace

    def due_feeling(self) -> EmotionConditioning | None:
        """The feeling of a direction that the next code comes after, told once."""
        due = None
        while self._felt < len(self.segment.feelings) and self.segment.feelings[self._felt][0] <= self.planner.unit:
            due = self.segment.feelings[self._felt][1]
            self._felt += 1
        return due

    def push(self, code: Code) -> None:
        """A code was decoded: windows that are due are planned now, and never later."""
        self.codes.append(code)
        self.timeline.push(code.unit)
        self.planner.push(code)
        self._plan_due()

    def window(self, line_sample: int) -> Window:
        """The next window as the model wants it; it begins at that sample of the line."""
        planned = self.windows[0]
        return Window(
            self.slot, planned.first, planned.spans, planned.final, line_sample, planned.owed, planned.held_back
        )

    def vocoded(self) -> PlannedWindow:
        """The next window became sound."""
        planned = self.windows.popleft()
        self.vocoded_codes, self._vocoded_windows = planned.end, self._vocoded_windows + 1
        self.vocoded_samples += planned.samples
        self._held_back = planned.held_back
        return planned

    def retarget(self, target: SegmentTarget) -> None:
        """Another length, other beginnings: windows that are not sound yet are planned again."""
        self.windows.clear()
        self.target = target
        self.planner.retarget(_placed(target, self._spec.head_samples), self.vocoded_codes)
        self._plan_due()

    def has_sounded(self, unit: int) -> bool:
        """Whether a unit began in what is sound already."""
        return self.planner.began(unit) < self.vocoded_codes

    def ranges(self, cuts: Items[int] = ()) -> list[LengthRange]:
        """What the parts between the units `cuts` can still become while what is sound stays as it is."""
        return heard_early(self.planner.ranges(self.vocoded_codes, cuts), self._spec.head_samples)

    def word_in_sound(self) -> int | None:
        """The word at the end of what is sound; None in a pause or when it cannot be known."""
        return self.timeline.word_at(self.vocoded_codes - 1)

    def word_end(self, word: int, before_code: int) -> int | None:
        """The sample at which a word's sound ends, None while that is not known to be before a code."""
        end = self.timeline.word_end(word)
        if end is None or end.code >= before_code:
            return None
        positions = SamplePositions(self.planner.spans, self._code_samples, self._spec.head_samples)
        return round(positions.at(end.code + end.part))

    def char_at_sample(self, sample: int) -> int:
        """One past the last character of the line that was spoken whole by a sample of this segment."""
        ends = np.cumsum(self.planner.spans[: self.vocoded_codes])
        return self.timeline.char_at(int(np.searchsorted(ends, sample + self._spec.head_samples, side="right")) - 1)

    def plan_early(self) -> bool:
        """Plan a window before its time, to have something to fade; False if the vocoder cannot make one."""
        codes = self.planner.queued - self._spec.window.lookahead
        if not self.windows and codes > 0 and not self.decode_done:
            self._plan((codes,))
        return bool(self.windows)

    def _plan_due(self) -> None:
        index = self._vocoded_windows + len(self.windows)
        if self.decode_done:
            if self.planner.queued:
                self._plan(self._ramp.last(index, self.planner.queued))
            return
        while self._ramp.due(index, self.planner.queued):
            self._plan((self._ramp.size(index),))
            index += 1

    def _plan(self, sizes: tuple[int, ...]) -> None:
        """Give spans to the queued codes and cut them into windows."""
        first = len(self.planner.spans)
        if self.decode_done:
            self.planner.plan_rest()
        else:
            self.planner.plan(sum(sizes))
        self.lookaheads.append(self.planner.queued)
        positions = SamplePositions(self.planner.spans, self._code_samples, self._spec.head_samples)
        total = self.planner.planned_samples if self.decode_done else None
        for size in sizes:
            spans = tuple(self.planner.spans[first : first + size])
            marks = self.timeline.marks(first, first + size, positions, total)
            first += size
            final = self.decode_done and first == len(self.planner.spans)
            owed = self.windows[-1].held_back if self.windows else self._held_back
            held_back = self._spec.held_back(owed + sum(spans), final=final)
            self.windows.append(PlannedWindow(first - size, spans, final, marks, owed, held_back))


def _placed(target: SegmentTarget, head: int) -> SegmentTarget:
    """What is asked of what is heard, as places among the codes, `head` samples later."""
    if not target.waypoints or not head:
        return target
    return replace(target, waypoints=tuple(Waypoint(point.unit, point.samples + head) for point in target.waypoints))
