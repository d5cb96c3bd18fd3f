"""The one port: the WebSocket, and what an operator asks over HTTP.

It accepts, counts and lets go of connections; what they say is between `connection` and the session.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket as sockets
import time
from dataclasses import dataclass, field

from aiohttp import web

from oncue.server.audio.opus import CODECS
from oncue.server.config import Config
from oncue.server.engines.pool import Engines
from oncue.server.http.auth import Handler, refusal, told
from oncue.server.http.metrics import Metrics
from oncue.server.http.voices_api import VoicesApi
from oncue.server.sessions.connection import Connection
from oncue.server.sessions.resolver import ServerResolver
from oncue.server.sessions.session_driver import SessionDriver
from oncue.server.voices.store import VoiceStore
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.protocol.messages import MAX_FRAME_BYTES
from oncue.streaming.session.lobby import Lobby
from oncue.streaming.session.session import Facts, Session

_log = logging.getLogger(__name__)
_KERNEL_BUFFER_BYTES = 64 * 1024
"""Small, so that a client that does not read is noticed by the budget and not hidden by the kernel."""
_PING_S = 20.0


@dataclass(slots=True)
class Server:
    """A running server: its engine, its figures, and the connections it has."""

    config: Config
    pool: Engines
    metrics: Metrics = field(default_factory=Metrics)
    connections: set[Connection] = field(default_factory=set)
    draining: bool = False
    lobby: Lobby[SessionDriver] = field(init=False)
    """Sessions whose connection was lost."""
    _alarm: asyncio.TimerHandle | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """The lobby is as large as the house."""
        self.lobby = Lobby(self.config.resume_s, self.config.max_connections)

    def application(self) -> web.Application:
        """The routes, behind the guard."""
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_FRAME_BYTES)
        app.router.add_get("/v1/stream", self._stream)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        VoicesApi(self).open(app.router)
        return app

    async def drain(self) -> None:
        """Take no new lines, let those that are spoken end within the grace, then say goodbye."""
        self.draining = True
        for driver in self.lobby.clear():
            if driver.sender is None:
                driver.leave()
        for connection in self.connections:
            connection.driver.session.draining = True
        try:
            async with asyncio.timeout(self.config.drain_s):
                while any(c.driver.session.active for c in self.connections):  # noqa: ASYNC110 -- once per server, for seconds
                    await asyncio.sleep(0.05)
        except TimeoutError:
            _log.warning("draining ended with lines still spoken")
        await asyncio.gather(*(connection.leave() for connection in list(self.connections)), return_exceptions=True)

    def driver_for(self, data: str | bytes, fresh: SessionDriver) -> SessionDriver:
        """The seat for a connection whose first frame this is: `fresh`, or the one that it resumes.

        A client may be back before its old connection is seen to be lost; that one is given up then.
        """
        try:
            message = wire.decode_client(data)
        except BadMessage:
            return fresh
        if not isinstance(message, messages.Resume):
            return fresh
        for connection in list(self.connections):
            session = connection.driver.session
            if session.name == message.session and session.resumable:
                connection.give_up()
        return self.lobby.take(message.session) or fresh

    def keep(self, driver: SessionDriver) -> None:
        """Keep a session whose connection was lost, until its time is over or there are too many."""
        driver.detach()
        for gone in self.lobby.leave(driver.session.name, driver, time.monotonic()):
            gone.expire()
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        at = self.lobby.next_at
        loop = asyncio.get_running_loop()
        self._alarm = None if at is None else loop.call_later(max(0.0, at - time.monotonic()), self._expire)

    def _expire(self) -> None:
        for driver in self.lobby.expire(time.monotonic()):
            driver.expire()
        self._set_alarm()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return refusal(request, self.config) or await handler(request)

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _readyz(self, _request: web.Request) -> web.Response:
        if self.draining:
            return told(503, "draining", "The server is shutting down.", retry=True)
        if not self.pool.ready:
            return told(503, "engine_lost", "The engine is starting: ask again in a moment.", retry=True)
        return web.json_response({"ready": True})

    async def _metrics(self, _request: web.Request) -> web.Response:
        self.metrics.ready.set(int(self.pool.ready and not self.draining))
        self.metrics.restarts.set(self.pool.restarts)
        return web.Response(body=self.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self.draining:
            return told(503, "draining", "The server is shutting down: use another.", retry=True)
        if not self.pool.started:
            return told(503, "engine_lost", "The engine is starting: try again in a moment.", retry=True)
        if len(self.connections) >= self.config.max_connections:
            return told(503, "busy", "The server has all the connections it takes: try again later.", retry=True)
        socket = web.WebSocketResponse(compress=False, max_msg_size=MAX_FRAME_BYTES, heartbeat=_PING_S)
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket  # gone during the handshake
        _shrink_buffers(transport)
        driver = SessionDriver(self._session(), self.pool, self.metrics)
        await self._serve(Connection(socket, transport, driver, self))
        return socket

    async def _serve(self, connection: Connection) -> None:
        self.connections.add(connection)
        self.metrics.connections.inc()
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)
            self.metrics.connections.dec()

    def store(self) -> VoiceStore:
        """The voices as they are now; every name is looked up on the disk, so one added meanwhile is known at once."""
        return VoiceStore(self.config.voices_path, self.pool.spec.family, self.pool.voices)

    def _session(self) -> Session:
        store = self.store()
        names = tuple(entry.name for entry in store.list())
        facts = Facts(
            secrets.token_hex(16), self.pool.spec, names, CODECS,
            resume_s=self.config.resume_s, resume_bytes=self.config.resume_bytes,
        )  # fmt: skip
        return Session(facts, ServerResolver(store), self.pool.next_uid)


def _shrink_buffers(transport: asyncio.WriteTransport) -> None:
    transport.set_write_buffer_limits(high=_KERNEL_BUFFER_BYTES)
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _KERNEL_BUFFER_BYTES)
        raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
