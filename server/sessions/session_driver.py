"""Between a session and the engines: its commands go in and their events come back, with a connection or without.

While nobody sends for the session, what it says is only kept. The driver decides nothing about either.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Protocol

from oncue.server.engines.pool import EnginePool
from oncue.server.http.metrics import Metrics
from oncue.server.sessions.allowance import Allows
from oncue.server.shared.sessions import SharedSessions
from oncue.streaming.engine import events
from oncue.streaming.protocol.errors import RateLimited
from oncue.streaming.protocol.messages import ClientMessage
from oncue.streaming.protocol.wire import Unreadable
from oncue.streaming.session.line_output import OutgoingFrame
from oncue.streaming.session.session import Session

Incoming = ClientMessage | Unreadable
"""A client's frame as `wire.read_client` gives it."""


class FrameSender(Protocol):
    """Who brings frames to the client."""

    def deliver(self, frames: list[OutgoingFrame]) -> None:
        """Send these when the client takes them."""
        ...


class SessionDriver:
    """One session, and whoever sends for it now."""

    def __init__(
        self,
        session: Session,
        pool: EnginePool,
        metrics: Metrics,
        allowance: Allows | None = None,
        shared: SharedSessions | None = None,
    ) -> None:
        """`allowance` is what the client's key may still ask for; `shared` is told what another server would have to know."""
        self.session = session
        self.sender: FrameSender | None = None
        self._pool = pool
        self._metrics = metrics
        self._spoken: dict[int, float] = {}
        self._allowance = allowance
        self._shared = shared
        self._allowed: set[int] = set()
        """Lines that the allowance counts."""

    def receive(self, message: Incoming) -> None:
        """A message from the client."""
        self.session.receive(message, time.monotonic())
        self.pump()

    def hold(self, *, on: bool) -> None:
        """Make nothing more for this client, or go on."""
        self.session.hold(on=on)
        self.pump()

    def detach(self) -> None:
        """The connection was lost, the session is kept."""
        self.sender = None
        self.session.detach()
        self.pump()

    def expire(self) -> None:
        """Nobody took up what was kept."""
        self.session.expire()
        self.pump()

    def abandon(self) -> None:
        """The client is gone for good."""
        self.sender = None
        self.session.abandon()
        self.pump()

    def pump(self) -> None:
        """Move what the session has to say in both directions."""
        for command in map(self._within_allowance, self.session.commands()):
            if command is None:
                continue
            if isinstance(command, events.Speak):
                self._spoken[command.uid] = time.monotonic()
            self._pool.submit(command, self._on_event)
        changes = self.session.changes()
        if self._shared is not None:
            self._shared.note(self.session.name, changes)
        frames = self.session.outgoing()
        if self.sender is not None:
            self.sender.deliver(frames)

    def _within_allowance(self, command: events.Command) -> events.Command | None:
        """The command, or what of it the client's key may ask for; the session is told of what it may not."""
        if self._allowance is None or not isinstance(command, events.Speak | events.Append):
            return command
        begins, now = isinstance(command, events.Speak), time.monotonic()
        try:
            if begins:
                self._allowance.begin(len(command.text), now)
                self._allowed.add(command.uid)
            else:
                self._allowance.take(len(command.text), now)
        except RateLimited as error:
            refused = events.Refused(command.uid, error.code, error.message, error.retry, error.detail, begins)
            self._metrics.count(refused, self._pool.spec.sample_rate)
            self.session.handle(refused, now)
            return None if isinstance(command, events.Speak) else replace(command, text="")
        return command

    def _on_event(self, event: events.Event, at: float) -> None:
        self._metrics.count(event, self._pool.spec.sample_rate)
        if isinstance(event, events.AudioChunk) and event.uid in self._spoken:
            self._metrics.first_audio_s.observe(at - self._spoken.pop(event.uid))
        elif isinstance(event, events.Finished | events.Refused):
            self._spoken.pop(event.uid, None)
        if self._allowance is not None and events.is_terminal(event) and event.uid in self._allowed:
            self._allowed.discard(event.uid)
            self._allowance.end()
        self.session.handle(event, at)
        self.pump()
