"""The bridge behind a real ASGI server: what a client hears through it is what the server says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from oncue.clients.client import Client, Refusal, stream_url
from oncue.server.ray.bridge import Bridge
from oncue.streaming.protocol.wire import AudioFrame
from tests.conftest import Running

TEXT = "A line that is spoken behind a bridge, to its end, as if there were none at all between them."


@pytest.fixture
async def bridged(running: Running) -> AsyncIterator[str]:
    @asynccontextmanager
    async def behind() -> AsyncIterator[str]:
        yield running.url

    config = uvicorn.Config(Bridge(behind), port=0, log_level="error", lifespan="on", ws="websockets-sansio")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    async with asyncio.timeout(60):
        while not server.started:
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


async def test_a_line_is_the_same_through_the_bridge(running: Running, bridged: str) -> None:
    heard = []
    for url in (running.url, bridged):
        async with await Client.connect(url) as client:
            heard.append(await (await client.speak(TEXT, seed=2)).pcm())
    assert heard[0] == heard[1]
    assert heard[0]


async def test_a_client_that_is_lost_is_lost_on_both_sides_and_may_resume(running: Running, bridged: str) -> None:
    client = await Client.connect(bridged)
    line = await client.speak(TEXT, seed=2)
    async for event in line:
        if isinstance(event, AudioFrame):
            break
    client._socket.transport.abort()
    async with asyncio.timeout(60):
        while not len(running.server.sessions.waiting):
            await asyncio.sleep(0.01)
    await client.resume()
    await client.close()


async def test_requests_go_through_with_status_headers_and_body(bridged: str) -> None:
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{bridged}/v1/voices") as answer:
            assert answer.status == 200
            assert [voice["name"] for voice in (await answer.json())["voices"]] == ["hum"]
        async with client.post(f"{bridged}/v1/speech?format=wav", json={"text": "Hi."}) as answer:
            assert answer.status == 200
            assert answer.headers["X-Watermark"] == "true"
            assert (await answer.read())[:4] == b"RIFF"
        async with client.get(f"{bridged}/nowhere") as answer:
            assert answer.status == 404


async def test_the_servers_close_code_reaches_the_client(running: Running, bridged: str) -> None:
    async with connect(stream_url(bridged)) as socket:
        await socket.send('{"type":"open"}')
        await socket.recv()
        await running.server.drain()
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


async def test_what_the_server_refuses_is_refused(bridged: str) -> None:
    async with await Client.connect(bridged) as client:
        with pytest.raises(Refusal, match="no voice"):
            await (await client.speak("Hi.", voice="nobody")).pcm()
