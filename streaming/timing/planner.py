"""The closed loop that makes a segment end on its sample, and its words begin on theirs.

The actuators, in the order of what the ear forgives: the codes left that the decoder is told, the elasticity
of each code (`stretch.py`), the trailing pause, and a forced pointer. A goal whose text is decoded already is
met by the time map alone; before that, decoder and time map share what is lacking by one κ, each as readily
as it gives. The planner sees only its own row: no clock, no other line, not how far the sound has got.
Psychoacoustic limits after Quené (2007, tempo differences under 5 % are not heard) and Campbell (1990).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from oncue.model.api import Code, ModelSpec, Script
from oncue.streaming.timing.closing import speech_end
from oncue.streaming.timing.elasticity import Elastic
from oncue.streaming.timing.goals import PACE, Carry, Goal, Waypoint, goals
from oncue.streaming.timing.progress import Progress, Tempo
from oncue.streaming.timing.time_map import COMFORT, Ladder, Limits, TimeMap

MAX_ADVANCE = 3
"""Units a decoder can pass in one code."""
EASE = 2.0
"""How much more readily a decoder that follows changes its pace than the time map is bent."""
BIAS_LIMIT = 0.2
"""How far the ask is bent against a decoder that does not do what it is told."""
FLOOR = 0.5
"""No unit is planned under this share of its natural length; when only that is left, the pointer is forced."""
RUNAWAY = 2.5
RUNAWAY_CODES = 25
TAIL_CODES = 3.0
"""Trailing silence beyond the natural one that the plan counts on."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the next step of the decoder is told."""

    codes_left: float
    may_stop: bool
    must_stop: bool
    min_advance: int


class Planner:
    """One segment, code by code: with a target that can be reached its spans sum to it, without one it goes at `pace`."""

    def __init__(
        self, script: Script, spec: ModelSpec, target: int | None, waypoints: Sequence[Waypoint] = (),
        carry: Carry | None = None, *, closing: bool = False, pace: float = 1.0,
    ) -> None:  # fmt: skip
        self._spec = spec
        self.pace = pace
        self._asked, self._asked_pace = Ask(1.0, False, False, 0), 1.0
        self.ladder = Ladder(spec)
        self.progress = Progress(script, spec, carry.tempo if carry else Tempo())
        self.map = TimeMap(spec, carry.kappa if carry else 0.0)
        self.forced_steps = 0
        self.aim(target, waypoints, closing=closing)

    @property
    def stopped(self) -> bool:
        """The last code is known."""
        return self.progress.stopped

    @property
    def decoded(self) -> int:
        """Codes heard of."""
        return self.progress.decoded

    @property
    def spans(self) -> list[int]:
        """Samples of each code that has them."""
        return self.map.spans

    @property
    def queued(self) -> int:
        """Codes decoded and not yet given spans."""
        return self.decoded - len(self.map.spans)

    @property
    def planned_samples(self) -> int:
        """Samples given to codes."""
        return self.map.samples

    @property
    def carry(self) -> Carry:
        """For the segment after this one."""
        return Carry(self.progress.tempo.carried(), self.map.kappa)

    @property
    def estimate(self) -> float:
        """The segment's length in samples as far as it is known, with what was learned of its speaker."""
        scale = float(self._spec.samples_per_code)
        if self.stopped:
            return self.planned_samples + self.queued * scale
        if self.target is not None:
            return float(self.target)
        rate = self.pace * math.exp(self.progress.tempo.bias)
        if self._goal() is not None:
            return self.goals[-1].samples + self.progress.after[self.goals[-1].unit] * rate * scale
        at, code = self._anchor()
        return at + (self.decoded - code + self.progress.left() * rate) * scale

    def aim(self, target: int | None, waypoints: Sequence[Waypoint] = (), *, closing: bool = False) -> None:
        """Set where the segment ends, units begin and, if it is closing its line, speech ends; spans given stay."""
        self.target, self.waypoints, self.closing = target, tuple(waypoints), closing
        ends = [] if target is None else [Waypoint(self.progress.end, target)]
        if target is not None and closing:
            pause = speech_end(target, waypoints, self.progress, self.map, self._spec)
            ends = ends if pause is None else [pause, *ends]
        self.goals = goals([*self.waypoints, *ends], self.progress, self.map)

    def ask(self) -> Ask:
        """What to tell the decoder for its next code."""
        limit = RUNAWAY * max(self.progress.after[0], self.map.codes_of(self.target or 0)) + RUNAWAY_CODES
        runaway = self.decoded + 1 >= limit
        goal = self._goal()
        self._asked = self._ask_free(runaway) if goal is None else self._ask_goal(goal, runaway)
        self._asked_pace = max(PACE[0], self._asked.codes_left / max(self.progress.left(), 1.0))
        return self._asked

    def hear(self, code: Code) -> None:
        """A code was decoded."""
        moved = self.progress.hear(code, self._asked_pace)
        if self._asked.min_advance and moved <= self._asked.min_advance:
            self.forced_steps += 1

    def plan(self, codes: int) -> tuple[int, ...]:
        """Spans of the next `codes` queued codes, more of the segment being still to come."""
        assert codes <= self.queued
        assert not self.stopped
        return self._lay(len(self.spans) + codes)

    def plan_rest(self) -> tuple[int, ...]:
        """Spans of everything queued: the last code is known, so the target is met here, before any waypoint."""
        assert self.stopped
        assert self.queued
        first = len(self.spans)
        if self.target is None:
            return self._lay(self.decoded)
        known = [goal for goal in self.goals if first < self.progress.began(goal.unit) < self.decoded - 1]
        if known:
            self._lead(known)
        if known and (lack := self._lack(self.target)):
            self.map.rewind(first)
            self._lead([*known[:-1], replace(known[-1], samples=known[-1].samples + lack)])
            if self._lack(self.target):
                self.map.rewind(first)
        left = max(self.queued, self.target - self.planned_samples)
        self.map.place_all(self.ladder.mildest(self.queue, self.map.codes_of(left)), left)
        return tuple(self.spans[first:])

    def queue(self, limits: Limits, extra: int = 0) -> Elastic:
        """The codes without spans, and `extra` more of the unit being spoken."""
        units = self.progress.units[len(self.spans) :] + [self.progress.pointer] * extra
        return self._elastic(units, [1.0] * len(units), limits)

    def missed(self, codes: int) -> list[int]:
        """By how many samples the waypoints within the first `codes` codes are off."""
        ends = np.cumsum([0, *self.spans[:codes]])
        found = [(point.samples, self.progress.began(point.unit)) for point in self.waypoints]
        return [round(float(np.interp(at, range(codes + 1), ends))) - want for want, at in found if at < codes]

    def _goal(self) -> Goal | None:
        """The next goal whose place is not decoded yet."""
        return next((goal for goal in self.goals if math.isinf(self.progress.began(goal.unit))), None)

    def _anchor(self) -> tuple[int, float]:
        """The last sample and its code whose relation is decided: of what has spans, or of a decoded goal as far as it can be met."""
        at, code = self.planned_samples, float(len(self.spans))
        for goal in self.goals:
            if code < (began := self.progress.began(goal.unit)) < math.inf:
                at, code = self.map.nearest(goal.samples, at, began - code), began
        return at, code

    def _ask_free(self, runaway: bool) -> Ask:
        done, stuck = self.progress.text_done, self.progress.stuck(self.pace)
        return Ask(
            max(1.0, self.pace * self.progress.left()), done, runaway or (done and stuck), int(stuck and not done)
        )

    def _ask_goal(self, goal: Goal, runaway: bool) -> Ask:
        last, done = goal.unit == self.progress.end, self.progress.text_done
        at, code = self._anchor()
        codes, queued = self.map.codes_of(goal.samples - at), self.decoded - code
        natural = self.progress.left(goal.unit)
        pace = (codes - queued - self._bent(goal, code, codes, natural)) / natural
        if not last:
            pace = min(max(pace, PACE[0]), PACE[1])
        return Ask(
            codes_left=max(1.0, pace * math.exp(-self._bend()) * self.progress.left()),
            may_stop=last and done and self._can_fill(goal.samples),
            must_stop=runaway or (last and done and self._is_full(goal.samples)),
            min_advance=0 if done else max(self._pressed(goal, codes, queued), int(self.progress.stuck(pace))),
        )

    def _bent(self, goal: Goal, code: float, codes: float, natural: float) -> float:
        """Codes by which the time map will bend the queue: its part of what is lacking at the pace intended."""
        units = self.progress.units[math.ceil(code) :]
        if not units:
            return 0.0
        give = float(self.progress.exponents[units].sum())
        coming = self.progress.give_after[self.progress.pointer] - self.progress.give_after[goal.unit]
        lack = codes - (self.decoded - code) - goal.pace * natural
        most = COMFORT * len(units)
        return max(-most, min(most, lack * give / (give + EASE * goal.pace * coming)))

    def _can_fill(self, target: int) -> bool:
        """Whether the codes after the anchor and one more can be stretched to the target."""
        at, code = self._anchor()
        units = [*self.progress.units[math.ceil(code) :], self.progress.pointer]
        held = self._elastic(units, [1.0] * len(units), self.ladder.firm)
        return float(held.codes @ held.high) + math.ceil(code) - code >= self.map.codes_of(target - at)

    def _is_full(self, target: int) -> bool:
        """Whether there is no room for another code: where the end of the text is unknown, before it must be cut off."""
        if self._spec.tracks_progress:
            at, code = self._anchor()
            return self.map.codes_of(target - at) - (self.decoded - code) < 1.5
        held = self.queue(self.ladder.hard, extra=2)
        return float(held.codes @ held.low) > self.map.codes_to(target)

    def _pressed(self, goal: Goal, codes: float, queued: float) -> int:
        """The least advance that leaves every unit before the goal its shortest length within the budget."""
        progress, pointer = self.progress, self.progress.pointer
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

    def _bend(self) -> float:
        return max(-BIAS_LIMIT, min(BIAS_LIMIT, self.progress.tempo.bias))

    def _lead(self, known: Sequence[Goal]) -> None:
        """Give spans to the codes up to the last of goals whose places are decoded."""
        self._lay(math.ceil(self.progress.began(known[-1].unit)), known)

    def _lack(self, target: int) -> int:
        """Samples by which the codes without spans, at their limits, end before the target; negative: after it."""
        beyond = self.queue(self.ladder.hard).beyond(self.map.codes_to(target)) * float(self._spec.samples_per_code)
        return math.ceil(beyond) if beyond > 0 else math.floor(beyond)

    def _lay(self, end: int, goals: Sequence[Goal] | None = None) -> tuple[int, ...]:
        """Give spans to the codes up to `end`, one goal after another."""
        first = len(self.spans)
        while (at := len(self.spans)) < end:
            ahead = self.goals if goals is None else goals
            goal = next((goal for goal in ahead if self.progress.began(goal.unit) > at), None)
            place = math.inf if goal is None else self.progress.began(goal.unit)
            if goal is None or (self.stopped and math.isinf(place)):
                self.map.place(self.queue(self.ladder.gentle), 0.0, end - at)
                continue
            wanted = self.map.codes_to(goal.samples)
            elastic = self._to_open(goal) if math.isinf(place) else self._to_known(place, wanted)
            self.map.place(elastic, elastic.solve(wanted), min(end, math.ceil(min(place, end))) - at)
        return tuple(self.spans[first:])

    def _to_known(self, place: float, wanted: float) -> Elastic:
        """The codes without spans up to a place already decoded, with the mildest limits that do."""
        units = self.progress.units[len(self.spans) : math.ceil(place)]
        codes = [1.0] * (len(units) - 1) + [place - math.ceil(place) + 1]
        return self.ladder.mildest(lambda limits: self._elastic(units, codes, limits), wanted)

    def _to_open(self, goal: Goal) -> Elastic:
        """The queue and what is expected after it up to a goal, which comes as readily as it is asked for."""
        progress, follows, bias = self.progress, self._spec.follows_codes_left, self.progress.tempo.bias
        rate = goal.pace * math.exp(bias - self._bend()) if follows else math.exp(bias)
        queue = self.queue(self._open_limits(goal))
        pointer = progress.pointer if self._spec.tracks_progress else goal.unit - 1
        natural = np.array(progress.natural[pointer : goal.unit])
        coming = natural * (progress.left(goal.unit) * rate / float(natural.sum()))
        low, high = (np.full(len(coming), limit / rate) for limit in self._spec.ratio)
        if goal.unit == progress.end:
            high[-1] += TAIL_CODES / float(coming[-1])
        give = progress.exponents[pointer : goal.unit] * (EASE if follows else 1.0)
        return Elastic(
            np.append(queue.codes, coming), np.append(queue.exponents, give),
            np.append(queue.low, low), np.append(queue.high, high), queue.start, queue.slew,
        )  # fmt: skip

    def _open_limits(self, goal: Goal) -> Limits:
        """A decoder that does not follow leaves everything to the time map, from the first code on."""
        if goal.short or (not self._spec.follows_codes_left and not self.spans):
            return self.ladder.hard
        return self.ladder.gentle if self._spec.follows_codes_left else self.ladder.drifting

    def _elastic(self, units: list[int], codes: list[float], limits: Limits) -> Elastic:
        exponents, paused = self.progress.exponents[units], self.progress.pauses[units]
        return limits.elastic(np.array(codes), exponents, paused, self.map.kappa)
