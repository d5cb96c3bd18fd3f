"""One WebSocket: a reader that feeds the session, a writer that empties its outbox, and nothing unbounded between.

A client that does not read has its lines held, and after a while is cut off. What messages mean is the
session's business.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMsgType, web

from server.config import Config
from server.metrics import Metrics
from server.outbox import Outbox
from server.worker import Worker
from streaming import events, messages, wire
from streaming.errors import SlowConsumer
from streaming.session import Session

_log = logging.getLogger(__name__)
_PATIENCE_S = 1.0
"""How long a farewell may take."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every connection of a server shares."""

    config: Config
    worker: Worker
    metrics: Metrics


class Connection:
    """From the accepted socket to its end; every line it still had is cancelled."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport,
        session: Session,
        around: Surroundings,
    ) -> None:
        self.session = session
        self._socket = socket
        self._transport = transport
        self._around = around
        self._outbox = Outbox(around.config.budget_bytes, around.config.budget_s)
        self._wake = asyncio.Event()
        self._held: asyncio.TimerHandle | None = None
        self._farewell: asyncio.Task[None] | None = None
        self._spoken: dict[int, float] = {}

    async def run(self) -> None:
        """Until the client leaves, says close and was served, or is cut off."""
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
        finally:
            if self._held is not None:
                self._held.cancel()
            self.session.abandon()
            self._pump()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def leave(self) -> None:
        """The server goes down: tell the client to go elsewhere."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"draining")

    async def _read(self) -> None:
        async for frame in self._socket:
            if frame.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                self.session.receive(frame.data, time.monotonic())
                self._pump()

    async def _write(self) -> None:
        while True:
            while len(self._outbox):
                await self._send(self._outbox.first().data)
                self._outbox.drop()
                self._mind_budget()
            if self.session.finished:
                await self._socket.close()
                return
            self._wake.clear()
            await self._wake.wait()

    async def _send(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            await self._socket.send_bytes(data)
        else:
            await self._socket.send_str(data)

    def _pump(self) -> None:
        """Move what the session has to say in both directions."""
        for command in self.session.commands():
            if isinstance(command, events.Speak):
                self._spoken[command.uid] = time.monotonic()
            self._around.worker.submit(command, self._on_event)
        for frame in self.session.outgoing():
            self._outbox.put(frame)
        self._mind_budget()
        self._wake.set()

    def _on_event(self, event: events.Event, at: float) -> None:
        self._around.metrics.count(event, self._around.worker.spec.sample_rate)
        if isinstance(event, events.AudioChunk) and event.uid in self._spoken:
            self._around.metrics.first_audio_s.observe(at - self._spoken.pop(event.uid))
        elif isinstance(event, events.Finished | events.Refused):
            self._spoken.pop(event.uid, None)
        self.session.handle(event, at)
        self._pump()

    def _mind_budget(self) -> None:
        """Hold the lines of a client that does not read; let them go on when it does."""
        if self._held is None and self._outbox.full:
            loop = asyncio.get_running_loop()
            self._held = loop.call_later(self._around.config.slow_consumer_s, self._cut_off)
            self._set_hold(on=True)
        elif self._held is not None and self._outbox.roomy:
            self._held.cancel()
            self._held = None
            self._set_hold(on=False)

    def _set_hold(self, *, on: bool) -> None:
        self.session.hold(on=on)
        for command in self.session.commands():
            self._around.worker.submit(command, self._on_event)

    def _cut_off(self) -> None:
        _log.warning("connection cut off: the client does not read")
        self._around.metrics.slow.inc()
        self._farewell = asyncio.get_running_loop().create_task(self._say_slow())

    async def _say_slow(self) -> None:
        """A last word if it can be said at all, then the end of the connection."""
        error = SlowConsumer("The client did not read its audio in time: read faster, or ask for less at once.")
        told = messages.Error(None, error.code, error.message, error.retry, {}, terminal=True)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._socket.send_str(wire.encode(told))
                await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"slow_consumer")
        except (TimeoutError, ConnectionError):
            pass
        self._transport.abort()
