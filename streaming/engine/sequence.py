"""A segment and its life in the batch: codes in, planned windows out, one slot held.

It joins the planner, the window ramp and the timeline of one segment. It never calls the model and
knows no time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace

from oncue.model.api import Before, Code, EmotionConditioning, ModelSpec, Script, Step, Window
from oncue.streaming.engine.timeline import Ruler, Timeline
from oncue.streaming.engine.windows import PlannedWindow, WindowRamp
from oncue.streaming.timing import reach
from oncue.streaming.timing.budget import Reach
from oncue.streaming.timing.goals import Carry, Waypoint
from oncue.streaming.timing.planner import Planner


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a line that one prefill covers, with its place in the line's text."""

    index: int
    char_start: int
    script: Script


class Sequence:
    """One segment in one slot. Its windows depend on nothing but its own codes and targets."""

    def __init__(
        self, segment: Segment, slot: int, spec: ModelSpec, target: int | None, ramp: WindowRamp,
        waypoints: Items[Waypoint] = (), carry: Carry | None = None, *, closing: bool = False, pace: float = 1.0,
    ) -> None:  # fmt: skip
        self.segment = segment
        self.slot = slot
        self.planner = Planner(segment.script, spec, target, waypoints, carry, closing=closing, pace=pace)
        self.timeline = Timeline(segment.script, segment.char_start, spec.vocoder_delay_samples)
        self.codes: list[Code] = []
        self.windows: deque[PlannedWindow] = deque()
        self.vocoded_codes = 0
        self.vocoded_samples = 0
        self.lookaheads: list[int] = []
        self._spec = spec
        self._ramp = ramp.at_least(spec.window.lookahead)
        self._vocoded_windows = 0
        self._emotion: EmotionConditioning | None = None

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
        return planned + self.planner.queued * float(self._spec.samples_per_code)

    def step(self) -> Step:
        """The next step of this row; a changed emotion goes with it once."""
        ask, emotion, self._emotion = self.planner.ask(), self._emotion, None
        return Step(self.slot, ask.codes_left, ask.may_stop, ask.must_stop, ask.min_advance, emotion)

    def before(self) -> Before:
        """What the next segment goes on from, once everything is decoded."""
        return Before(self.segment.script, tuple(self.codes))

    def feel(self, emotion: EmotionConditioning) -> None:
        """Another emotion from the next code on."""
        self._emotion, self.planner.pace = emotion, emotion.pace

    def hear(self, code: Code) -> None:
        """A code was decoded: windows that are due are planned now, and never later."""
        self.codes.append(code)
        self.timeline.push(code.unit)
        self.planner.hear(code)
        self._plan_due()

    def window(self) -> Window:
        """The next window as the model wants it."""
        planned = self.windows[0]
        return Window(self.slot, planned.first, planned.spans, planned.final)

    def vocoded(self) -> PlannedWindow:
        """The next window became sound."""
        planned = self.windows.popleft()
        self.vocoded_codes, self._vocoded_windows = planned.end, self._vocoded_windows + 1
        self.vocoded_samples += planned.samples
        return planned

    def retarget(self, target: int | None, waypoints: Items[Waypoint] = (), *, closing: bool = False) -> None:
        """Another length, other beginnings: windows that are not sound yet are planned again."""
        self.windows.clear()
        self.planner.map.rewind(self.vocoded_codes)
        self.planner.aim(target, waypoints, closing=closing)
        self._plan_due()

    def has_sounded(self, unit: int) -> bool:
        """Whether a unit began in what is sound already."""
        return self.planner.progress.began(unit) < self.vocoded_codes

    def reaches(self, cuts: Items[int] = ()) -> list[Reach]:
        """What the parts between the units `cuts` can still become while what is sound stays as it is."""
        return reach.of_planner(self.planner, self._spec, self.vocoded_codes, cuts)

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
        ruler = Ruler(self.planner.spans, float(self._spec.samples_per_code))
        total = self.planner.planned_samples if self.decode_done else None
        for size in sizes:
            spans = tuple(self.planner.spans[first : first + size])
            marks = self.timeline.marks(first, first + size, ruler, total)
            self.windows.append(PlannedWindow(first, spans, False, marks))
            first += size
        if self.decode_done:
            self.windows.append(replace(self.windows.pop(), final=True))
