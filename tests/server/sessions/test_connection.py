from __future__ import annotations

import asyncio
import socket as sockets

import msgspec
import pytest
from websockets.asyncio.client import connect

from oncue.clients.client import stream_url
from oncue.server.config import Config
from oncue.streaming.protocol import messages, wire
from tests.conftest import Running


@pytest.fixture
def patience_s() -> float:
    return 0.3


@pytest.fixture
def config(config: Config, patience_s: float) -> Config:
    """So little room, and patience, that a test need not wait."""
    return msgspec.structs.replace(
        config, budget_bytes=4096, budget_s=0.5, slow_consumer_s=patience_s, resume_s=patience_s
    )


async def test_a_client_that_is_lost_and_stays_away_leaves_nothing_behind(running: Running) -> None:
    client = await connect(stream_url(running.url), compression=None)
    await client.send(wire.encode(messages.Open(lead_ms=600_000)))
    await client.send(wire.encode(messages.Speak("a", "A line that goes on and on. " * 50)))
    while not isinstance(data := await client.recv(), str) or not isinstance(
        wire.decode_server(data), messages.Started
    ):
        pass
    client.transport.abort()
    async with asyncio.timeout(60):
        while (
            running.server.sessions.connections
            or running.server.state.pool.lines
            or len(running.server.sessions.waiting)
        ):
            await asyncio.sleep(0.02)
    assert running.server.state.pool.lines == 0


async def test_a_client_that_does_not_read_is_cut_off_and_its_lines_are_cancelled(running: Running) -> None:
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.setblocking(False)
    host, port = running.url.removeprefix("http://").split(":")
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    # max_queue and the small buffer stop the client from reading for us.
    client = await connect(stream_url(running.url), sock=raw, max_queue=1, compression=None, ping_interval=None)
    await client.send(wire.encode(messages.Open(lead_ms=600_000)))
    for index in range(3):
        await client.send(wire.encode(messages.Speak(str(index), "A line that goes on and on. " * 100)))
    async with asyncio.timeout(30):
        while not running.server.state.metrics.slow._value.get():
            await asyncio.sleep(0.02)
        while running.server.sessions.connections or running.server.state.pool.lines:
            await asyncio.sleep(0.02)
    client.transport.abort()


@pytest.mark.parametrize("patience_s", [30.0])
async def test_a_client_that_reads_late_is_held_and_then_hears_everything(running: Running) -> None:
    client = await connect(stream_url(running.url), max_queue=1, compression=None, ping_interval=None)
    await client.send(wire.encode(messages.Open(lead_ms=600_000)))
    await client.send(wire.encode(messages.Speak("a", "A line that goes on and on. " * 20)))
    heard = 0
    while True:
        data = await asyncio.wait_for(client.recv(), 20)
        if isinstance(data, bytes):
            heard += wire.unpack_audio(data).samples
        elif isinstance(done := wire.decode_server(data), messages.Done):
            break
        await asyncio.sleep(0.005)
    assert heard == done.samples
    await client.close()
