"""One connection's protocol, without a connection: frames in, engine commands out; engine events in, frames out.

The session knows what this client may say now and owns the names of its lines. It reads no socket and no
clock, and what a voice or a feeling is, a `Resolver` tells it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from model.api import EmotionSource, ModelSpec, Voice
from streaming import events, messages, wire
from streaming.errors import (
    BadMessage,
    Draining,
    DuplicateId,
    OnCueError,
    RateLimited,
    TextEmpty,
    TextTooLong,
    UnknownId,
    Unpronounceable,
)
from streaming.line import Line, Outgoing

MAX_LINES = 65_536
"""Utterance numbers have 16 bits and are never used twice."""


class Resolver(Protocol):
    """What names mean."""

    def voice(self, name: str | None) -> Voice:
        """A voice by name or id, the default for None. Raises UnknownVoice."""
        ...

    def emotion(self, spec: messages.EmotionSpec) -> EmotionSource:
        """A feeling as the client described it. Raises BadMessage or UnknownVoice."""
        ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What a session tells its client about the server."""

    session: str
    spec: ModelSpec
    voices: tuple[str, ...]


class Session:
    """Every `speak` gets exactly one end: one `error`, or `started` and then one `done`."""

    def __init__(self, facts: Facts, resolver: Resolver, next_uid: Callable[[], int]) -> None:
        self._facts = facts
        self._resolver = resolver
        self._next_uid = next_uid
        self._open: messages.Open | None = None
        self._closing = False
        self._held = False
        self._lines: dict[int, Line] = {}
        self._uids: dict[str, int] = {}
        self._used: set[str] = set()
        self._numbered = 0
        self._commands: list[events.Command] = []
        self._outgoing: list[Outgoing] = []
        self.draining = False

    @property
    def finished(self) -> bool:
        """The client said `close` and every line has ended."""
        return self._closing and not self._lines

    @property
    def active(self) -> int:
        """Lines that have not ended."""
        return len(self._lines)

    def receive(self, data: str | bytes, now: float) -> None:
        """A frame from the client. Its mistakes become `error` messages; nothing is raised."""
        try:
            self._obey(wire.decode_client(data), now)
        except OnCueError as error:
            identity = wire.peek_id(data)
            terminal = identity is not None and identity not in self._uids
            told = messages.Error(identity, error.code, error.message, error.retry, error.detail, terminal)
            self._outgoing.append(Outgoing(wire.encode(told)))

    def handle(self, event: events.Event, now: float) -> None:
        """An engine event of one of this session's lines; others are ignored."""
        line = self._lines.get(event.uid)
        if line is None:
            return
        self._outgoing.extend(line.handle(event, now))
        if isinstance(event, events.Finished) or (isinstance(event, events.Refused) and event.terminal):
            del self._lines[event.uid], self._uids[line.identity]
        if isinstance(event, events.Refused) and event.terminal:
            self._used.discard(line.identity)  # it never was a line

    def commands(self) -> list[events.Command]:
        """Commands for the engine since the last call."""
        taken, self._commands = self._commands, []
        return taken

    def outgoing(self) -> list[Outgoing]:
        """Frames for the client since the last call."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def abandon(self) -> None:
        """The client is gone: cancel everything."""
        self._commands.extend(events.Cancel(uid, fade_s=0.0) for uid in self._lines)

    def hold(self, *, on: bool) -> None:
        """Make nothing more for a client that does not read, or go on."""
        self._held = on
        self._commands.extend(events.Hold(uid, on) for uid in self._lines)

    def _obey(self, message: messages.ClientMessage, now: float) -> None:
        if isinstance(message, messages.Open):
            return self._greet(message)
        if isinstance(message, messages.Resume):
            raise BadMessage(
                "This server cannot resume a dropped session yet: open a new one and speak the line again."
            )
        if self._open is None:
            raise BadMessage("The first message of a session is open.")
        match message:
            case messages.Speak():
                self._speak(message, self._open, now)
            case messages.Append() | messages.Finish():
                self._append(message)
            case messages.Update():
                self._update(message)
            case messages.Cancel():
                self._commands.append(events.Cancel(self._uid(message.id), message.fade_ms / 1000, message.at))
            case messages.Played():
                uid = self._uid(message.id)
                self._commands.append(events.Played(uid, self._lines[uid].to_model(message.samples)))
            case messages.Close():
                self._close()
        return None

    def _greet(self, message: messages.Open) -> None:
        if self._open is not None:
            raise BadMessage("This session is already open.")
        if message.protocol != messages.PROTOCOL:
            raise BadMessage(f"This server speaks protocol {messages.PROTOCOL}, not {message.protocol}.")
        if message.audio.codec != "pcm_s16le":
            raise BadMessage("This server sends pcm_s16le only: ask for that in audio.codec.")
        if "viseme" in message.marks:
            raise BadMessage("This server has no viseme marks yet: ask for word and phone in marks.")
        self._open = message
        spec = self._facts.spec
        model = messages.ModelInfo(spec.family, spec.family, spec.revision, spec.sample_rate, spec.languages)
        ready = messages.Ready(self._facts.session, messages.PROTOCOL, model, messages.Limits(), self._facts.voices)
        self._outgoing.append(Outgoing(wire.encode(ready)))

    def _close(self) -> None:
        """Lines still waiting for text will get no more of it."""
        self._closing = True
        for uid, line in self._lines.items():
            if not line.text_complete:
                line.text_complete = True
                self._commands.append(events.Append(uid, "", final=True))

    def _speak(self, message: messages.Speak, opened: messages.Open, now: float) -> None:
        self._admit(message.id)
        _check_text(message.text, 0)
        if message.final and not message.text.strip():
            raise TextEmpty("The line has no text to speak.")
        command = events.Speak(
            uid=self._next_uid(),
            text=message.text,
            voice=self._resolver.voice(message.voice),
            emotion=self._emotion(message.emotion) or EmotionSource(),
            duration=_target(message.duration) or events.DurationTarget(),
            strict=message.strict,
            language=message.language,
            seed=message.seed,
            priority=message.priority,
            final=message.final,
            lead_s=opened.lead_ms / 1000,
        )
        self._enter(message, command, opened, now)

    def _admit(self, identity: str) -> None:
        """Raise what stands against any new line under this id."""
        if self._closing:
            raise BadMessage("This session is closing and takes no new lines: open another.")
        if self.draining:
            raise Draining("The server is shutting down: speak this line on another connection.")
        if identity in self._used:
            raise DuplicateId("This id was already used in this session: give every line its own.")
        if self._numbered >= MAX_LINES:
            raise RateLimited(f"A session holds at most {MAX_LINES} lines: open another.")

    def _enter(self, message: messages.Speak, command: events.Speak, opened: messages.Open, now: float) -> None:
        """Everything was in order: the line exists from here on."""
        line = Line(message.id, self._numbered, opened, self._facts.spec.sample_rate, now)
        self._numbered += 1
        line.characters, line.text_complete = len(message.text), message.final
        self._used.add(message.id)
        self._lines[command.uid], self._uids[message.id] = line, command.uid
        self._commands.append(command)
        if self._held:
            self._commands.append(events.Hold(command.uid, on=True))

    def _append(self, message: messages.Append | messages.Finish) -> None:
        uid = self._uid(message.id)
        line = self._lines[uid]
        if line.text_complete:
            raise BadMessage("This line's text is complete: speak another line.")
        text = message.text if isinstance(message, messages.Append) else ""
        _check_text(text, line.characters)
        line.characters += len(text)
        line.text_complete = isinstance(message, messages.Finish)
        self._commands.append(events.Append(uid, text, final=line.text_complete))

    def _update(self, message: messages.Update) -> None:
        uid = self._uid(message.id)
        if message.duration is None and message.emotion is None:
            raise BadMessage("An update gives a duration or an emotion.")
        self._commands.append(events.Update(uid, _target(message.duration), self._emotion(message.emotion)))

    def _emotion(self, spec: messages.EmotionSpec | None) -> EmotionSource | None:
        if spec is None:
            return None
        if spec.voice is not None:
            return EmotionSource(voice=self._resolver.voice(spec.voice), intensity=spec.intensity)
        if spec.vector is not None:
            return EmotionSource(vector=spec.vector, intensity=spec.intensity)
        return self._resolver.emotion(spec)

    def _uid(self, identity: str) -> int:
        try:
            return self._uids[identity]
        except KeyError:
            raise UnknownId("No line with this id is being spoken in this session.") from None


def lost(uid: int, samples: int, error: OnCueError) -> events.Finished:
    """The end of a line whose engine is gone, as the engine would have said it."""
    refusal = events.Refused(uid, error.code, error.message, error.retry, error.detail)
    return events.Finished(uid, "failed", samples, None, 0, {}, refusal)


def _target(spec: messages.DurationSpec | None) -> events.DurationTarget | None:
    """`end_at` is a time on the utterance's own clock, which begins with its first sample: a length."""
    if spec is None:
        return None
    if spec.cues is not None:
        raise BadMessage("This server has no cue points yet: leave out duration.cues.")
    return events.DurationTarget(ratio=spec.ratio, seconds=spec.seconds if spec.seconds is not None else spec.end_at)


def _check_text(text: str, before: int) -> None:
    """Raise what stands against text, whatever the model would make of it."""
    if before + len(text) > messages.MAX_TEXT_CHARACTERS:
        raise TextTooLong(
            f"A line may hold at most {messages.MAX_TEXT_CHARACTERS} characters: send it as several lines.",
            characters=before + len(text),
        )
    for index, char in enumerate(text):
        if (char < " " and char not in "\t\n\r") or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff":
            raise Unpronounceable(f"Character {index} is a control character: remove it.", char=index)
