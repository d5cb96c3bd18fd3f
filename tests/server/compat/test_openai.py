from __future__ import annotations

import base64
import io
import json
from typing import Any

import aiohttp
import av
import pytest

from oncue.clients.client import Client
from oncue.server.compat.aliases import STOCK
from oncue.streaming.protocol.messages import Duration
from tests.conftest import Running

TEXT = "今天天气很好，我们一起去公园散步吧。"


async def post(running: Running, **body: Any) -> tuple[int, bytes, Any]:
    async with aiohttp.ClientSession() as client, client.post(f"{running.url}/v1/audio/speech", json=body) as answer:
        return answer.status, await answer.read(), answer.headers


async def natively(running: Running, **more: Any) -> bytes:
    async with await Client.connect(running.url) as client:
        return await (await client.speak(TEXT, **more)).pcm()


async def test_the_sound_is_the_one_our_own_protocol_gives(running: Running) -> None:
    status, data, headers = await post(running, model="tts-1", input=TEXT, voice="hum", response_format="pcm")
    assert (status, headers["Content-Type"]) == (200, "audio/pcm")
    assert headers["X-Request-Id"]
    assert data == await natively(running)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("mp3", "audio/mpeg"), ("opus", "audio/ogg"), ("aac", "audio/aac"), ("flac", "audio/flac"), ("wav", "audio/wav")],
)
async def test_every_format_is_what_it_says_and_as_long_as_the_line(running: Running, name: str, kind: str) -> None:
    status, data, headers = await post(running, model="x", input=TEXT, voice="hum", response_format=name)
    assert (status, headers["Content-Type"]) == (200, kind)
    with av.open(io.BytesIO(data), "r") as container:
        rate = container.streams.audio[0].rate
        seconds = sum(int(frame.samples) for frame in container.decode(audio=0)) / rate
    assert 0 <= seconds - len(await natively(running)) / 48_000 < 0.1


async def test_events_carry_the_same_sound_and_end_with_what_it_took(running: Running) -> None:
    body = {"model": "gpt-4o-mini-tts", "input": TEXT, "voice": "hum", "response_format": "pcm", "stream_format": "sse"}
    status, data, headers = await post(running, **body)
    assert (status, headers["Content-Type"]) == (200, "text/event-stream")
    events = [json.loads(line.removeprefix("data: ")) for line in data.decode().split("\n\n") if line]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert len(events) > 3
    assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == await natively(running)
    assert events[-1]["type"] == "speech.audio.done"
    usage = events[-1]["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@pytest.mark.parametrize("voice", [*STOCK, {"id": "alloy"}, None])
async def test_voices_that_programs_know_from_elsewhere_are_voices_here(running: Running, voice: object) -> None:
    assert (await post(running, model="tts-1", input="Hi there.", voice=voice, response_format="pcm"))[0] == 200


async def test_speed_is_a_ratio_of_the_natural_length(running: Running) -> None:
    data = (await post(running, model="", input=TEXT, voice="hum", response_format="pcm", speed=0.8))[1]
    assert data == await natively(running, duration=Duration(ratio=1.25))


async def test_instructions_are_a_feeling_in_words(running: Running) -> None:
    body = {"model": "", "input": TEXT, "voice": "hum", "response_format": "pcm"}
    assert (await post(running, **body, instructions="Speak in a sad and tired tone."))[0] == 200


async def test_text_longer_than_a_line_is_spoken_as_two(running: Running) -> None:
    status, data, _ = await post(running, model="", input="Go on. " * 580, voice="hum", response_format="pcm")
    assert status == 200
    assert len(data) > 48_000 * 60


@pytest.mark.parametrize(
    ("body", "status", "kind", "code"),
    [
        ({"input": TEXT, "voice": "nobody"}, 404, "invalid_request_error", "unknown_voice"),
        ({"input": "", "voice": "hum"}, 400, "invalid_request_error", "text_empty"),
        ({"input": "a" * 65_537, "voice": "hum"}, 400, "invalid_request_error", "bad_message"),
        ({"input": TEXT, "voice": "hum", "speed": 9}, 400, "invalid_request_error", "bad_message"),
        ({"input": TEXT, "voice": "hum", "response_format": "ogg"}, 400, "invalid_request_error", "bad_message"),
        ({"voice": "hum"}, 400, "invalid_request_error", "bad_message"),
    ],
)
async def test_a_mistake_is_told_as_the_sdk_reads_it(
    running: Running, body: dict[str, Any], status: int, kind: str, code: str
) -> None:
    found, data, _ = await post(running, model="tts-1", **body)
    error = json.loads(data)["error"]
    assert (found, error["type"], error["code"]) == (status, kind, code)
    assert error["message"]
    assert TEXT not in error["message"]


async def test_models_and_voices_are_listed_before_anybody_speaks(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        models = await (await client.get(f"{running.url}/v1/models")).json()
        named = (await (await client.get(f"{running.url}/v1/audio/models")).json())["models"]
        assert "tts-1" in {model["id"] for model in named}
        voices = await (await client.get(f"{running.url}/v1/audio/voices")).json()
        one = await client.get(f"{running.url}/v1/models/tts-1")
        none = await client.get(f"{running.url}/v1/models/gpt-9")
        assert (one.status, none.status) == (200, 404)
    assert "tts-1" in {model["id"] for model in models["data"]}
    assert {"hum", "alloy"} <= {voice["id"] for voice in voices["voices"]}
