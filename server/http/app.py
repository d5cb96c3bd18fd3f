"""The one port: the WebSocket, and what an operator asks over HTTP.

It accepts connections; what is said on them, and what becomes of their sessions, is in `oncue.server.sessions`.
"""

from __future__ import annotations

import asyncio

from aiohttp import web
from yarl import URL

from oncue.server.audio import labels
from oncue.server.compat import routes
from oncue.server.config import Config
from oncue.server.engines.pool import EnginePool
from oncue.server.http.auth import SUBPROTOCOL, Gate, preflight, shared_with
from oncue.server.http.detect_api import DetectApi
from oncue.server.http.dub_api import DubApi
from oncue.server.http.errors import Handler, error_response, json_errors
from oncue.server.http.free_memory import FreeMemory, trimmer
from oncue.server.http.loop_lag import LoopLag
from oncue.server.http.openapi import DocsApi
from oncue.server.http.pages import Pages
from oncue.server.http.speech_api import SpeechApi
from oncue.server.http.streaming import shrink_buffers
from oncue.server.http.voices_api import VoicesApi
from oncue.server.sessions.connection import Connection
from oncue.server.sessions.registry import SessionRegistry
from oncue.server.shared import redis_client
from oncue.server.shared.sessions import SharedSessions
from oncue.server.shared.voices import SharedVoices
from oncue.server.state import ServerState
from oncue.server.voices.copies import Copies
from oncue.server.voices.revocation import RevocationWatch
from oncue.streaming.protocol.messages import MAX_FRAME_BYTES

_PING_S = 20.0


class Server:
    """A running server: what its parts share, and its sessions."""

    def __init__(self, config: Config, pool: EnginePool) -> None:
        self.state = ServerState(config, pool)
        if config.redis:
            redis, copies = redis_client.connect(config.redis), Copies(config.voices_path)
            self.state.shared_voices = SharedVoices(redis, copies, pool.revoke)
            self.state.shared_sessions = SharedSessions(redis, config.resume_s)
        self.sessions = SessionRegistry(self.state)
        self._gate = Gate(self.state)

    def application(self) -> web.Application:
        """The routes, each behind the check of who may come."""
        app = web.Application(middlewares=[json_errors, self._check], client_max_size=MAX_FRAME_BYTES)
        app.on_response_prepare.append(self._share)
        app.on_response_prepare.append(self._label)
        app.cleanup_ctx.append(RevocationWatch(self.state.pool, self.state.voice_store).running)
        app.cleanup_ctx.append(LoopLag(self.state.metrics.loop_lag_s.observe).running)
        app.cleanup_ctx.append(FreeMemory(trimmer()).running)
        for shared in (self.state.shared_voices, self.state.shared_sessions):
            if shared is not None:
                app.cleanup_ctx.append(shared.running)
        app.router.add_get("/v1/stream", self._stream)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        VoicesApi(self.state).add_routes(app.router)
        SpeechApi(self.state).add_routes(app.router)
        DetectApi(self.state).add_routes(app.router)
        films = DubApi(self.state)
        films.add_routes(app.router)
        app.on_cleanup.append(films.close)
        DocsApi().add_routes(app.router)
        routes.add_all(self.state, app.router)
        Pages(self.state.config.origins).add_routes(app.router)
        return app

    async def drain(self) -> None:
        """Take no new lines, let those that are spoken end within the grace, then say goodbye."""
        self.state.draining = True
        await self.sessions.drain()
        await asyncio.gather(*(leave() for leave in self.state.farewells), return_exceptions=True)

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = self._gate.refusal(request)
        if refused is not None:
            return refused
        origin = request.headers.get("Origin", "")
        if request.method == "OPTIONS" and self._gate.trusts(origin):
            return preflight(request)
        if isinstance(request.match_info.http_exception, web.HTTPNotFound):
            place = await _meant(request)
            if place is not None:
                return web.Response(status=308, headers={"Location": place})
        return await handler(request)

    async def _label(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Sound says what it is in its headers too, for a stream may have no other place for it."""
        if response.content_type.startswith(("audio/", "multipart/mixed", "application/x-ndjson")):
            response.headers.update(labels.headers())
            response.headers["X-Watermark"] = str(self.state.config.watermark).lower()

    async def _share(self, request: web.Request, response: web.StreamResponse) -> None:
        """Pages of the origins that the operator named may read what they asked for."""
        origin = request.headers.get("Origin", "")
        if self._gate.trusts(origin):
            response.headers.update(shared_with(origin))

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _readyz(self, _request: web.Request) -> web.Response:
        if self.state.draining:
            return error_response(503, "draining", "The server is shutting down.", retry=True)
        if not self.state.pool.ready:
            return error_response(503, "engine_lost", "The engine is starting: ask again in a moment.", retry=True)
        return web.json_response({"ready": True, "watermark": self.state.config.watermark})

    async def _metrics(self, _request: web.Request) -> web.Response:
        pool, metrics = self.state.pool, self.state.metrics
        metrics.ready.set(int(pool.ready and not self.state.draining))
        metrics.restarts.set(pool.restarts)
        metrics.respoken.set(pool.respoken)
        return web.Response(body=metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self.state.draining:
            return error_response(503, "draining", "The server is shutting down: use another.", retry=True)
        if not self.state.pool.started:
            return error_response(503, "engine_lost", "The engine is starting: try again in a moment.", retry=True)
        if len(self.sessions.connections) >= self.state.config.max_connections:
            return error_response(
                503, "busy", "The server has all the connections it takes: try again later.", retry=True
            )
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), compress=False, max_msg_size=MAX_FRAME_BYTES, heartbeat=_PING_S
        )
        if not socket.can_prepare(request):
            return error_response(400, "bad_message", "This address speaks WebSocket only: connect with such a client.")
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket  # gone during the handshake
        shrink_buffers(transport)
        sessions = self.sessions
        connection = Connection(socket, transport, sessions.new(), self.state, sessions.driver_for, sessions.keep)
        await sessions.serve(connection)
        return socket


async def _meant(request: web.Request) -> str | None:
    """The address without slashes too many, as base addresses and paths put together often have them, if there is something at it."""
    plain = "/" + "/".join(filter(None, request.rel_url.raw_path.split("/")))
    if plain == request.rel_url.raw_path:
        return None
    url = URL.build(path=plain, query_string=request.rel_url.raw_query_string, encoded=True)
    found = await request.app.router.resolve(request.clone(rel_url=url))
    return str(url) if found.http_exception is None else None
