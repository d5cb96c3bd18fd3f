"""Commands in, events out: the whole of speaking many lines at once, turned by hand.

`step(now)` takes in what was submitted, does at most one batch of model work and says what came of it.
There is no clock, thread or queue to wait on here; whoever turns the crank brings the time. Which batch
runs is the scheduler's choice, what a line still needs the utterance's.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import Literal

import numpy as np

from oncue.model.api import Fault, ModelSpec, Samples, SpeechModel
from oncue.streaming.engine.admission import Admission, check_duration
from oncue.streaming.engine.events import (  # fmt: skip
    Append,
    AudioChunk,
    Cancel,
    Command,
    Decoded,
    Event,
    Finished,
    Hold,
    Planned,
    Played,
    Refused,
    Speak,
    Update,
)
from oncue.streaming.engine.scheduler import Batch, EngineLimits, Scheduler
from oncue.streaming.engine.sequence import Sequence
from oncue.streaming.engine.utterance import Utterance, joined
from oncue.streaming.engine.windows import PlannedWindow
from oncue.streaming.protocol.audio import fade_out
from oncue.streaming.protocol.errors import Internal, OnCueError, UnknownId
from oncue.streaming.timing.budget import Promise

__all__ = ["Engine", "EngineLimits"]

WAKE_S = 0.001
"""A wake-up comes this much after the moment it is for, so that rounding never makes it come for nothing."""
PLAN_MOVED_S = 0.05
"""A promise is revised when it is off by more."""


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

    @property
    def active(self) -> int:
        """Utterances alive."""
        return len(self._lines)

    def submit(self, command: Command, now: float) -> None:
        """Take a command in; it acts at the next step. Never raises for a mistake of the one who sent it."""
        if isinstance(command, Played) and command.uid in self._lines:
            self._lines[command.uid].playback.report(command.samples, now)
            return
        self._commands.append(command)

    def step(self, now: float) -> list[Event]:
        """Act on what was submitted, then do at most one batch of model work. Events are in order of happening."""
        while self._commands:
            self._obey(self._commands.popleft(), now)
        self._cut_early(now)
        batch = self._scheduler.choose(self._lines.values(), len(self._free), now)
        if batch is not None:
            self._run(batch, now)
        events, self._events = self._events, []
        return events

    def next_wakeup(self, now: float) -> float | None:
        """`now` if there is work, the time when playback will make some, None if only a command can."""
        if self._commands or self._scheduler.choose(self._lines.values(), len(self._free), now) is not None:
            return now
        at = self._scheduler.when_next(self._lines.values(), len(self._free), now)
        at = min([at, *(line.early_at(now) for line in self._lines.values())])
        return max(at, now) + WAKE_S if math.isfinite(at) else None

    def _obey(self, command: Command, now: float) -> None:
        if isinstance(command, Speak):
            self._speak(command, now)
            return
        line = self._lines.get(command.uid)
        if line is None:
            self._answer_stranger(command)
        elif isinstance(command, Append):
            self._append(line, command, now)
        elif isinstance(command, Update):
            self._update(line, command)
        elif isinstance(command, Cancel):
            self._cancel(line, command, now)
        elif isinstance(command, Hold):
            line.held = command.on
        else:
            line.playback.report(command.samples, now)

    def _answer_stranger(self, command: Command) -> None:
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
        self._announce(line, now)

    def _announce(self, line: Utterance, now: float) -> None:
        """Start a line as soon as it has text, and end one that has none left; a promise may turn out impossible."""
        if line.started or not (line.segments or not line.open):
            self._end_if_complete(line, now)
            return
        try:
            self._admission.check_speakable(line)
            self._events.append(line.start(line.settle()))
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
        self._go_on(line, now)

    def _cut_early(self, now: float) -> None:
        """Break off the text of lines whose writer is slow, where the listener would wait."""
        for line in [line for line in self._lines.values() if line.open and line.early_at(now) <= now]:
            try:
                self._admission.cut_early(line)
            except OnCueError as error:
                self._refuse(line.uid, error, terminal=False)
            line.note_text(now, cut=True)
            self._go_on(line, now)

    def _go_on(self, line: Utterance, now: float) -> None:
        """There is more text, or no more will come."""
        if line.started:
            self._revise(line)
        self._announce(line, now)

    def _revise(self, line: Utterance) -> None:
        """Promise anew after more text."""
        before = (line.promised_samples, line.target_samples)
        warning = joined(line.resettle() if not line.open else None, line.text_warning())
        line.promised_samples = line.estimate()
        if (line.promised_samples, line.target_samples) != before or warning:
            self._events.append(Planned(line.uid, line.promised_samples, line.target_samples, warning))

    def _update(self, line: Utterance, update: Update) -> None:
        try:
            emotion = None if update.emotion is None else self._admission.emotion(update.emotion)
            if update.duration is not None:
                check_duration(update.duration)
            decided = None if update.duration is None else line.retarget(update.duration)
        except OnCueError as error:
            self._refuse(line.uid, error, terminal=False)
            return
        if emotion is not None:
            line.feel(emotion)
        if decided is not None and line.started:
            line.promised_samples = line.estimate()
            self._events.append(Planned(line.uid, line.promised_samples, line.target_samples, decided.warning))

    def _cancel(self, line: Utterance, cancel: Cancel, now: float) -> None:
        """Fade from what was sent; with nothing sent, or no time for a fade, end at once."""
        first = line.live[0] if line.live else None
        if not line.started:
            self._events.append(line.start(Promise(None)))
        line.open, line.cancel = False, cancel
        if first is None or not line.playback.sent or (cancel.at == "now" and not cancel.fade_s):
            self._end(line, "cancelled", None, now)
            return
        word = first.timeline.word_at(first.vocoded_codes - 1)
        line.cancel_word = (first, word) if cancel.at == "word" and word is not None else None
        if line.cancel_word is None:
            first.plan_early()

    def _run(self, batch: Batch, now: float) -> None:
        if batch.kind == "prefill":
            self._model.prefill([line.begin(heapq.heappop(self._free)) for line in batch.rows])
        elif batch.kind == "decode":
            self._decode(batch.rows, now)
        else:
            self._vocode(batch.rows, now)

    def _decode(self, lines: tuple[Utterance, ...], now: float) -> None:
        rows = [(line, line.decoding) for line in lines]
        results = self._model.decode([sequence.step() for _, sequence in rows if sequence is not None])
        for (line, sequence), result in zip(rows, results, strict=True):
            assert sequence is not None
            if isinstance(result, Fault):
                self._fail(line, now)
                continue
            sequence.hear(result)
            if line.cancel is not None and line.cancel_word is None:
                line.live[0].plan_early()  # the sooner there is something to fade into, the better
            line.tally.codes += 1
            self._events.append(Decoded(line.uid, line.tally.codes))
            if line.all_decoded:
                line.tally.decode_done_at = now

    def _vocode(self, lines: tuple[Utterance, ...], now: float) -> None:
        rows = [(line, line.live[0]) for line in lines]
        results = self._model.vocode([sequence.window() for _, sequence in rows])
        for (line, sequence), result in zip(rows, results, strict=True):
            if isinstance(result, Fault) or not _is_sound(result, sequence.windows[0]):
                self._fail(line, now)
                continue
            self._sound(line, sequence, result, now)

    def _sound(self, line: Utterance, sequence: Sequence, samples: Samples, now: float) -> None:
        """One window became sound: send it, or its fade, and end what is at its end."""
        begin = sequence.vocoded_samples
        window = sequence.vocoded()
        cut = line.cut_samples(sequence, window, begin)
        if cut is not None and line.cancel is not None:
            fade = round(line.cancel.fade_s * self._spec.sample_rate)
            samples = fade_out(samples[: cut + fade], fade)
        self._send(line, window, samples, line.playback.sent - begin, now)
        if cut is not None:
            self._end(line, "cancelled", None, now)
        elif sequence.done:
            self._retire(line, sequence)
            self._end_if_complete(line, now)

    def _send(self, line: Utterance, window: PlannedWindow, samples: Samples, base: int, now: float) -> None:
        """A chunk with the marks that begin before its end, on the line's clock."""
        start = line.playback.sent
        marks = line.marks.until(start + len(samples), window.marks, base)
        if line.tally.first_audio_at is None:
            line.tally.first_audio_at = now
        line.tally.windows += 1
        line.playback.send(len(samples), now)
        if len(samples):
            self._events.append(AudioChunk(line.uid, start, samples, marks))
        estimate = line.estimate()
        if line.cancel is None and abs(estimate - line.promised_samples) > PLAN_MOVED_S * self._spec.sample_rate:
            line.promised_samples = estimate
            self._events.append(Planned(line.uid, estimate, line.target_samples))

    def _end_if_complete(self, line: Utterance, now: float) -> None:
        if line.cancel is not None and not line.live:
            self._end(line, "cancelled", None, now)
        elif line.complete:
            self._end(line, "complete", None, now)

    def _fail(self, line: Utterance, now: float) -> None:
        """A row of the model failed: this line ends, its neighbours go on."""
        error = Internal("The voice model failed on this line; speak it again, perhaps with another seed.")
        self._end(line, "failed", _refused(line.uid, error, True), now)

    def _end(
        self, line: Utterance, reason: Literal["complete", "cancelled", "failed"], error: Refused | None, now: float
    ) -> None:
        for sequence in list(line.live):
            self._retire(line, sequence)
        del self._lines[line.uid]
        finished: Finished = line.finish(reason, error, now)
        self._events.append(finished)

    def _retire(self, line: Utterance, sequence: Sequence) -> None:
        self._model.release(sequence.slot)
        heapq.heappush(self._free, sequence.slot)
        line.retire(sequence)

    def _refuse(self, uid: int, error: OnCueError, terminal: bool = True) -> None:
        self._events.append(_refused(uid, error, terminal))


def _refused(uid: int, error: OnCueError, terminal: bool) -> Refused:
    return Refused(uid, error.code, error.message, error.retry, error.detail, terminal)


def _is_sound(samples: Samples, window: PlannedWindow) -> bool:
    """A family's promise is checked, not trusted: the length asked for, and no NaN."""
    return len(samples) == window.samples and bool(np.isfinite(samples).all())
