from __future__ import annotations

import asyncio
import socket

import pytest

from oncue.server.sessions.in_flight import InFlight, unacknowledged_bytes


async def test_what_a_client_does_not_take_is_on_its_way_and_what_it_has_taken_is_not() -> None:
    accepted: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # inherited by what is accepted
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(lambda *pair: accepted.set_result(pair), sock=listening, limit=1024)
    _, writer = await asyncio.open_connection(*listening.getsockname())
    reader, other = await accepted
    in_flight = InFlight(writer.transport)
    assert in_flight.audio_s() == 0.0

    writer.write(bytes(1_000_000))
    in_flight.count(1_000_000, 10.0)
    waiting = unacknowledged_bytes(writer.transport)
    assert waiting > 500_000
    assert in_flight.audio_s() == pytest.approx(waiting / 100_000, rel=0.1)

    await reader.readexactly(1_000_000)
    async with asyncio.timeout(60):
        while unacknowledged_bytes(writer.transport):
            await asyncio.sleep(0.01)
    assert in_flight.audio_s() == 0.0
    for each in (writer, other):
        each.close()
    server.close()
