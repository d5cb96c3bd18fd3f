"""The closed loop that makes a segment end on its sample, and its words begin on theirs.

The actuators, in the order of what the ear forgives: the codes left that the decoder is told, the elasticity
of each code (`elasticity.py`), the trailing pause, and a forced pointer. A goal whose text is decoded already is
met by the time map alone; before that, decoder and time map share what is lacking by one κ, each as readily
as it gives. The planner sees only its own row: no clock, no other line, not how far the sound has got.
Psychoacoustic limits after Quené (2007, tempo differences under 5 % are not heard) and Campbell (1990).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from oncue.model.api import Code, ModelSpec, Script
from oncue.streaming.timing.elasticity import Elastic
from oncue.streaming.timing.feasibility import LengthRange
from oncue.streaming.timing.progress import Progress, Tempo
from oncue.streaming.timing.targets import FREE, PACE, Goal, SegmentTarget, goals_of
from oncue.streaming.timing.time_map import COMFORT, CodeSpans, StretchLimits, StretchPolicy

MAX_ADVANCE = 3
"""Units a decoder can pass in one code."""
EASE = 2.0
"""How much more readily a decoder that follows changes its pace than the time map is bent."""
BIAS_LIMIT = 0.2
"""How far a request is moved, in log pace, to make up for a decoder that is always faster or slower than asked."""
FLOOR = 0.5
"""No unit is planned under this share of its natural length; when only that is left, the pointer is forced."""
RUNAWAY = 2.5
RUNAWAY_CODES = 25
TAIL_CODES = 3.0
"""Trailing silence beyond the natural one that the plan counts on."""


@dataclass(frozen=True, slots=True)
class StepRequest:
    """What the next step of the decoder is told."""

    codes_left: float
    may_stop: bool
    must_stop: bool
    min_advance: int


@dataclass(frozen=True, slots=True)
class PaceState:
    """What the next segment of a line goes on from, so that the join is not heard: what was learned of the speaker, and κ."""

    tempo: Tempo = field(default_factory=Tempo)
    kappa: float = 0.0


@dataclass(frozen=True, slots=True)
class PlacedCode:
    """One code that was heard: its samples, and whether it is of a pause."""

    samples: int
    paused: bool


@dataclass(frozen=True, slots=True)
class SpokenSegment:
    """How the part of a segment that was heard came out."""

    codes: tuple[PlacedCode, ...]
    pause_codes: float
    """Natural length of the pauses that were spoken."""
    cue_errors_samples: tuple[int, ...]
    """By how much the units with a waypoint began late."""
    forced_steps: int


class Planner:
    """One segment, code by code: with a target that can be reached its spans sum to it.

    Without one it lasts as long as its natural lengths say at `pace`, which is met like any target by a decoder that says
    where it is and follows a countdown; another kind of decoder ends when it will.
    """

    def __init__(
        self,
        script: Script,
        spec: ModelSpec,
        target: SegmentTarget = FREE,
        before: PaceState = PaceState(),
        *,
        pace: float = 1.0,
    ) -> None:
        self.forced_steps = 0
        self._pace = pace
        self._spec = spec
        self._request, self._requested_pace = StepRequest(1.0, False, False, 0), 1.0
        self._limits = StretchPolicy(spec)
        self._progress = Progress(script, spec, before.tempo)
        self._placed = CodeSpans(spec, before.kappa)
        self._ask(target)

    @property
    def pace(self) -> float:
        """Codes for each natural one where no length is asked for."""
        return self._pace

    @pace.setter
    def pace(self, pace: float) -> None:
        if pace != self._pace:
            self._pace = pace
            self._ask(self._target)

    @property
    def unit(self) -> int:
        """The unit that is being said, as far as it is known or estimated."""
        return self._progress.pointer

    @property
    def target(self) -> SegmentTarget:
        """What is asked of the segment."""
        return self._target

    @property
    def goals(self) -> list[Goal]:
        """What it is to meet, in order."""
        return self._goals

    @property
    def stopped(self) -> bool:
        """The last code is known."""
        return self._progress.stopped

    @property
    def decoded(self) -> int:
        """Codes heard of."""
        return self._progress.decoded

    @property
    def spans(self) -> list[int]:
        """Samples of each code that has them."""
        return self._placed.spans

    @property
    def queued(self) -> int:
        """Codes decoded and not yet given spans."""
        return self.decoded - len(self._placed.spans)

    @property
    def planned_samples(self) -> int:
        """Samples given to codes."""
        return self._placed.samples

    @property
    def pace_state(self) -> PaceState:
        """For the segment after this one."""
        return PaceState(self._progress.tempo.carried(), self._placed.kappa)

    @property
    def estimate(self) -> float:
        """The segment's length in samples as far as it is known, with what was learned of its speaker."""
        scale = float(self._spec.samples_per_code)
        if self.stopped:
            return self.planned_samples + self.queued * scale
        if self._end is not None:
            return float(self._end)
        rate = self.pace * math.exp(self._progress.tempo.bias)
        if self._next_goal() is not None:
            return self._goals[-1].samples + self._progress.after[self._goals[-1].unit] * rate * scale
        at, code = self._anchor()
        return at + (self.decoded - code + rate * self._progress.left()) * scale

    def began(self, unit: int) -> float:
        """The place, in codes from the segment's start, where a unit began; infinite while it has not."""
        return self._progress.began(unit)

    def retarget(self, target: SegmentTarget, kept: int) -> None:
        """Ask for something else of a segment of which the first `kept` codes keep their spans; the others lose theirs."""
        self._placed.rewind(kept)
        self._ask(target)

    def _ask(self, target: SegmentTarget) -> None:
        """Take a target, and the end that is to be met: its own, or that of the pace."""
        self._target, self._end = target, target.samples
        if self._end is None and self._spec.tracks_progress and self._spec.follows_codes_left:
            self._end = self._own_end()
        self._goals = goals_of(replace(target, samples=self._end), self._progress, self._placed, self._spec)

    def _own_end(self) -> int:
        """The sample at which the segment ends if what is left is said at its pace from the last cue on."""
        scale, progress = float(self._spec.samples_per_code), self._progress
        coming = [point for point in self._target.waypoints if math.isinf(self.began(point.unit))]
        if coming:
            return coming[-1].samples + round(self.pace * progress.after[coming[-1].unit] * scale)
        return self.planned_samples + round((self.queued + self.pace * progress.left()) * scale)

    def next_step(self) -> StepRequest:
        """What to tell the decoder for its next code."""
        limit = RUNAWAY * max(self._progress.after[0], self._placed.codes_of(self._end or 0)) + RUNAWAY_CODES
        runaway = self.decoded + 1 >= limit
        goal = self._next_goal()
        self._request = self._free_step(runaway) if goal is None else self._step_to(goal, runaway)
        self._requested_pace = max(PACE[0], self._request.codes_left / max(self._progress.left(), 1.0))
        return self._request

    def push(self, code: Code) -> None:
        """A code was decoded."""
        moved = self._progress.push(code, self._requested_pace)
        if self._request.min_advance and moved <= self._request.min_advance:
            self.forced_steps += 1

    def plan(self, codes: int) -> tuple[int, ...]:
        """Spans of the next `codes` queued codes, more of the segment being still to come."""
        assert codes <= self.queued
        assert not self.stopped
        return self._place(len(self.spans) + codes, self._goals)

    def plan_rest(self) -> tuple[int, ...]:
        """Spans of everything queued: the last code is known, so the target is met here, before any waypoint."""
        assert self.stopped
        assert self.queued
        first, target = len(self.spans), self._end
        if target is None:
            return self._place(self.decoded, self._goals)
        known = [goal for goal in self._goals if first < self.began(goal.unit) < self.decoded - 1]
        if known:
            self._place_to(known)
        if known and (lack := self._lack(target)):
            self._placed.rewind(first)
            self._place_to([*known[:-1], replace(known[-1], samples=known[-1].samples + lack)])
            if self._lack(target):
                self._placed.rewind(first)
        left = max(self.queued, target - self.planned_samples)
        self._placed.place_all(self._limits.mildest(self._queue, self._placed.codes_of(left)), left)
        return tuple(self.spans[first:])

    def ranges(self, kept: int, cuts: Sequence[int] = ()) -> list[LengthRange]:
        """What the parts before, between and after the units `cuts` can still become if the first `kept` codes keep
        their spans: text that waits by the family's ratio, decoded codes by the time map.
        """
        return [self._range(kept, first, last) for first, last in pairwise([0, *cuts, self._progress.end])]

    def spoken(self, codes: int) -> SpokenSegment:
        """How the first `codes` codes came out, which are all that was heard."""
        progress, spans = self._progress, self.spans[:codes]
        units = progress.units[:codes]
        ends = np.cumsum([0, *spans])
        places = [(point.samples, self.began(point.unit)) for point in self._target.waypoints]
        return SpokenSegment(
            codes=tuple(PlacedCode(span, bool(progress.pauses[u])) for span, u in zip(spans, units, strict=True)),
            pause_codes=progress.pause_codes(units[-1] if units else -1),
            cue_errors_samples=tuple(
                round(float(np.interp(at, range(codes + 1), ends))) - wanted for wanted, at in places if at < codes
            ),
            forced_steps=self.forced_steps,
        )

    def _next_goal(self) -> Goal | None:
        """The next goal whose place is not decoded yet."""
        return next((goal for goal in self._goals if math.isinf(self.began(goal.unit))), None)

    def _anchor(self) -> tuple[int, float]:
        """The last sample and its code whose relation is decided: of what has spans, or of a decoded goal as far as it can be met."""
        at, code = self.planned_samples, float(len(self.spans))
        for goal in self._goals:
            if code < (began := self.began(goal.unit)) < math.inf:
                at, code = self._placed.nearest(goal.samples, at, began - code), began
        return at, code

    def _free_step(self, runaway: bool) -> StepRequest:
        """The speaker's own pace."""
        done, stuck = self._progress.text_done, self._progress.stuck(self.pace)
        return StepRequest(
            codes_left=max(1.0, self.pace * self._progress.left()),
            may_stop=done,
            must_stop=runaway or (done and stuck),
            min_advance=int(stuck and not done),
        )

    def _step_to(self, goal: Goal, runaway: bool) -> StepRequest:
        last, done = goal.unit == self._progress.end, self._progress.text_done
        at, code = self._anchor()
        codes, queued = self._placed.codes_of(goal.samples - at), self.decoded - code
        natural = self._progress.left(goal.unit)
        pace = (codes - queued - self._bent(goal, code, codes, natural)) / natural
        if not last:
            pace = min(max(pace, PACE[0]), PACE[1])
        return StepRequest(
            codes_left=max(1.0, pace * math.exp(-self._correction()) * self._progress.left()),
            may_stop=last and done and self._can_fill(goal.samples),
            must_stop=runaway or (last and done and self._is_full(goal.samples)),
            min_advance=0 if done else max(self._pressed(goal, codes, queued), int(self._progress.stuck(pace))),
        )

    def _bent(self, goal: Goal, code: float, codes: float, natural: float) -> float:
        """Codes by which the time map will bend the queue: its part of what is lacking at the pace intended."""
        progress = self._progress
        units = progress.units[math.ceil(code) :]
        if not units:
            return 0.0
        give = float(progress.exponents[units].sum())
        coming = progress.give_after[progress.pointer] - progress.give_after[goal.unit]
        lack = codes - (self.decoded - code) - goal.pace * natural
        most = COMFORT * len(units)
        return max(-most, min(most, lack * give / (give + EASE * goal.pace * coming)))

    def _can_fill(self, target: int) -> bool:
        """Whether the codes after the anchor and one more can be stretched to the target."""
        at, code = self._anchor()
        units = [*self._progress.units[math.ceil(code) :], self._progress.pointer]
        held = self._elastic(units, [1.0] * len(units), self._limits.firm)
        return float(held.codes @ held.high) + math.ceil(code) - code >= self._placed.codes_of(target - at)

    def _is_full(self, target: int) -> bool:
        """Whether there is no room for another code: where the end of the text is unknown, before it must be cut off."""
        if self._spec.tracks_progress:
            at, code = self._anchor()
            return self._placed.codes_of(target - at) - (self.decoded - code) < 1.5
        held = self._queue(self._limits.hard, extra=2)
        return float(held.codes @ held.low) > self._placed.codes_to(target)

    def _pressed(self, goal: Goal, codes: float, queued: float) -> int:
        """The least advance that leaves every unit before the goal its shortest length within the budget."""
        progress, pointer = self._progress, self._progress.pointer
        last = min(goal.unit, progress.end - 1)
        budget = codes / (1 - COMFORT) - queued - 1
        if goal.unit == progress.end:
            budget = math.floor(budget)
        most = min(MAX_ADVANCE, last - pointer)
        for advance in range(most):
            needs = FLOOR * (progress.after[pointer + advance + 1] - progress.after[goal.unit])
            if needs <= budget and last - pointer - advance <= MAX_ADVANCE * budget:
                return advance
        return most

    def _correction(self) -> float:
        """Log factor by which a request is bent against the speaker's bias."""
        return max(-BIAS_LIMIT, min(BIAS_LIMIT, self._progress.tempo.bias))

    def _place_to(self, known: Sequence[Goal]) -> None:
        """Give spans to the codes up to the last of goals whose places are decoded."""
        self._place(math.ceil(self.began(known[-1].unit)), known)

    def _lack(self, target: int) -> int:
        """Samples by which the codes without spans, at their limits, end before the target; negative: after it."""
        beyond = self._queue(self._limits.hard).beyond(self._placed.codes_to(target))
        samples = beyond * float(self._spec.samples_per_code)
        return math.ceil(samples) if samples > 0 else math.floor(samples)

    def _place(self, end: int, goals: Sequence[Goal]) -> tuple[int, ...]:
        """Give spans to the codes up to `end`, one goal after another."""
        first = len(self.spans)
        while (at := len(self.spans)) < end:
            goal = next((goal for goal in goals if self.began(goal.unit) > at), None)
            place = math.inf if goal is None else self.began(goal.unit)
            if goal is None or (self.stopped and math.isinf(place)):
                self._placed.place(self._queue(self._limits.gentle), 0.0, end - at)
                continue
            wanted = self._placed.codes_to(goal.samples)
            elastic = self._to_open(goal) if math.isinf(place) else self._to_known(place, wanted)
            self._placed.place(elastic, elastic.solve(wanted), min(end, math.ceil(min(place, end))) - at)
        return tuple(self.spans[first:])

    def _to_known(self, place: float, wanted: float) -> Elastic:
        """The codes without spans up to a place already decoded, with the mildest limits that do."""
        units = self._progress.units[len(self.spans) : math.ceil(place)]
        codes = [1.0] * (len(units) - 1) + [place - math.ceil(place) + 1]
        return self._limits.mildest(lambda limits: self._elastic(units, codes, limits), wanted)

    def _to_open(self, goal: Goal) -> Elastic:
        """The queue and what is expected after it up to a goal, which comes as readily as it is asked for."""
        progress, follows = self._progress, self._spec.follows_codes_left
        bias = progress.tempo.bias
        rate = goal.pace * math.exp(bias - self._correction()) if follows else math.exp(bias)
        queue = self._queue(self._open_limits(goal))
        pointer = progress.pointer if self._spec.tracks_progress else goal.unit - 1
        natural = np.array(progress.natural[pointer : goal.unit])
        coming = natural * (progress.left(goal.unit) * rate / float(natural.sum()))
        low, high = (np.full(len(coming), limit / rate) for limit in self._spec.ratio)
        if goal.unit == progress.end:
            high[-1] += TAIL_CODES / float(coming[-1])
        return Elastic(
            codes=np.append(queue.codes, coming),
            exponents=np.append(queue.exponents, progress.exponents[pointer : goal.unit] * (EASE if follows else 1.0)),
            low=np.append(queue.low, low),
            high=np.append(queue.high, high),
            start=queue.start,
            slew=queue.slew,
        )

    def _open_limits(self, goal: Goal) -> StretchLimits:
        """A decoder that does not follow leaves everything to the time map, from the first code on."""
        if goal.short or (not self._spec.follows_codes_left and not self.spans):
            return self._limits.hard
        return self._limits.gentle if self._spec.follows_codes_left else self._limits.drifting

    def _range(self, kept: int, first: int, last: int) -> LengthRange:
        """What the text from one unit to before another can still become."""
        progress, scale = self._progress, float(self._spec.samples_per_code)
        begin, end = progress.began(first), progress.began(last)
        codes = np.arange(progress.decoded)
        share = np.clip(np.minimum(codes + 1, end) - np.maximum(codes, begin), 0.0, 1.0)
        sound = float(share[:kept] @ np.array(self.spans[:kept], dtype=float))
        limits = self._limits.hard if self.stopped or math.isfinite(end) else self._limits.firm
        queued = progress.units[kept:]
        queue = limits.elastic(share[kept:], progress.exponents[queued], progress.pauses[queued], 0.0)
        left = 0.0 if self.stopped else progress.left(last) - progress.left(first)
        low = float(queue.codes @ queue.low) + self._spec.ratio[0] * left
        high = float(queue.codes @ queue.high) + self._spec.ratio[1] * left
        unit = last if self.stopped else min(max(progress.pointer, first), last)
        give = float(queue.codes @ queue.exponents) + progress.give_after[unit] - progress.give_after[last]
        natural = min(max(float(queue.codes.sum()) + left, low), high)
        return LengthRange(sound + low * scale, sound + natural * scale, sound + high * scale, give * scale)

    def _queue(self, limits: StretchLimits, extra: int = 0) -> Elastic:
        """The codes without spans, and `extra` more of the unit being spoken."""
        units = self._progress.units[len(self.spans) :] + [self._progress.pointer] * extra
        return self._elastic(units, [1.0] * len(units), limits)

    def _elastic(self, units: list[int], codes: list[float], limits: StretchLimits) -> Elastic:
        exponents, paused = self._progress.exponents[units], self._progress.pauses[units]
        return limits.elastic(np.array(codes), exponents, paused, self._placed.kappa)
