"""Which line is spoken with which voice, so that a voice can be taken back at once, and what is known when a line has ended.

It sees commands on their way to the engines and events on their way back; it starts and ends nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from oncue.server.engines.handle import Sink
from oncue.server.sessions.allowance import CALLER
from oncue.server.tracing import Tracing
from oncue.streaming.engine import events
from oncue.streaming.protocol.errors import VoiceRevoked


@dataclass(frozen=True, slots=True)
class EndedLine:
    """A line that has ended: by which key (its id) it was asked for, with which voice, how much, and how it ended."""

    caller: str
    voice: str
    characters: int
    samples: int
    reason: str
    text: str | None = None
    """None unless the operator keeps texts."""


OnEnd = Callable[[EndedLine], None]


@dataclass(slots=True)
class _Line:
    caller: str
    voice: str
    characters: int
    text: list[str]


class SpokenLines:
    """Lines under way. A line whose voice was revoked ends with `voice_revoked`, whatever else would have ended it."""

    def __init__(self, on_end: OnEnd | None, *, keep_text: bool = False, tracing: Tracing | None = None) -> None:
        self._on_end, self._keep_text, self._tracing = on_end, keep_text, tracing
        self._lines: dict[int, _Line] = {}
        self._revoked: set[str] = set()

    def begin(self, speak: events.Speak, sink: Sink) -> Sink | None:
        """Who is to be told of a line's events in place of `sink`; None where the line is refused, which `sink` is told."""
        line = self._lines[speak.uid] = _Line(CALLER.get(), speak.voice.key, 0, [])
        self._add(line, speak.text)
        trace = None if self._tracing is None else self._tracing.begin(speak, line.caller)

        def watched(event: events.Event, at: float) -> None:
            if trace is not None:
                trace.see(self._as_revoked(line, event), at)
            if events.is_terminal(event):
                del self._lines[speak.uid]
                event = self._as_revoked(line, event)
                self._tell(line, event)
            sink(event, at)

        if line.voice not in self._revoked:
            return watched
        watched(_refusal(speak.uid), 0.0)
        return None

    def note(self, command: events.Command) -> None:
        """More text of a line."""
        if isinstance(command, events.Append) and command.uid in self._lines:
            self._add(self._lines[command.uid], command.text)

    def revoke(self, voice: str) -> list[int]:
        """Take a voice back; returns the lines that are to be cancelled."""
        self._revoked.add(voice)
        return [uid for uid, line in self._lines.items() if line.voice == voice]

    def _add(self, line: _Line, text: str) -> None:
        line.characters += len(text)
        if self._keep_text:
            line.text.append(text)

    def _as_revoked(self, line: _Line, event: events.Event) -> events.Event:
        if line.voice in self._revoked and isinstance(event, events.Finished) and event.reason != "complete":
            return replace(event, reason="failed", error=_refusal(event.uid))
        return event

    def _tell(self, line: _Line, event: events.Event) -> None:
        samples, reason = 0, ""
        if isinstance(event, events.Finished):
            samples, reason = event.samples, event.reason if event.error is None else event.error.code
        elif isinstance(event, events.Refused):
            reason = event.code
        if self._on_end is not None:
            text = "".join(line.text) if self._keep_text else None
            self._on_end(EndedLine(line.caller, line.voice, line.characters, samples, reason, text))


def _refusal(uid: int) -> events.Refused:
    error = VoiceRevoked("The speaker of this voice took the consent back: choose another voice.")
    return events.Refused(uid, error.code, error.message, error.retry, error.detail)
