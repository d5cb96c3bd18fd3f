from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from oncue.clients.client import Client
from oncue.server.compat.wyoming import event, wyoming_port
from tests.conftest import Running

TEXT = "Hello there, my friend. We go home now, and then we sleep."


@dataclass
class Talk:
    """A client that reads events as the protocol has them."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, kind: str, **data: Any) -> None:
        self.writer.write(event(kind, data))

    async def hear(self) -> tuple[str, dict[str, Any], bytes]:
        async with asyncio.timeout(240):
            header = json.loads(await self.reader.readline())
            data = json.loads(await self.reader.readexactly(header.get("data_length", 0)) or b"{}")
            return header["type"], data, await self.reader.readexactly(header.get("payload_length", 0))

    async def until(self, kind: str) -> list[tuple[str, dict[str, Any], bytes]]:
        heard = [await self.hear()]
        while heard[-1][0] != kind:
            heard.append(await self.hear())
        return heard


@pytest.fixture
async def talk(running: Running) -> AsyncIterator[Talk]:
    async with wyoming_port(running.server.state, "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield Talk(reader, writer)
        writer.close()


async def natively(running: Running, text: str = TEXT) -> bytes:
    async with await Client.connect(running.url) as client:
        return await (await client.speak(text)).pcm()


def pcm(heard: list[tuple[str, dict[str, Any], bytes]]) -> bytes:
    return b"".join(payload for _, _, payload in heard)


async def test_it_says_which_voices_there_are_and_that_it_streams(talk: Talk) -> None:
    talk.say("describe")
    kind, data, _ = await talk.hear()
    assert kind == "info"
    assert data["tts"][0]["supports_synthesize_streaming"] is True
    assert data["tts"][0]["voices"][0]["name"] == "hum"


async def test_a_text_is_one_sound_between_start_and_stop(running: Running, talk: Talk) -> None:
    talk.say("synthesize", text=TEXT, voice={"name": "hum"})
    heard = await talk.until("audio-stop")
    assert heard[0][0] == "audio-start"
    assert heard[-1][1]["timestamp"] == len(pcm(heard)) // 2 * 1000 // 24_000
    assert {(data["rate"], data["width"], data["channels"]) for kind, data, _ in heard[:-1]} == {(24000, 2, 1)}
    assert pcm(heard) == await natively(running)


async def test_text_in_pieces_sounds_once_and_the_copy_of_it_is_passed_over(running: Running, talk: Talk) -> None:
    talk.say("synthesize-start", voice={"name": "hum"})
    for word in TEXT.split(" "):
        talk.say("synthesize-chunk", text=word + ("" if word == "sleep." else " "))
    talk.say("synthesize", text=TEXT)
    talk.say("synthesize-stop")
    heard = await talk.until("synthesize-stopped")
    assert [kind for kind, _, _ in heard].count("audio-start") == 1
    assert pcm(heard) == await natively(running)
    talk.say("synthesize", text="Go home.")
    assert pcm(await talk.until("audio-stop")) == await natively(running, "Go home.")


async def test_what_cannot_be_spoken_is_an_error_and_the_connection_goes_on(talk: Talk) -> None:
    talk.say("synthesize", text="...")
    assert [kind for kind, _, _ in await talk.until("audio-stop")] == ["error", "audio-start", "audio-stop"]
    talk.say("synthesize", text=TEXT, voice={"name": "nobody"})
    assert (await talk.until("audio-stop"))[0][1]["code"] == "unknown_voice"
    talk.say("ping", text="x")
    assert (await talk.hear())[0] == "pong"


@pytest.mark.parametrize("data", [b"hello\n", b"{}\n", b'{"type":"x","data_length":99999999}\n', b"a" * 70_000 + b"\n"])
async def test_what_is_no_event_ends_the_connection(talk: Talk, data: bytes) -> None:
    talk.writer.write(data)
    assert await asyncio.wait_for(talk.reader.read(), 240) == b""


async def test_a_client_that_leaves_takes_its_line_with_it(running: Running, talk: Talk) -> None:
    talk.say("synthesize", text=TEXT * 20)
    await talk.hear()
    talk.writer.close()
    async with asyncio.timeout(240):
        while running.server.state.pool.lines:
            await asyncio.sleep(0.01)
