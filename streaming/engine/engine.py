"""Commands in, events out: all of speaking many lines at once, one step at a time.

`step(now)` takes in what was submitted, does at most one batch of model work and says what came of it.
There is no clock, thread or queue to wait on here: the caller of `step` brings the time. Which batch
runs is the scheduler's choice, what a line still needs the utterance's.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import Literal

import numpy as np

from oncue.model.api import Fault, ModelSpec, Samples, SpeechModel, Window
from oncue.streaming.engine.admission import Admission, check_duration
from oncue.streaming.engine.events import (
    Append,
    Cancel,
    Command,
    Event,
    Hold,
    Played,
    Prefilled,
    Refused,
    Speak,
    Update,
)
from oncue.streaming.engine.scheduler import Batch, EngineLimits, Scheduler
from oncue.streaming.engine.sequence import Sequence
from oncue.streaming.engine.utterance import Utterance
from oncue.streaming.protocol.errors import Internal, OnCueError, UnknownId
from oncue.streaming.timing.feasibility import Promise

__all__ = ["Engine", "EngineLimits"]

WAKE_S = 0.001
"""A wake-up comes this much after the moment it is for, so that rounding never makes it come for nothing."""


class Engine:
    """Every `Speak` is answered by one `Refused`, or by one `Started`, its audio in order, and one `Finished`."""

    def __init__(self, model: SpeechModel, limits: EngineLimits = EngineLimits()) -> None:  # noqa: B008 (frozen)
        self._model = model
        self._spec: ModelSpec = model.spec
        self._admission = Admission(model, limits)
        self._scheduler = Scheduler(model.spec, limits)
        self._lines: dict[int, Utterance] = {}
        self._free = list(range(model.spec.slots))  # a heap: the lowest slots first, so that those taken lie together
        self._commands: deque[Command] = deque()
        self._events: list[Event] = []
        self._worked = False
        """Whether the last step found a batch; then there is likely another, and the next step will say."""

    @property
    def active(self) -> int:
        """Utterances alive."""
        return len(self._lines)

    def submit(self, command: Command, now: float) -> None:
        """Take a command in; it acts at the next step. Never raises for a mistake of the one who sent it."""
        if isinstance(command, Played) and command.uid in self._lines:
            self._lines[command.uid].report_played(command.samples, now)
            return
        self._commands.append(command)

    def step(self, now: float) -> list[Event]:
        """Act on what was submitted, then do at most one batch of model work. Events are in order of happening."""
        while self._commands:
            self._apply(self._commands.popleft(), now)
        self._cut_early(now)
        batch = self._scheduler.choose(self._lines.values(), len(self._free), now)
        self._worked = batch is not None
        if batch is not None:
            self._run(batch, now)
        events, self._events = self._events, []
        return events

    def next_wakeup(self, now: float) -> float | None:
        """`now` if there is work or may be, the time when playback will make some, None if only a command can."""
        if self._commands or (self._lines and self._worked):
            return now
        if self._scheduler.choose(self._lines.values(), len(self._free), now) is not None:
            return now
        at = self._scheduler.when_next(self._lines.values(), len(self._free), now)
        at = min([at, *(line.early_at(now) for line in self._lines.values())])
        return max(at, now) + WAKE_S if math.isfinite(at) else None

    def _apply(self, command: Command, now: float) -> None:
        if isinstance(command, Speak):
            self._speak(command, now)
            return
        line = self._lines.get(command.uid)
        if line is None:
            self._answer_unknown_line(command)
        elif isinstance(command, Append):
            self._append(line, command, now)
        elif isinstance(command, Update):
            self._update(line, command)
        elif isinstance(command, Cancel):
            self._cancel(line, command)
        elif isinstance(command, Hold):
            line.hold(on=command.on)
        else:
            line.report_played(command.samples, now)

    def _answer_unknown_line(self, command: Command) -> None:
        """A line that ended a moment ago may still be cancelled or held: only requests for more are answered."""
        if isinstance(command, Append | Update):
            self._refuse(command.uid, UnknownId("There is no such line, or it has ended."), terminal=False)

    def _speak(self, speak: Speak, now: float) -> None:
        try:
            line = self._admission.admit(speak, self._lines, now)
        except OnCueError as error:
            self._refuse(speak.uid, error, terminal=speak.uid not in self._lines)
            return
        self._lines[speak.uid] = line
        line.note_text(now, cut=True)
        self._start_or_end(line, now)

    def _start_or_end(self, line: Utterance, now: float) -> None:
        """Start a line as soon as it has text, and end one that has none left; a promise may turn out impossible."""
        if line.started or not (line.segments or not line.open):
            self._end_if_complete(line, now)
            return
        try:
            self._admission.check_speakable(line)
            self._admission.label(line)
            self._events.append(line.start(line.promise_length()))
        except OnCueError as error:
            del self._lines[line.uid]
            self._refuse(line.uid, error)

    def _append(self, line: Utterance, append: Append, now: float) -> None:
        segments = len(line.segments)
        try:
            self._admission.append(line, append)
        except OnCueError as error:
            self._refuse(line.uid, error, terminal=False)
        line.note_text(now, cut=len(line.segments) > segments)
        self._continue(line, now)

    def _cut_early(self, now: float) -> None:
        """Break off the text of lines whose writer is slow, where the listener would wait."""
        for line in [line for line in self._lines.values() if line.open and line.early_at(now) <= now]:
            try:
                self._admission.cut_early(line)
            except OnCueError as error:
                self._refuse(line.uid, error, terminal=False)
            line.note_text(now, cut=True)
            self._continue(line, now)

    def _continue(self, line: Utterance, now: float) -> None:
        """There is more text, or no more will come."""
        plan = line.revise() if line.started else None
        if plan is not None:
            self._events.append(plan)
        self._start_or_end(line, now)

    def _update(self, line: Utterance, update: Update) -> None:
        try:
            emotion = None if update.emotion is None else self._admission.emotion(update.emotion)
            if update.duration is not None:
                check_duration(update.duration)
            plan = line.update(update.duration, emotion)
        except OnCueError as error:
            self._refuse(line.uid, error, terminal=False)
            return
        if plan is not None:
            self._events.append(plan)

    def _cancel(self, line: Utterance, cancel: Cancel) -> None:
        if not line.started:
            self._events.append(line.start(Promise(None)))
        if line.cancel(cancel):
            self._end(line, "cancelled", None)

    def _run(self, batch: Batch, now: float) -> None:
        if batch.kind == "prefill":
            first = [line.uid for line in batch.rows if not line.begun]
            self._model.prefill([line.begin(heapq.heappop(self._free)) for line in batch.rows])
            self._events.extend(Prefilled(uid, now) for uid in first)
        elif batch.kind == "decode":
            self._decode(batch.rows, now)
        else:
            self._vocode(batch.rows, now)

    def _decode(self, lines: tuple[Utterance, ...], now: float) -> None:
        steps = [line.decoding.step() for line in lines if line.decoding is not None]
        for line, result in zip(lines, self._model.decode(steps), strict=True):
            if isinstance(result, Fault):
                self._fail(line)
            else:
                self._events.append(line.push_code(result, now))

    def _vocode(self, lines: tuple[Utterance, ...], now: float) -> None:
        for line in lines:
            self._events.extend(line.opening(now))
        windows = [line.live[0].window(line.playback.sent) for line in lines]
        for line, window, result in zip(lines, windows, self._model.vocode(windows), strict=True):
            if isinstance(result, Fault) or not _is_sound(result, window):
                self._fail(line)
                continue
            self._events.extend(line.push_sound(result, now))
            if line.faded:
                self._end(line, "cancelled", None)
            elif line.live[0].done:
                self._retire(line, line.live[0])
                self._end_if_complete(line, now)

    def _end_if_complete(self, line: Utterance, now: float) -> None:
        if line.cancelled and not line.live:
            self._end(line, "cancelled", None)
        elif line.complete:
            self._events.extend(line.closing(now))
            self._end(line, "complete", None)

    def _fail(self, line: Utterance) -> None:
        """A row of the model failed: this line ends, its neighbours go on."""
        error = Internal("The voice model failed on this line; speak it again, perhaps with another seed.")
        self._end(line, "failed", _refused(line.uid, error, True))

    def _end(self, line: Utterance, reason: Literal["complete", "cancelled", "failed"], error: Refused | None) -> None:
        for sequence in list(line.live):
            self._retire(line, sequence)
        del self._lines[line.uid]
        self._events.append(line.finish(reason, error))

    def _retire(self, line: Utterance, sequence: Sequence) -> None:
        self._model.release(sequence.slot)
        heapq.heappush(self._free, sequence.slot)
        line.retire(sequence)

    def _refuse(self, uid: int, error: OnCueError, terminal: bool = True) -> None:
        self._events.append(_refused(uid, error, terminal))


def _refused(uid: int, error: OnCueError, terminal: bool) -> Refused:
    return Refused(uid, error.code, error.message, error.retry, error.detail, terminal)


def _is_sound(samples: Samples, window: Window) -> bool:
    """A family's promise is checked, not trusted: the length asked for, and no NaN."""
    return len(samples) == window.samples and bool(np.isfinite(samples).all())
