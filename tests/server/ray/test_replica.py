"""A replica leaves when it is taken away, and not before its lines are heard; what it is configured with."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from oncue.clients.client import Client, ClientError, stream_url
from oncue.server.config import Config, ConfigError
from oncue.server.ray import replica
from oncue.server.ray.application import EVERYWHERE

TEXT = "A line that is heard to its end by whoever began to listen, whatever becomes of the machine that speaks it."


async def test_a_replica_that_is_taken_away_sends_idle_clients_elsewhere_and_leaves_after_its_last_line(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "_UNKNOWN_S", 0.0)
    going, gone = asyncio.Event(), asyncio.Event()

    async def taken_away() -> None:
        await going.wait()

    own = replica.replica_config(msgspec.structs.replace(config, token="t"), 1, grace_s=60.0)
    async with asyncio.timeout(120), replica.replica_server(own, taken_away, gone.set) as url:
        idle = await connect(stream_url(url), additional_headers={"Authorization": "Bearer t"})
        await idle.send('{"type":"open"}')
        await idle.recv()
        speaking = await Client.connect(url, token="t")
        line = await speaking.speak(TEXT)
        events = aiter(line)
        await anext(events)
        going.set()
        with pytest.raises(ConnectionClosed) as closed:
            await idle.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert not gone.is_set()
        assert [event async for event in events]
        assert line.done is not None
        assert line.done.reason == "complete"
        await gone.wait()
        with pytest.raises(ClientError):
            await Client.connect(url, token="t")
        await speaking.close(now=True)


async def test_a_replica_that_is_not_taken_away_ends_with_its_application(config: Config) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    own = replica.replica_config(msgspec.structs.replace(config, token="t"), 1)
    async with asyncio.timeout(120):
        async with (
            replica.replica_server(own, never, _unexpected) as url,
            await Client.connect(url, token="t") as client,
        ):
            assert await (await client.speak("Hi.")).pcm()
        with pytest.raises(ClientError):
            await Client.connect(url, token="t")


def _unexpected() -> None:
    pytest.fail("It ended its process, which was Ray's to end.")


def test_its_own_ports_are_those_it_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mine, socket.create_connection(mine.getsockname()) as other:
        ports = replica.own_ports(range(1, 65_536))
        assert mine.getsockname()[1] in ports
        assert other.getsockname()[1] not in ports
        assert replica.own_ports(range(1, 2)) == []


def test_replicas_share_keys_and_log_but_have_copies_of_the_voices_where_there_is_a_redis() -> None:
    given = Config(voices_dir="/tmp/x/voices", token="t")
    alone = replica.replica_config(given, 7)
    assert (alone.host, alone.port, str(alone.voices_path)) == ("127.0.0.1", 0, "/tmp/x/voices")
    shared = replica.replica_config(msgspec.structs.replace(given, redis="redis://there"), 7)
    assert str(shared.voices_path) == "/tmp/x/voices.replica-7"
    assert shared.keys_path == given.keys_path
    assert shared.audit_path == given.audit_path


def test_a_replicas_lines_have_as_long_as_ray_gives_it() -> None:
    assert replica.replica_config(Config(voices_dir="/tmp/x/voices", token="t", drain_s=1.0), 7, 90.0).drain_s == 90.0


def test_replicas_that_are_reached_from_everywhere_need_a_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="key"):
        replica.replica_config(Config(host=EVERYWHERE, voices_dir=str(tmp_path / "voices")), 7)
    assert replica.replica_config(Config(voices_dir=str(tmp_path / "voices")), 7).loopback
