"""A body that is sent while it is made: headers with the first bytes, and an end that says whether it is whole.

Until the first bytes an error can still be an answer with a status of its own. A client that does not read is cut off
after the time the configuration gives it. What the bytes are is the caller's business.
"""

from __future__ import annotations

import asyncio
import socket as sockets
from collections.abc import Mapping

from aiohttp import web

KERNEL_BUFFER_BYTES = 64 * 1024
"""Small, so that a client that does not read is noticed by the budget and not hidden by the kernel."""


class StreamedAnswer:
    """Chunks of a body; once `begun`, a failure can only be told by breaking off."""

    def __init__(self, request: web.Request, headers: Mapping[str, str], patience_s: float) -> None:
        self._request = request
        self._response = web.StreamResponse(headers={**headers, "Cache-Control": "no-store"})
        self._patience_s = patience_s
        self.begun = False

    async def send(self, data: bytes) -> None:
        """Some of the body. Raises ConnectionError when the client is gone or does not read."""
        if not self.begun:
            self.begun = True
            await self._response.prepare(self._request)
            if self._request.transport is not None:
                shrink_buffers(self._request.transport)
        if not data:
            return
        try:
            async with asyncio.timeout(self._patience_s):
                await self._response.write(data)
        except TimeoutError:
            self.abort()
            raise ConnectionResetError("The client does not read.") from None

    async def end(self) -> web.StreamResponse:
        """The body is whole."""
        await self.send(b"")
        await self._response.write_eof()
        return self._response

    def abort(self) -> web.StreamResponse:
        """The body will never be whole, and the client is to know: the connection ends in the middle."""
        transport = self._request.transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
        return self._response


def shrink_buffers(transport: asyncio.BaseTransport) -> None:
    """Keep what lies between us and the client small, and send at once."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.set_write_buffer_limits(high=KERNEL_BUFFER_BYTES)
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, KERNEL_BUFFER_BYTES)
        raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
