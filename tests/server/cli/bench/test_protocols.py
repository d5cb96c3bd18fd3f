from __future__ import annotations

from oncue.server.cli.bench.protocols import protocols
from oncue.server.compat.wyoming import wyoming_port
from tests.conftest import Running


async def test_every_protocol_is_heard_in_turn_and_set_beside_our_own(running: Running) -> None:
    async with wyoming_port(running.server.state, "127.0.0.1", 0) as port:
        delays = await protocols(running.url, "", 2, port)
    names = [delay.name for delay in delays]
    assert names == [
        "native",
        "http",
        "openai",
        "openai-realtime",
        "elevenlabs",
        "elevenlabs-http",
        "cartesia",
        "wyoming",
    ]
    assert all(delay.first_audible_s > 0 and delay.rounds == 2 for delay in delays)
    assert delays[0].over_native_s == 0
