"""A WebSocket that speaks JSON in both directions, within the server's limits; what is said is the adapter's business."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from oncue.server.http.streaming import shrink_buffers
from oncue.server.sessions.speaking import refusal, refuse_if_away
from oncue.server.state import ServerState
from oncue.streaming.protocol.errors import Busy

MAX_MESSAGE_BYTES = 64 * 1024
_PING_S = 20.0
Message = TypeVar("Message")


class JsonSocket:
    """One connection. `send` waits for the client, and a client that does not read is cut off."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, patience_s: float) -> None:
        self._socket = self.response = socket
        self._request = request
        self._patience_s = patience_s
        self._turn = asyncio.Lock()

    async def receive(self, timeout_s: float | None = None) -> str | None:
        """The next text, None when the client is gone. Raises TimeoutError when none came in time."""
        async with asyncio.timeout(timeout_s):
            frame = await self._socket.receive()
        return frame.data if frame.type is WSMsgType.TEXT else None

    async def send(self, value: Any) -> None:
        """One JSON object. Raises ConnectionError when the client is gone or does not read."""
        text = msgspec.json.encode(value).decode()
        try:
            async with asyncio.timeout(self._patience_s), self._turn:
                await self._socket.send_str(text)
        except TimeoutError:
            transport = self._request.transport
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
            raise ConnectionResetError("The client does not read.") from None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye."""
        await self._socket.close(code=code, message=reason.encode()[:120])

    async def leave(self) -> None:
        """The server goes down: tell the client to go elsewhere, or come back later."""
        await self.close(WSCloseCode.SERVICE_RESTART, "draining")


@asynccontextmanager
async def json_socket(
    state: ServerState, request: web.Request, subprotocols: tuple[str, ...] = ()
) -> AsyncIterator[JsonSocket]:
    """An accepted connection, counted until the block is left. Raises Refusal before it is accepted."""
    refuse_if_away(state)
    if state.sockets >= state.config.max_connections:
        raise refusal(Busy("The server has all the connections it takes: try again later."))
    socket = web.WebSocketResponse(
        protocols=subprotocols, compress=False, max_msg_size=MAX_MESSAGE_BYTES, heartbeat=_PING_S
    )
    if not socket.can_prepare(request).ok:
        raise web.HTTPBadRequest(reason="This address speaks WebSocket only: connect with such a client")
    await socket.prepare(request)
    if request.transport is not None:
        shrink_buffers(request.transport)
    client = JsonSocket(socket, request, state.config.slow_consumer_s)
    state.sockets += 1
    state.farewells.add(client.leave)
    state.metrics.connections.inc()
    try:
        yield client
    finally:
        state.sockets -= 1
        state.farewells.discard(client.leave)
        state.metrics.connections.dec()
        await socket.close()
