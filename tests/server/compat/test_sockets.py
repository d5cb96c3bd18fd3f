"""WebSockets of borrowed protocols when the server goes down."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect

from tests.conftest import Running

PATHS = ("/v1/realtime?model=oncue", "/tts/websocket", "/v1/text-to-speech/hum/stream-input")


@pytest.mark.parametrize("path", PATHS)
async def test_clients_of_borrowed_protocols_are_told_to_go_elsewhere_when_the_server_drains(
    running: Running, path: str
) -> None:
    socket = await connect(running.url.replace("http", "ws", 1) + path)
    async with asyncio.timeout(60):
        while not running.server.state.sockets:
            await asyncio.sleep(0.01)
        await running.server.drain()
        await socket.wait_closed()
        assert socket.close_code == 1012
        while running.server.state.sockets:
            await asyncio.sleep(0.01)
    assert not running.server.state.farewells
