"""One line spoken for a caller in this process: what every protocol but our own WebSocket speaks through.

It is a session like that of a WebSocket, with the same messages, marks, rates, budgets and engines, and a queue in the
socket's place. A caller that takes nothing from the queue has its line held, like a client that does not read.
How a foreign protocol says things is its adapter's business.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from oncue.clients.client import Refusal
from oncue.server.config import Config
from oncue.server.emotion.service import in_numbers, words_of
from oncue.server.sessions.allowance import OF_CALLER
from oncue.server.sessions.resolver import ServerResolver
from oncue.server.sessions.send_queue import SendQueue
from oncue.server.sessions.session_driver import SessionDriver
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import Draining, EngineLost, OnCueError
from oncue.streaming.session.line_output import OutgoingFrame
from oncue.streaming.session.session import Resolver, Session, SessionConfig

_log = logging.getLogger(__name__)
LineEvent = messages.Started | messages.Plan | messages.Marks | messages.Done | messages.Error | wire.AudioFrame
"""What becomes of a line; an `Error` here is one that the line survives."""
LINE = "line"
"""The line's id in its session, of which it is the only one."""


def unpaced(rate: int, *marks: messages.TrackKind) -> messages.Open:
    """A session whose line is made as fast as it can be, for listeners who keep what they are sent."""
    return messages.Open(audio=messages.AudioFormat(rate=rate), marks=marks, lead_ms=messages.MAX_LEAD_MS)  # type: ignore[arg-type] # a wrong rate is refused by the session


class LineStream:
    """Iterate over it to its `Done`. A line that is refused or fails raises `Refusal`, whatever the protocol."""

    def __init__(self, driver: SessionDriver, config: Config) -> None:
        self._driver = driver
        self._waiting = SendQueue(config.budget_bytes, config.budget_s)
        self._wake = asyncio.Event()
        self.held = False
        """Nothing more is made of it until its caller takes what there is."""
        driver.sender = self

    def deliver(self, frames: list[OutgoingFrame]) -> None:
        """Frames of the session wait until they are taken."""
        for frame in frames:
            self._waiting.put(frame)
        self._mind_budget()
        self._wake.set()

    def append(self, text: str, *, flush: bool = False) -> None:
        """More text of a line that was begun with `final=False`; `flush` says that it ends where it may be spoken."""
        self.say(messages.Append(LINE, text, flush))

    def finish(self) -> None:
        """No more text."""
        self.say(messages.Finish(LINE))

    def update(self, *, duration: messages.Duration | None, emotion: messages.Emotion | None) -> None:
        """Another length or feeling for what was not yet made."""
        self.say(messages.Update(LINE, duration, emotion))

    def cancel(self, fade_ms: int = 0) -> None:
        """Stop; `Done` still comes."""
        self.say(messages.Cancel(LINE, fade_ms))

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        while True:
            while not len(self._waiting):
                self._wake.clear()
                await self._wake.wait()
            event = _read(self._waiting.first().data)
            if isinstance(event, messages.Error) and (event.terminal or event.id is None):
                raise Refusal(event)
            if isinstance(event, messages.Done) and event.error is not None:
                failed = event.error
                raise Refusal(
                    messages.Error(event.id, failed.code, failed.message, failed.retry, failed.detail, terminal=True)
                )
            if not isinstance(event, messages.OfSession):
                yield event
            self._waiting.drop()
            self._mind_budget()
            if isinstance(event, messages.Done):
                return

    def leave(self) -> None:
        """Nobody hears it any more: what is not yet made never will be."""
        self._driver.abandon()

    def say(self, message: messages.ClientMessage) -> None:
        """A message as a client would send it, checked like one."""
        self._driver.receive(wire.read_client(wire.encode(message)))

    def _mind_budget(self) -> None:
        if not self.held and self._waiting.full:
            self.held = True
            self._driver.hold(on=True)
        elif self.held and self._waiting.has_room:
            self.held = False
            self._driver.hold(on=False)


@asynccontextmanager
async def speaking(
    state: ServerState, line: messages.Speak, opened: messages.Open, resolver: Resolver | None = None
) -> AsyncIterator[LineStream]:
    """A line under way until the block is left. Raises Refusal."""
    refuse_if_away(state)
    understood = await _in_numbers(state, line)
    pool = state.pool
    config = SessionConfig(secrets.token_hex(16), pool.spec, (), resume_s=0.0, resume_bytes=0)
    session = Session(config, resolver or ServerResolver(state.voice_store()), pool.next_uid)
    driver = SessionDriver(session, pool, state.metrics, OF_CALLER.get())
    spoken = LineStream(driver, state.config)
    state.speaking += 1
    try:
        spoken.say(opened)
        spoken.say(understood)
        yield spoken
    finally:
        state.speaking -= 1
        spoken.leave()


def refuse_if_away(state: ServerState) -> None:
    """Raise Refusal while no line could be spoken here."""
    if state.draining:
        raise refusal(Draining("The server is shutting down: use another."))
    if not state.pool.started:
        raise refusal(EngineLost("The engine is starting: try again in a moment."))


def refusal(error: OnCueError) -> Refusal:
    """An error of ours as a session would have told it."""
    return Refusal(messages.Error(None, error.code, error.message, error.retry, error.detail, terminal=True))


async def _in_numbers(state: ServerState, line: messages.Speak) -> messages.Speak:
    """The line with its feeling in numbers where somebody else than the lexicon reads it."""
    words, reader = words_of(line), state.pool.emotions
    if words is None or not reader.has_backend:
        return line
    reading = await reader.read(words)
    state.metrics.count_emotion(reading.source)
    return in_numbers(line, reading)


def _read(data: str | bytes) -> LineEvent | messages.OfSession:
    return wire.unpack_audio(data) if isinstance(data, bytes) else wire.decode_server(data)
