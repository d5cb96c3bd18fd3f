"""One WebSocket: a reader that feeds the session, a writer that empties its send queue, and nothing unbounded between.

A client that does not read has its lines held, and after a while is cut off. A frame is parsed here, once, and goes through
the emotion gate, where feelings in words may have to be read. What messages mean is the session's business, and what
becomes of a session whose connection was lost the registry's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import WebSocketError, WSCloseCode, WSMessage, WSMsgType, web

from oncue.server.sessions.emotion_gate import EmotionGate
from oncue.server.sessions.in_flight import InFlight
from oncue.server.sessions.scene_player import ScenePlayer
from oncue.server.sessions.send_queue import SendQueue
from oncue.server.sessions.session_driver import Incoming, SessionDriver
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import SlowConsumer
from oncue.streaming.session.line_output import OutgoingFrame

_log = logging.getLogger(__name__)
_PATIENCE_S = 1.0
"""How long a farewell may take."""
TAKEN_OVER = 4000
"""Close code for a connection whose session was resumed on another."""
NOT_OPENED = 4001
"""Close code for a connection on which nobody said `open` in time."""


class Connection:
    """From the accepted socket to its end. A client that takes leave has its lines cancelled, one that is lost not yet."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport,
        driver: SessionDriver,
        state: ServerState,
        driver_for: Callable[[Incoming, SessionDriver], Awaitable[SessionDriver]],
        keep: Callable[[SessionDriver], None],
    ) -> None:
        """`driver_for` finds the session that a first message resumes, `keep` takes one whose connection was lost."""
        self.driver = driver
        self._socket = socket
        self._transport = transport
        self._config = state.config
        self._metrics = state.metrics
        self._driver_for = driver_for
        self._keep = keep
        self._gate = EmotionGate(state.pool.emotions, self._hear, state.metrics.count_emotion)
        self._queue = SendQueue(state.config.budget_bytes, state.config.budget_s)
        self._in_flight = InFlight(transport)
        self._scenes = ScenePlayer(self._gate.enter, self._put)
        self._wake = asyncio.Event()
        self._held: asyncio.TimerHandle | None = None
        self._farewell: asyncio.Task[None] | None = None
        self._ending = False

    async def run(self) -> None:
        """Until the client leaves or is lost, says close and was served, or is cut off."""
        writer = asyncio.create_task(self._write())
        alarm = asyncio.get_running_loop().call_later(self._config.open_s, self._mind_silence)
        lost = False
        try:
            lost = await self._read()
        finally:
            alarm.cancel()
            self._scenes.leave()
            self._gate.flush()
            self._part(lost=lost and not self._ending)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def leave(self) -> None:
        """The server goes down: tell the client to go elsewhere, or come back later."""
        if self._ending:
            return
        self._ending = True
        await self._socket.close(code=WSCloseCode.SERVICE_RESTART, message=b"draining")

    @property
    def quiet(self) -> bool:
        """No line is spoken here, and everything was sent."""
        return not self.driver.session.active and not len(self._queue)

    def deliver(self, frames: list[OutgoingFrame]) -> None:
        """Frames for the client wait in the send queue."""
        if frames and self.driver.session.adapts:  # what came before these frames has had its time by now
            self.driver.session.lag(self._queue.audio_s + self._in_flight.audio_s())
        self._put(frames)
        self._scenes.observe(frames)

    def _put(self, frames: list[OutgoingFrame]) -> None:
        for frame in frames:
            self._queue.put(frame)
        self._mind_budget()
        self._wake.set()

    def give_up(self) -> None:
        """The client came back on another connection before this one was seen to be lost."""
        if self._ending:
            return  # it was cut off, or the server goes down: there is nothing to come back to
        self._part(lost=True)
        self._ending = True
        self._farewell = asyncio.get_running_loop().create_task(self._say_taken_over())

    async def _read(self) -> bool:
        """Feed the session. Returns whether the client was lost, not having taken leave."""
        first = True
        while True:
            frame = await self._socket.receive()
            if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return _is_loss(frame)
            if self._ending:
                continue
            message = wire.read_client(frame.data)
            if first:
                self.driver = await self._driver_for(message, self.driver)
                self.driver.sender, first = self, False
            if not await self._scenes.enter(message):
                await self._gate.enter(message)

    def _hear(self, message: Incoming) -> None:
        """A message for the session, unless this connection no longer speaks for it."""
        if not self._ending:
            self.driver.receive(message)

    async def _write(self) -> None:
        while True:
            while len(self._queue):
                frame = self._queue.first()
                await self._send(frame.data)
                self._in_flight.count(len(frame.data), frame.audio_s)
                self._queue.drop()
                self._mind_budget()
            if self.driver.session.finished:
                self._ending = True
                await self._socket.close()
                return
            self._wake.clear()
            await self._wake.wait()

    async def _send(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            await self._socket.send_bytes(data)
        else:
            await self._socket.send_str(data)

    def _part(self, *, lost: bool) -> None:
        """Let go of the session, unless another connection carries it already."""
        if self._held is not None:
            self._held.cancel()
            self._held = None
        if self.driver.sender is not self:
            return
        if lost and self.driver.session.resumable:
            self._keep(self.driver)
        else:
            self.driver.abandon()

    def _mind_budget(self) -> None:
        """Hold the lines of a client that does not read; let them go on when it does."""
        if self._held is None and self._queue.full:
            loop = asyncio.get_running_loop()
            self._held = loop.call_later(self._config.slow_consumer_s, self._cut_off)
            self.driver.hold(on=True)
        elif self._held is not None and self._queue.has_room:
            self._held.cancel()
            self._held = None
            self.driver.hold(on=False)

    def _mind_silence(self) -> None:
        """Who has not said `open` by now takes a place from others."""
        if not self.driver.session.opened and not self._ending:
            self._metrics.silent.inc()
            self._ending = True
            self._farewell = asyncio.get_running_loop().create_task(self._say_late())

    async def _say_late(self) -> None:
        await self._socket.close(code=NOT_OPENED, message=b"say open first")

    def _cut_off(self) -> None:
        _log.warning("connection cut off: the client does not read")
        self._metrics.slow.inc()
        self._ending = True
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

    async def _say_taken_over(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._socket.close(code=TAKEN_OVER, message=b"resumed on another connection")
        except (TimeoutError, ConnectionError):
            pass
        self._transport.abort()


def _is_loss(frame: WSMessage) -> bool:
    """Whether the socket ended without a close frame, and not because the client broke the WebSocket protocol."""
    return frame.type is not WSMsgType.CLOSE and not isinstance(frame.data, WebSocketError)
