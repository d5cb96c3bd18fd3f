"""A line whose engine died is spoken anew by another engine, and its listener hears on where the sound broke off.

What a line sounds like is a function of what was asked for it and in which order, so another engine makes the same
samples again; those that were told already are left out here. Where that does not hold (a length or feeling that was
changed on the way, text that was broken off for a slow writer) the line ends with `engine_lost`, as it does when no engine
comes back in time. Which engine speaks is the pool's business.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from oncue.server.engines.handle import Sink
from oncue.streaming.engine import events
from oncue.streaming.engine.playback_clock import PlaybackClock
from oncue.streaming.protocol.errors import EngineLost
from oncue.streaming.session.line_output import lost_line

_log = logging.getLogger(__name__)
PATIENCE_S = 30.0
"""How long a line waits for an engine."""
_LOOK_S = 0.05


@dataclass(slots=True)
class _Line:
    speak: events.Speak
    sink: Sink
    clock: PlaybackClock
    repeatable: bool
    """Another engine would make the same samples."""
    appends: list[events.Append] = field(default_factory=list)
    told: int = 0
    """Samples its listener was sent."""
    codes: int = 0
    last_char: int = 0
    started: bool = False
    held: bool = False
    cancelled: bool = False
    tried_at: int = -1
    """What was told when it was spoken anew for the last time: who gets no further is not tried again."""
    waiting: asyncio.TimerHandle | None = None
    until: float = 0.0


class Respeaking:
    """Every line begun here has one end, and each of its samples is told once, whatever happens to engines."""

    def __init__(self, submit: Callable[[events.Command, Sink], None], ready: Callable[[], bool]) -> None:
        """`submit` sends a `Speak` to an engine that can speak, and anything else to where its line is spoken."""
        self.respoken = 0
        """Lines that went on with another engine."""
        self._submit, self._ready = submit, ready
        self._lines: dict[int, _Line] = {}
        self._closed = False

    @property
    def waiting(self) -> int:
        """Lines that no engine speaks at the moment."""
        return sum(line.waiting is not None for line in self._lines.values())

    def begin(self, speak: events.Speak, sink: Sink, rate: int) -> None:
        """Speak a line, at the model's rate. One for which there is no engine now is told so at once."""
        line = self._lines[speak.uid] = _Line(speak, sink, PlaybackClock(rate), self._ready())
        self._speak(line, speak)

    def note(self, command: events.Command) -> bool:
        """A command for a line under way. Returns whether an engine has to hear it."""
        line = self._lines.get(command.uid)
        if line is None:
            return True
        match command:
            case events.Append():
                line.appends.append(command)
                line.repeatable &= line.speak.duration.seconds is None and math.isinf(line.speak.max_wait_s)
            case events.Update():
                line.repeatable = False
            case events.Hold():
                line.held = command.on
            case events.Played():
                line.clock.report(command.samples, time.monotonic())
            case events.Cancel():
                line.cancelled = True
        if line.waiting is None:
            return True
        if line.cancelled:
            self._end_cancelled(line)
        elif not line.repeatable:
            self._give_up(line)
        return False

    def close(self) -> None:
        """No engine will come back any more."""
        self._closed = True
        for line in [line for line in self._lines.values() if line.waiting is not None]:
            self._give_up(line)

    def _speak(self, line: _Line, speak: events.Speak) -> None:
        """One life of the line, in one engine."""
        known = line.told

        def heard(event: events.Event, at: float) -> None:
            if events.is_terminal(event):
                self._ended(line, event, at)
                return
            news = _news(line, event, known, at)
            if news is not None:
                line.sink(news, at)

        self._submit(speak, heard)
        for append in line.appends:
            self._submit(append, heard)
        if line.held:
            self._submit(events.Hold(speak.uid, on=True), heard)

    def _ended(self, line: _Line, event: events.Event, at: float) -> None:
        if _is_lost(event) and not self._closed:
            if line.cancelled:
                self._end_cancelled(line)
                return
            if line.repeatable and line.told > line.tried_at:
                line.tried_at, line.until = line.told, time.monotonic() + PATIENCE_S
                self._look(line)
                return
        if isinstance(event, events.Finished) and _is_lost(event):
            event = replace(event, samples=line.told)
        self._finish(line, event, at)

    def _look(self, line: _Line) -> None:
        """Speak anew if an engine can, or look again in a moment."""
        line.waiting, now = None, time.monotonic()
        if self._ready():
            self.respoken += 1
            _log.info("line %d goes on with another engine", line.speak.uid)
            self._speak(line, replace(line.speak, heard_samples=int(line.clock.position(now))))
        elif now >= line.until:
            self._give_up(line)
        else:
            line.waiting = asyncio.get_running_loop().call_later(_LOOK_S, self._look, line)

    def _give_up(self, line: _Line) -> None:
        error = EngineLost("The engine stopped while speaking and did not come back in time: speak the line again.")
        self._finish(line, lost_line(line.speak.uid, line.told, error), time.monotonic())

    def _end_cancelled(self, line: _Line) -> None:
        """There is nothing to fade: what was told is all."""
        now = time.monotonic()
        if not line.started:
            line.sink(events.Started(line.speak.uid, 0, None, None), now)
        self._finish(line, events.Finished(line.speak.uid, "cancelled", line.told, None, line.last_char, {}), now)

    def _finish(self, line: _Line, event: events.Event, at: float) -> None:
        if line.waiting is not None:
            line.waiting.cancel()
            line.waiting = None
        del self._lines[line.speak.uid]
        line.sink(event, at)


def _news(line: _Line, event: events.Event, known: int, at: float) -> events.Event | None:
    """What of an event the listener does not know yet; `known` samples were told before this life of the line."""
    repeats = line.tried_at >= 0 and line.told == known
    match event:
        case events.Started():
            repeats, line.started = line.started, True
        case events.Decoded():
            repeats = event.codes <= line.codes
            line.codes = max(line.codes, event.codes)
        case events.AudioChunk():
            return _rest(line, event, at)
    return None if repeats else event


def _rest(line: _Line, chunk: events.AudioChunk, at: float) -> events.AudioChunk | None:
    """The part of a chunk that was not told, None if there is none."""
    end = chunk.start + len(chunk.samples)
    if end <= line.told:
        return None
    if chunk.start < line.told:
        marks = tuple(mark for mark in chunk.marks if mark.start >= line.told)
        chunk = events.AudioChunk(chunk.uid, line.told, chunk.samples[line.told - chunk.start :], marks)
    line.clock.send(end - line.told, at)
    line.told = end
    line.last_char = max([line.last_char, *(mark.char_end for mark in chunk.marks)])
    return chunk


def _is_lost(event: events.Event) -> bool:
    return isinstance(event, events.Finished) and event.error is not None and event.error.code == EngineLost.code
