"""One connection's protocol, without a connection: frames in, engine commands out; engine events in, frames out.

The session knows what this client may say now and owns the names of its lines. It reads no socket and no
clock, and what a voice or a feeling is, a `Resolver` tells it. A session outlives its connection for a
while: `detach` and then `resume` on another.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from oncue.model.api import ModelSpec
from oncue.streaming.engine import events
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import (
    BadMessage,
    Draining,
    DuplicateId,
    OnCueError,
    RateLimited,
    TextEmpty,
    UnknownId,
)
from oncue.streaming.session.codecs import PLAIN, Codec
from oncue.streaming.session.line_output import LineOutput, OutgoingFrame, pack
from oncue.streaming.session.recipes import (
    Asked,
    Change,
    LineRecipe,
    Opened,
    SessionRecipe,
    Unasked,
    grown,
)
from oncue.streaming.session.reconnect import InterruptedLines, Item, ReplayBuffer
from oncue.streaming.session.requests import (
    Resolver,
    check_text,
    duration_target,
    emotion_source,
    labelled,
    speak_command,
)
from oncue.streaming.session.resample import position

__all__ = ["Resolver", "Session", "SessionConfig"]

MAX_LINES = 65_536
"""Utterance numbers have 16 bits and are never used twice."""


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """What a session tells its client about the server, and what it may use."""

    session: str
    spec: ModelSpec
    voices: tuple[str, ...]
    codecs: Mapping[str, Codec] = field(default_factory=lambda: PLAIN)
    resume_s: float = 30.0
    resume_bytes: int = 1 << 20
    watermark: bool = True
    """Whether the sound carries the server's mark."""


class Session:
    """Every `speak` gets exactly one end: one `error`, or `started` and then one `done`.

    When the connection is lost its lines are interrupted: what is said of them is only kept, until they are resumed.
    When that is half of what can be kept, they are held, so that what the client may not have heard is still there.
    """

    def __init__(self, config: SessionConfig, resolver: Resolver, next_uid: Callable[[], int]) -> None:
        self._config = config
        self._resolver = resolver
        self._next_uid = next_uid
        self._open: messages.Open | None = None
        self._attached = False
        self._closing = False
        self._held = False
        self._lines: dict[int, LineOutput] = {}
        self._uids: dict[str, int] = {}
        self._used: set[str] = set()
        self._interrupted = InterruptedLines()
        self._replay = ReplayBuffer(config.resume_bytes)
        self._numbered = 0
        self._commands: list[events.Command] = []
        self._outgoing: list[OutgoingFrame] = []
        self._recipes: dict[str, LineRecipe] = {}
        self._changes: list[Change] = []
        self._taken_up: dict[str, LineRecipe] = {}
        """Lines of another server's that nobody has resumed here."""
        self._catching_up: dict[str, int] = {}
        """Lines that are made again from their start, and the sample from which on the client wants them."""
        self.draining = False

    @property
    def name(self) -> str:
        """What a client resumes it by."""
        return self._config.session

    @property
    def opened(self) -> bool:
        """The client said `open`."""
        return self._open is not None

    @property
    def finished(self) -> bool:
        """The client said `close` and every line has ended."""
        return self._closing and not self._lines

    @property
    def active(self) -> int:
        """Lines that have not ended."""
        return len(self._lines)

    @property
    def resumable(self) -> bool:
        """A client that was lost would find something here."""
        return self._open is not None and bool(self._lines or self._replay.lines)

    def receive(self, message: messages.ClientMessage | wire.Unreadable, now: float) -> None:
        """A message from the client, as `wire.read_client` made it. Mistakes become `error` messages; nothing is raised."""
        if isinstance(message, wire.Unreadable):
            self._refuse(message.error, message.id)
            return
        try:
            self._handle_message(message, now)
        except OnCueError as error:
            self._refuse(error, None if isinstance(message, messages.Open | messages.Close) else message.id)

    def handle(self, event: events.Event, now: float) -> None:
        """An engine event of one of this session's lines; others are ignored."""
        line = self._lines.get(event.uid)
        if line is None:
            return
        items, over = line.handle(event, now), events.is_terminal(event)
        for item in items:
            if over and item is items[-1]:
                self._catching_up.pop(line.identity, None)
            self._send_or_keep(line.identity, event.uid, item)
        if over:
            self._forget_recipe(line.identity, ended=True)
            del self._lines[event.uid], self._uids[line.identity]
            if self._interrupted.end(line.identity, items[-1]) and self._attached:
                self._interrupted.resume(line.identity)
                self._send(line.identity, items[-1])
            if isinstance(event, events.Refused):  # it never was a line: its id may name another
                self._used.discard(line.identity)

    def commands(self) -> list[events.Command]:
        """Commands for the engine since the last call."""
        taken, self._commands = self._commands, []
        return taken

    def changes(self) -> list[Change]:
        """What another server would have to know to take this session up, since the last call."""
        taken, self._changes = self._changes, []
        return taken

    def take_up(self, recipe: SessionRecipe) -> None:
        """Be a session that another server began, of which every line was interrupted. Only before its first message."""
        assert self._open is None, "a session is taken up before anything was said in it"
        self._open, self._numbered = recipe.opened, recipe.numbered
        self._taken_up = dict(recipe.lines)
        self._used.update(recipe.lines)
        self._interrupted.interrupt(recipe.lines)

    def outgoing(self) -> list[OutgoingFrame]:
        """Frames for the client since the last call."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def abandon(self) -> None:
        """The client is gone for good: cancel everything. From a server that goes down it may go to another."""
        if not self.draining:
            self._forget_recipes()
        self._commands.extend(events.Cancel(uid, fade_s=0.0) for uid in self._lines)

    @property
    def adapts(self) -> bool:
        """Whether it does anything about a client that lags."""
        return self._open is not None and self._config.codecs[self._open.audio.codec].adapts

    def lag(self, seconds: float) -> None:
        """How much sound is on its way and has not reached the client."""
        for line in self._lines.values():
            line.lag(seconds)

    def hold(self, *, on: bool) -> None:
        """Make nothing more for a client that does not read, or go on."""
        self._held = on
        self._commands.extend(
            events.Hold(uid, on) for uid, line in self._lines.items() if line.identity not in self._interrupted
        )

    def detach(self) -> None:
        """The connection was lost: every line is interrupted until it is resumed, and is spoken on for a while."""
        self.hold(on=False)
        self._outgoing.clear()
        self._attached = False
        self._interrupted.interrupt([*self._uids, *self._replay.lines])

    def expire(self) -> None:
        """Cancel the lines that were not resumed in time. Send the end of those that are over, unless it was sent already."""
        for identity, end in self._interrupted.expire().items():
            if identity in self._uids:
                self._commands.append(events.Cancel(self._uids[identity], fade_s=0.0))
            elif end is not None and self._attached:
                self._send(identity, end)
            self._replay.forget(identity)

    def _refuse(self, error: OnCueError, identity: str | None) -> None:
        """Send the reason why a message was refused, and whether a line of its id is left."""
        terminal = identity is not None and identity not in self._uids and identity not in self._interrupted
        refusal = messages.Error(identity, error.code, error.message, error.retry, error.detail, terminal)
        self._outgoing.append(OutgoingFrame(wire.encode(refusal)))

    def _send(self, identity: str, item: Item) -> None:
        assert self._open is not None
        self._outgoing.append(pack(item, identity, self._open))

    def _not_known(self, identity: str, item: Item) -> Item | None:
        """What of an item just kept the client has not from the server before; what stood at the very sample comes again."""
        wanted = self._catching_up.get(identity)
        if wanted is None:
            return item
        position = self._replay.position(identity)
        if isinstance(item, str):
            return item if position >= wanted else None
        if position <= wanted:
            return None
        del self._catching_up[identity]
        return item.since(wanted)

    def _ask(self, identity: str, recipe: LineRecipe | None) -> None:
        """A line's recipe is another now, None if there can be none."""
        if recipe is None:
            self._forget_recipe(identity, ended=False)
            return
        self._recipes[identity] = recipe
        self._changes.append(Asked(identity, recipe, self._numbered))

    def _forget_recipes(self) -> None:
        for identity in list(self._recipes):
            self._forget_recipe(identity, ended=False)

    def _grow(self, message: messages.Append | messages.Finish) -> None:
        """More text of a line."""
        recipe = self._recipes.get(message.id)
        if recipe is not None:
            self._ask(message.id, grown(recipe, message))

    def _forget_recipe(self, identity: str, *, ended: bool) -> None:
        if self._recipes.pop(identity, None) is not None:
            self._changes.append(Unasked(identity, ended))

    def _send_or_keep(self, identity: str, uid: int, item: Item) -> None:
        if not self._attached and identity not in self._interrupted:
            return  # it cannot be sent, and cannot be resumed later
        cost = self._replay.keep(identity, item)
        if identity not in self._interrupted:
            rest = self._not_known(identity, item)
            if rest is not None:
                self._send(identity, rest)
        elif self._interrupted.count(cost) > self._config.resume_bytes // 2:
            self._commands.append(events.Hold(uid, on=True))

    def _handle_message(self, message: messages.ClientMessage, now: float) -> None:
        if isinstance(message, messages.Open):
            return self._handle_open(message)
        if isinstance(message, messages.Resume):
            return self._resume(message, now)
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
                self._cancel(message)
            case messages.Played():
                uid = self._uid(message.id)
                self._commands.append(events.Played(uid, self._lines[uid].to_model(message.samples)))
            case messages.Close():
                self._close()
            case messages.Scene() | messages.Choose() | messages.Cue():
                raise BadMessage("Scenes are played on a WebSocket that was opened for its session.")
        return None

    def _handle_open(self, message: messages.Open) -> None:
        if self._open is not None:
            raise BadMessage("This session is already open.")
        if message.protocol != messages.PROTOCOL:
            raise BadMessage(f"This server speaks protocol {messages.PROTOCOL}, not {message.protocol}.")
        codec = self._config.codecs.get(message.audio.codec)
        if codec is None:
            raise BadMessage(
                f"This server sends {' and '.join(self._config.codecs)} only: ask for that in audio.codec."
            )
        if codec.rates is not None and message.audio.rate not in codec.rates:
            raise BadMessage(f"{message.audio.codec} needs an audio.rate of {' or '.join(map(str, codec.rates))}.")
        self._open = message
        self._changes.append(Opened(message))
        self._send_ready(message)

    def _send_ready(self, opened: messages.Open) -> None:
        """Say `ready`, on this connection."""
        self._attached = True
        spec, config = self._config.spec, self._config
        model = messages.ModelInfo(spec.family, spec.family, spec.revision, spec.sample_rate, spec.languages)
        limits = messages.Limits(resume_s=config.resume_s)
        codec = config.codecs[opened.audio.codec]
        sound = messages.AudioInfo(opened.audio.codec, opened.audio.rate, codec.pre_skip)
        ready = messages.Ready(
            config.session, messages.PROTOCOL, model, limits, config.voices, sound, watermark=config.watermark
        )
        self._outgoing.append(OutgoingFrame(wire.encode(ready)))

    def _resume(self, message: messages.Resume, now: float) -> None:
        if self._open is None:
            raise UnknownId("This session is not kept, or no longer: open a new one and speak the line again.")
        if message.session != self.name:
            raise BadMessage("A connection carries one session: resume another on another connection.")
        if not self._attached:
            self._send_ready(self._open)
        if message.id not in self._interrupted:
            raise UnknownId("No line with this id was interrupted by the loss of a connection.")
        if message.id in self._taken_up:
            self._speak_again(self._taken_up.pop(message.id), message, self._open, now)
            return
        if message.id in self._catching_up:
            self._catching_up[message.id] = message.from_sample
        try:
            items = self._kept_since(message)
        except UnknownId:
            if message.id not in self._uids:  # it is over, and this is its end
                self._interrupted.resume(message.id)
            raise
        self._interrupted.resume(message.id)
        if message.id in self._uids:
            self._commands.append(events.Hold(self._uids[message.id], self._held))
        for item in items:
            self._send(message.id, item)

    def _kept_since(self, message: messages.Resume) -> list[Item]:
        """What was said of a line from a sample on. Raises UnknownId or BadMessage."""
        if message.id not in self._replay:
            return []
        if message.id in self._catching_up:
            if self._replay.position(message.id) < message.from_sample:
                return []
            del self._catching_up[message.id]
        return self._replay.since(message.id, message.from_sample)

    def _close(self) -> None:
        """Lines still waiting for text will get no more of it."""
        self._closing = True
        for uid, line in self._lines.items():
            if not line.text_complete:
                line.text_complete = True
                self._commands.append(events.Append(uid, "", final=True))
                self._grow(messages.Finish(line.identity))

    def _speak(self, message: messages.Speak, opened: messages.Open, now: float) -> None:
        self._check_new_line(message.id)
        check_text(message.text, 0)
        if message.final and not message.text.strip():
            raise TextEmpty("The line has no text to speak.")
        message = labelled(message, opened)
        command = speak_command(message, self._next_uid(), opened.lead_ms / 1000, self._resolver)
        self._add_line(message, command, opened, now)
        self._ask(message.id, LineRecipe(self._numbered - 1, replace(message, voice=command.voice.key)))

    def _speak_again(self, recipe: LineRecipe, resumed: messages.Resume, opened: messages.Open, now: float) -> None:
        """A line that another server began, made again from its start; the client is sent what it does not have."""
        self._interrupted.resume(resumed.id)
        command = speak_command(recipe.speak, self._next_uid(), opened.lead_ms / 1000, self._resolver)
        heard = position(resumed.from_sample, opened.audio.rate, self._config.spec.sample_rate)
        self._catching_up[resumed.id] = resumed.from_sample
        self._add_line(recipe.speak, dataclasses.replace(command, heard_samples=heard), opened, now, recipe.number)
        self._ask(resumed.id, replace(recipe, more=()))
        for message in recipe.more:
            self._append(message)

    def _check_new_line(self, identity: str) -> None:
        """Raise what stands against any new line under this id."""
        if self._closing:
            raise BadMessage("This session is closing and takes no new lines: open another.")
        if self.draining:
            raise Draining("The server is shutting down: speak this line on another connection.")
        if identity in self._used:
            raise DuplicateId("This id was already used in this session: give every line its own.")
        if self._numbered >= MAX_LINES:
            raise RateLimited(f"A session holds at most {MAX_LINES} lines: open another.")

    def _add_line(
        self,
        message: messages.Speak,
        command: events.Speak,
        opened: messages.Open,
        now: float,
        number: int | None = None,
    ) -> None:
        """Everything was in order: the line exists from here on, under the next number or the one it has already."""
        encoder = self._config.codecs[opened.audio.codec].make()
        if number is None:
            number, self._numbered = self._numbered, self._numbered + 1
        line = LineOutput(message.id, number, opened, self._config.spec.sample_rate, encoder, now)
        line.characters, line.text_complete = len(message.text), message.final
        self._used.add(message.id)
        self._interrupted.resume(message.id)
        self._replay.forget(message.id)
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
        check_text(text, line.characters)
        line.characters += len(text)
        line.text_complete = isinstance(message, messages.Finish)
        flush = isinstance(message, messages.Append) and message.flush
        self._commands.append(events.Append(uid, text, line.text_complete, flush))
        self._grow(message)

    def _update(self, message: messages.Update) -> None:
        uid = self._uid(message.id)
        if message.duration is None and message.emotion is None:
            raise BadMessage("An update gives a duration or an emotion.")
        duration, emotion = duration_target(message.duration), emotion_source(message.emotion, self._resolver)
        self._commands.append(events.Update(uid, duration, emotion))
        self._forget_recipe(message.id, ended=False)

    def _cancel(self, message: messages.Cancel) -> None:
        """A line that was not resumed may be cancelled too; its client hears of its end then, and of nothing else."""
        uid = self._uid(message.id)
        self._interrupted.cancel(message.id)
        self._forget_recipe(message.id, ended=False)
        self._commands.append(events.Cancel(uid, message.fade_ms / 1000, message.at))

    def _uid(self, identity: str) -> int:
        try:
            return self._uids[identity]
        except KeyError:
            raise UnknownId("No line with this id is being spoken in this session.") from None
