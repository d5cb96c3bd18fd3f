"""Two servers, each with a folder of its own, and the Redis they share."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import numpy as np
import pytest

from oncue.clients.client import Client, Refusal
from oncue.model.api import Voice
from oncue.server.config import Config, ConfigError
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from oncue.server.shared import redis_client
from oncue.server.voices import recording as reference
from oncue.server.voices.clip import Clip, prepare
from oncue.server.voices.copies import Copies, Kept
from oncue.server.voices.store import VoiceStore
from oncue.streaming.protocol.audio import from_s16le
from oncue.streaming.protocol.wire import AudioFrame
from tests.conftest import SCRIPTED, Running
from tests.server.shared.redis_server import RedisServer
from tests.server.voices.test_store import making
from tests.sounds import good_recording

pytestmark = pytest.mark.needs_program("redis-server")
TEXT = "A line that one server begins to speak and another one ends, sample for sample, with the same voice as before."


@pytest.fixture
def place() -> Iterator[Path]:
    """Short enough for the path of a socket."""
    with tempfile.TemporaryDirectory(prefix="oncue") as folder:
        yield Path(folder)


@pytest.fixture
async def redis(place: Path) -> AsyncIterator[RedisServer]:
    server = RedisServer(place)
    await server.start()
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """WAV files looked at here and not in a child, which tests of the child do."""

    def decode(data: bytes, *, denoise: bool = False) -> Clip:
        return prepare(from_s16le(data[data.index(b"data") + 8 :]), 24_000, denoise=denoise)

    monkeypatch.setattr(reference, "decode", decode)


@asynccontextmanager
async def serving(folder: Path, redis: RedisServer) -> AsyncIterator[Running]:
    config = Config(port=0, family=SCRIPTED, voices_dir=str(folder / "voices"), redis=redis.url, watermark=False)
    pool = engine_pool(config, process=False)
    await pool.start()
    server = Server(config, pool)
    try:
        async with listening(server) as url:
            yield Running(server, url)
    finally:
        await pool.stop()


async def add(server: Running, name: str) -> tuple[int, str]:
    asked = {"name": name, "consent": "true", "force": "true"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{server.url}/v1/voices", params=asked, data=good_recording()) as answer,
    ):
        told = await answer.json()
        return answer.status, told["voice"]["id"] if answer.status == 201 else told["error"]["code"]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


def knows(server: Running, name: str) -> bool:
    try:
        server.server.state.voice_store().find(name)
    except Exception:  # noqa: BLE001 -- unknown or revoked
        return False
    return True


async def test_a_voice_made_on_one_server_is_known_to_the_others_and_so_is_that_it_went(
    place: Path, redis: RedisServer
) -> None:
    async with serving(place / "a", redis) as one, serving(place / "b", redis) as two:
        status, key = await add(one, "小雨")
        assert status == 201
        await until(lambda: knows(two, "小雨"))
        assert two.server.state.voice_store().find("小雨").key == key
        assert (await add(two, "other"))[0] == 201
        await until(lambda: knows(one, "other"))
        async with aiohttp.ClientSession() as client:
            async with client.delete(f"{two.url}/v1/voices/小雨") as answer:
                assert answer.status == 200
            await until(lambda: not knows(one, "小雨"))
            async with client.post(f"{one.url}/v1/voices/other/revoke") as answer:
                assert answer.status == 200
        await until(lambda: not knows(two, "other"))
        assert await add(two, "other") == (410, "voice_revoked")
        async with redis_client.connect(redis.url) as raw:
            assert [key async for key in raw.scan_iter("oncue:voices:vectors:*")] == []


async def test_a_revocation_ends_the_lines_of_the_other_server_too(place: Path, redis: RedisServer) -> None:
    async with serving(place / "a", redis) as one, serving(place / "b", redis) as two:
        await add(one, "gone")
        await until(lambda: knows(two, "gone"))
        async with await Client.connect(two.url) as client:
            line = await client.speak(TEXT, voice="gone")
            heard = aiter(line)
            while not isinstance(await anext(heard), AudioFrame):
                pass
            async with aiohttp.ClientSession() as http, http.post(f"{one.url}/v1/voices/gone/revoke"):
                pass
            async with asyncio.timeout(60):
                async for _event in heard:
                    pass
            assert line.done is not None
            assert line.done.error is not None
            assert line.done.error.code == "voice_revoked"


async def test_while_redis_is_away_known_voices_are_spoken_new_ones_are_refused_and_nothing_is_lost(
    place: Path, redis: RedisServer
) -> None:
    async with serving(place / "a", redis) as one:
        assert (await add(one, "known"))[0] == 201
        redis.kill()
        assert await add(one, "new") == (503, "store_away")
        assert not knows(one, "new")
        async with await Client.connect(one.url) as client:
            assert await (await client.speak("Hi.", voice="known")).pcm()
            with pytest.raises(Refusal, match="cannot be reached"):
                await (await client.speak("Hi.", voice="elsewhere")).pcm()
        await redis.start()
        await until(lambda: one.server.state.shared_voices is not None and one.server.state.shared_voices.here)
        assert (await add(one, "new"))[0] in {201, 503}
        assert knows(one, "known")
    async with serving(place / "b", redis) as two:
        await until(lambda: knows(two, "known"))


async def test_a_redis_that_was_emptied_is_filled_again_and_takes_nothing_with_it(
    place: Path, redis: RedisServer
) -> None:
    async with serving(place / "a", redis) as one:
        await add(one, "kept")
        async with redis_client.connect(redis.url) as raw:
            await raw.flushall()
            shared = one.server.state.shared_voices
            assert shared is not None
            await shared.sync()
            assert knows(one, "kept")
            assert await raw.hlen("oncue:voices:names") == 1


async def test_what_a_command_changes_in_the_folder_reaches_the_others(place: Path, redis: RedisServer) -> None:
    mine = Voice("scripted", {"pitch": np.array([123.0])})
    async with serving(place / "a", redis) as one, serving(place / "b", redis) as two:
        folder = VoiceStore(place / "a" / "voices", "scripted", {})
        folder.add("typed", mine, making())
        await until(lambda: knows(two, "typed"))
        folder.remove("typed")
        await until(lambda: not knows(two, "typed"))
        assert not knows(one, "typed")


async def test_a_voice_that_is_removed_while_it_is_given_to_the_others_does_not_come_back(
    place: Path, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(place / "a", redis) as one:
        shared, folder = one.server.state.shared_voices, VoiceStore(place / "a" / "voices", "scripted", {})
        assert shared is not None
        give = shared._give

        async def give_and_lose(where: str, mine: Kept) -> bool:
            given = await give(where, mine)
            folder.remove("typed")
            return given

        monkeypatch.setattr(shared, "_give", give_and_lose)
        folder.add("typed", Voice("scripted", {"pitch": np.array([123.0])}), making())
        for _ in range(3):
            await shared.sync()
            assert not knows(one, "typed")
        async with redis_client.connect(redis.url) as raw:
            assert await raw.hlen("oncue:voices:names") == 0


async def test_a_poisoned_voice_is_refused_by_its_hash(
    place: Path, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(place / "a", redis) as one:
        _, key = await add(one, "fine")
    other = Voice("scripted", {"pitch": np.array([666.0])})
    VoiceStore(place / "evil", "scripted", {}).add("other", other, making())
    async with redis_client.connect(redis.url) as raw:
        await raw.set(f"oncue:voices:vectors:{key}", Copies(place / "evil").vectors(other.key))
        await raw.hset("oncue:voices:names", "f" * 32, b"not a record")
        await raw.hset("oncue:voices:revoked", "../../x", b"{}")
        await raw.incr("oncue:voices:serial")
        with caplog.at_level(logging.ERROR):
            async with serving(place / "b", redis) as two:
                shared = two.server.state.shared_voices
                assert shared is not None
                await shared.sync()
                assert not knows(two, "fine")
    assert sum("was refused" in record.message for record in caplog.records) == 3


async def test_two_servers_do_not_give_one_name_to_two_voices(place: Path, redis: RedisServer) -> None:
    for side, pitch in (("a", 1.0), ("b", 2.0)):
        mine = Voice("scripted", {"pitch": np.array([pitch])})
        VoiceStore(place / side / "voices", "scripted", {}).add("same", mine, making(clip=side * 32))
    async with serving(place / "a", redis) as one, serving(place / "b", redis) as two:
        for server, pitch in ((one, 1.0), (two, 2.0)):
            assert server.server.state.shared_voices is not None
            await server.server.state.shared_voices.sync()
            assert server.server.state.voice_store().find("same").arrays["pitch"][0] == pitch


async def _interrupted(server: Running, samples: int) -> tuple[Client, bytes]:
    """A client whose server went while it had so much of its line."""
    client = await Client.connect(server.url)
    line = await client.speak(TEXT, seed=3)
    pcm = b""
    async for event in line:
        if isinstance(event, AudioFrame):
            pcm += event.pcm
        if len(pcm) >= 2 * samples:
            break
    client._socket.transport.abort()
    await asyncio.gather(client._reader, return_exceptions=True)
    return client, pcm


async def test_a_line_is_resumed_on_another_server_sample_for_sample(place: Path, redis: RedisServer) -> None:
    async with serving(place / "a", redis) as one:
        async with await Client.connect(one.url) as client:
            wanted = await (await client.speak(TEXT, seed=3)).pcm()
        client, pcm = await _interrupted(one, 40_000)
        async with redis_client.connect(redis.url) as raw:
            async with asyncio.timeout(60):
                while not [key async for key in raw.scan_iter("oncue:session:*")]:
                    await asyncio.sleep(0.01)
    async with serving(place / "b", redis) as two:
        client._url = two.url
        await client.resume()
        (line,) = client._lines.values()
        while not line._queue.empty():  # what broke off
            left = line._queue.get_nowait()
            if isinstance(left, AudioFrame):
                pcm += left.pcm
        pcm += await line.pcm()
        assert pcm == wanted
        await client.close()


async def test_without_redis_a_session_of_another_server_is_unknown(place: Path, redis: RedisServer) -> None:
    async with serving(place / "a", redis) as one:
        client, _ = await _interrupted(one, 9_000)
    redis.kill()
    async with serving(place / "b", redis) as two:
        client._url = two.url
        with pytest.raises(Refusal, match="not kept"):
            await client.resume()


def test_a_redis_that_is_none_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match="URL"):
        redis_client.connect("nonsense")
