"""An ASGI application that is a server of ours on this machine: each request and each WebSocket is passed on to it as it is.

Engines that run replicas (Ray Serve) speak ASGI, our server does not; between them is one hop over loopback. Headers, close
codes and the way a connection ends go through both ways: one that was lost is lost on the other side too and not closed,
because a client that was lost may resume and one that took leave may not. It understands nothing of what is said.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
from aiohttp import WSMsgType
from yarl import URL

from oncue.streaming.protocol.messages import MAX_FRAME_BYTES

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"content-length"}
_OF_SOCKET = (b"sec-websocket-",)
_SERVER_ERROR, _GOING_AWAY = 1011, 1001
_LOST = {1005, 1006}
"""Close codes that nobody sends: the connection ended without a word."""
_CHUNK_BYTES = 1 << 16


class Bridge:
    """`running` is the server: entered when the application starts, it says at which URL it listens, and ends with the application."""

    def __init__(self, running: Callable[[], AbstractAsyncContextManager[str]]) -> None:
        self._running = running
        self._url = URL()
        self._client: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, or the life of the application."""
        match scope["type"]:
            case "lifespan":
                await self._live(receive, send)
            case "websocket":
                await self._socket(scope, receive, send)
            case "http":
                await self._request(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as stack:
            try:
                self._url = URL(await stack.enter_async_context(self._running()))
                connector = aiohttp.TCPConnector(limit=0)
                timeout = aiohttp.ClientTimeout(total=None)
                self._client = await stack.enter_async_context(
                    aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
                )
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._client is not None
        asked = self._client.request(
            scope["method"], self._place(scope), headers=_headers(scope), data=_body(receive), allow_redirects=False
        )
        async with asked as answer:
            headers = [(name.lower(), value) for name, value in answer.raw_headers if name.lower() not in _HOP]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            async for piece in answer.content.iter_chunked(_CHUNK_BYTES):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._client is not None
        await receive()  # websocket.connect
        try:
            socket = await self._client.ws_connect(
                self._place(scope), headers=_headers(scope, socket=True), protocols=tuple(scope.get("subprotocols", ())),
                max_msg_size=MAX_FRAME_BYTES * 16, autoping=True, autoclose=False,
            )  # fmt: skip
        except aiohttp.WSServerHandshakeError as refused:
            await _deny(scope, send, refused.status)
            return
        await send({"type": "websocket.accept", "subprotocol": socket.protocol})
        there = asyncio.create_task(_to_server(receive, socket))
        back = asyncio.create_task(_to_client(socket, send))
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        for task in (there, back):
            task.cancel()
        await asyncio.gather(there, back, return_exceptions=True)
        with contextlib.suppress(ConnectionError):
            await socket.close()

    def _place(self, scope: Scope) -> URL:
        query = bytes(scope.get("query_string", b"")).decode("latin-1")
        path = bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        return URL(f"{self._url}{path}{'?' if query else ''}{query}", encoded=True)


def _headers(scope: Scope, *, socket: bool = False) -> list[tuple[str, str]]:
    """Those of the client, without what belongs to one hop."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name.lower() not in _HOP - {b"content-length"} and not (socket and name.lower().startswith(_OF_SOCKET))
    ]


async def _body(receive: Receive) -> Any:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionResetError("The client left before it had said all.")
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def _to_server(receive: Receive, socket: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            code = message.get("code", 1005)
            if code in _LOST:
                _cut(socket)
            else:
                await socket.close(code=code)
            return
        if message.get("text") is not None:
            await socket.send_str(message["text"])
        else:
            await socket.send_bytes(message["bytes"])


async def _to_client(socket: aiohttp.ClientWebSocketResponse, send: Send) -> None:
    while True:
        frame = await socket.receive()
        match frame.type:
            case WSMsgType.TEXT:
                await send({"type": "websocket.send", "text": frame.data})
            case WSMsgType.BINARY:
                await send({"type": "websocket.send", "bytes": frame.data})
            case WSMsgType.CLOSE:
                await send({"type": "websocket.close", "code": frame.data or 1000, "reason": frame.extra or ""})
                return
            case _:  # the server is gone, or broke the protocol: the client may come back to another
                await send({"type": "websocket.close", "code": _SERVER_ERROR, "reason": ""})
                return


def _cut(socket: aiohttp.ClientWebSocketResponse) -> None:
    """End it without a close frame."""
    connection = socket._response.connection  # noqa: SLF001 -- there is no public way to lose a connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()


async def _deny(scope: Scope, send: Send, status: int) -> None:
    """Refuse a WebSocket with the server's own status where the engine can say it."""
    if "websocket.http.response" in scope.get("extensions", {}):
        await send({"type": "websocket.http.response.start", "status": status, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close", "code": _GOING_AWAY})
