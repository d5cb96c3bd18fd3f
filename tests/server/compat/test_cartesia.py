from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import aiohttp
import numpy as np
import pytest

from oncue.clients.client import Client
from oncue.streaming.protocol.messages import Duration
from tests.conftest import Running

TEXT = "Hello there, my friend. We go home now, and then we sleep."
RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000}
VOICE = {"mode": "id", "id": "hum"}


async def natively(running: Running, text: str = TEXT, **more: Any) -> bytes:
    async with await Client.connect(running.url) as client:
        return await (await client.speak(text, **more)).pcm()


def asked(context: str = "a", **more: Any) -> dict[str, Any]:
    return {"model_id": "sonic", "transcript": TEXT, "voice": VOICE, "output_format": RAW, "context_id": context} | more


async def said(running: Running, *sent: dict[str, Any], ends: int = 1) -> list[dict[str, Any]]:
    """Everything that is answered until so many contexts have ended."""
    async with aiohttp.ClientSession() as client, client.ws_connect(f"{running.url}/tts/websocket?api_key=x") as socket:
        for message in sent:
            await socket.send_json(message)
        heard: list[dict[str, Any]] = []
        async with asyncio.timeout(240):
            while sum(message["type"] in {"done", "error"} for message in heard) < ends:
                heard.append(json.loads((await socket.receive()).data))
    return heard


def sound(messages: list[dict[str, Any]], context: str = "a") -> bytes:
    chunks = [m for m in messages if m["type"] == "chunk" and m["context_id"] == context]
    return b"".join(base64.b64decode(chunk["data"]) for chunk in chunks)


async def test_a_transcript_is_the_sound_of_our_own_protocol(running: Running) -> None:
    heard = await said(running, asked())
    assert sound(heard) == await natively(running)
    assert heard[-1] == {"type": "done", "context_id": "a", "status_code": 200, "done": True}
    assert sum(message["type"] == "chunk" for message in heard) > 3


async def test_contexts_go_on_in_pieces_side_by_side(running: Running) -> None:
    halves = TEXT[:25], TEXT[25:]
    sent = [
        asked("a", transcript=halves[0]) | {"continue": True},
        asked("b", transcript="Go home.", generation_config={"speed": 0.8}),
        asked("a", transcript=halves[1]) | {"continue": True},
        asked("a", transcript="") | {"continue": False},
    ]
    heard = await said(running, *sent, ends=2)
    assert sound(heard, "a") == await natively(running)
    assert sound(heard, "b") == await natively(running, "Go home.", duration=Duration(ratio=1.25))


async def test_times_of_words_and_phones_rise_and_lie_in_the_sound(running: Running) -> None:
    heard = await said(running, asked(add_timestamps=True, add_phoneme_timestamps=True))
    times = [message["word_timestamps"] for message in heard if message["type"] == "timestamps"]
    words = [word for each in times for word in each["words"]]
    starts, ends = ([at for each in times for at in each[edge]] for edge in ("start", "end"))
    assert words == [word.strip(".,") for word in TEXT.split()]
    assert all(one <= two for one, two in zip(ends, starts[1:], strict=False))
    assert starts == sorted(starts)
    assert 0 <= len(sound(heard)) / 48_000 - ends[-1] < 0.5
    phones = [message["phoneme_timestamps"] for message in heard if message["type"] == "phoneme_timestamps"]
    assert all(len(each["phonemes"]) == len(each["start"]) == len(each["end"]) for each in phones)


async def test_a_cancelled_context_ends_early_and_its_name_is_free_again(running: Running) -> None:
    heard = await said(running, asked(transcript=TEXT * 8), {"context_id": "a", "cancel": True})
    assert heard[-1]["type"] == "done"
    assert len(sound(heard)) < len(await natively(running, TEXT * 8))


async def test_a_flush_is_told_when_it_was_spoken(running: Running) -> None:
    sent = [asked(transcript="Hello there my", flush=True) | {"continue": True}, asked(transcript=" friend.")]
    heard = await said(running, *sent)
    assert [message["flush_id"] for message in heard if message["type"] == "flush_done"] == [1]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (asked(voice={"mode": "id", "id": "nobody"}), "unknown_voice"),
        (asked(output_format=RAW | {"sample_rate": 12_345}), "bad_message"),
        ({"transcript": 3}, "bad_message"),
    ],
)
async def test_a_mistake_ends_its_context_only(running: Running, message: dict[str, Any], code: str) -> None:
    heard = await said(running, message, asked("b", transcript="Go home."), ends=2)
    (error,) = [each for each in heard if each["type"] == "error"]
    assert (error["error_code"], error["done"]) == (code, True)
    assert error["message"]
    assert sound(heard, "b")


async def test_the_end_of_a_text_that_had_none_is_done_at_once(running: Running) -> None:
    heard = await said(running, asked(transcript=" ") | {"continue": False})
    assert [message["type"] for message in heard] == ["done"]


async def test_bytes_come_in_each_encoding(running: Running) -> None:
    native = await natively(running)
    async with aiohttp.ClientSession() as client:

        async def get(**form: Any) -> bytes:
            answer = await client.post(f"{running.url}/tts/bytes", json=asked(output_format=RAW | form))
            assert answer.status == 200
            return await answer.read()

        assert await get() == native
        floats = np.frombuffer(await get(encoding="pcm_f32le"), "<f4")
        assert np.array_equal(np.rint(floats * 32768), np.frombuffer(native, "<i2"))
        assert len(await get(encoding="pcm_mulaw", sample_rate=8000)) == round(len(native) / 6)
        assert (await get(container="wav")).endswith(native)
        assert (await get(container="mp3", sample_rate=44_100)).startswith(b"ID3")
        louder = await client.post(f"{running.url}/tts/bytes", json=asked(generation_config={"volume": 0.5}))
        halved = np.frombuffer(await louder.read(), "<i2") / (np.frombuffer(native, "<i2") + 1e-9)
        assert abs(np.median(halved) - 0.5) < 0.01


async def test_events_carry_the_sound(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.post(f"{running.url}/tts/sse", json=asked(add_timestamps=True))
        text = (await answer.read()).decode()
    events = [json.loads(part.partition("data: ")[2]) for part in text.split("\n\n") if part]
    assert sound(events) == await natively(running)
    assert {event["type"] for event in events} == {"chunk", "timestamps", "done"}


async def test_errors_over_http_have_the_shape_that_the_sdk_reads(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.post(f"{running.url}/tts/bytes", json=asked(voice={"mode": "id", "id": "nobody"}))
        assert answer.status == 404
        error = await answer.json()
    assert (error["error_code"], error["status_code"]) == ("unknown_voice", 404)
    assert error["message"]


async def test_voices_are_listed_in_pages_that_end(running: Running) -> None:
    async with aiohttp.ClientSession(running.url) as client:

        async def page(query: str) -> dict[str, Any]:
            return dict(await (await client.get(f"/voices{query}")).json())

        whole = await page("")
        names = [voice["id"] for voice in whole["data"]]
        assert names[0] == "hum"
        assert whole["has_more"] is False
        first = await page("?limit=1")
        assert ([voice["id"] for voice in first["data"]], first["has_more"]) == (names[:1], len(names) > 1)
        assert [voice["id"] for voice in (await page("?starting_after=hum"))["data"]] == names[1:]
        for end in (names[-1], "nobody"):
            assert (await page(f"?starting_after={end}"))["data"] == []
        assert (await (await client.get("/voices/hum")).json())["is_owner"] is False
        missing = await client.get("/voices/nobody")
        assert (missing.status, (await missing.json())["error_code"]) == (404, "unknown_voice")
