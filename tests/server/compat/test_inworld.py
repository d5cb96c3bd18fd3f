from __future__ import annotations

import base64
import json
from typing import Any

import aiohttp
import pytest

from oncue.clients.client import Client
from tests.conftest import Running

TEXT = "Hello there, my friend. We go home now."


async def post(running: Running, path: str, **body: Any) -> tuple[int, bytes]:
    asked = {
        "text": TEXT,
        "voiceId": "hum",
        "modelId": "m",
        "audioConfig": {"audioEncoding": "PCM", "sampleRateHertz": 24000},
    }
    async with aiohttp.ClientSession() as client:
        answer = await client.post(f"{running.url}{path}", json=asked | body)
        return answer.status, await answer.read()


async def natively(running: Running) -> bytes:
    async with await Client.connect(running.url) as client:
        return await (await client.speak(TEXT)).pcm()


async def test_words_are_aligned_in_seconds(running: Running) -> None:
    status, data = await post(running, "/tts/v1/voice", timestampType="WORD")
    said = json.loads(data)
    assert status == 200
    assert base64.b64decode(said["audioContent"]) == await natively(running)
    times = said["timestampInfo"]["wordAlignment"]
    assert times["words"] == [word.strip(".,") for word in TEXT.split()]
    assert times["wordStartTimeSeconds"] == sorted(times["wordStartTimeSeconds"])
    assert all(a < b for a, b in zip(times["wordStartTimeSeconds"], times["wordEndTimeSeconds"], strict=True))
    assert said["usage"]["processedCharactersCount"] == len(TEXT)


async def test_a_stream_comes_in_lines_with_the_times_of_its_characters(running: Running) -> None:
    _, data = await post(running, "/tts/v1/voice:stream", timestampType="CHARACTER")
    lines = [json.loads(line)["result"] for line in data.splitlines()]
    assert len(lines) > 3
    assert b"".join(base64.b64decode(line["audioContent"]) for line in lines) == await natively(running)
    parts = [line["timestampInfo"]["characterAlignment"] for line in lines]
    assert "".join(char for part in parts for char in part["characters"]) == TEXT
    assert parts[-1]["characterEndTimeSeconds"][-1] == len(await natively(running)) / 48_000


@pytest.mark.parametrize(
    ("body", "status", "code"), [({"voiceId": "nobody"}, 404, 5), ({"text": ""}, 400, 3), ({"text": 1}, 400, 3)]
)
async def test_a_mistake_is_a_status_of_grpc(running: Running, body: dict[str, Any], status: int, code: int) -> None:
    found, data = await post(running, "/tts/v1/voice", **body)
    assert (found, json.loads(data)["code"]) == (status, code)
