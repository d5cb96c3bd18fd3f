from __future__ import annotations

import base64
import json
from typing import Any

import aiohttp
import pytest

from oncue.clients.client import Client
from tests.conftest import Running

INPUTS = [
    {"text": "Who is there?", "voice_id": "hum"}, {"text": "Only me, my friend.", "voice_id": "alloy"},
    {"text": "Come in.", "voice_id": "hum"},
]  # fmt: skip


async def post(running: Running, rest: str, body: object) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as client:
        answer = await client.post(f"{running.url}/v1/text-to-dialogue{rest}", json=body)
        return answer.status, await answer.read()


async def natively(running: Running) -> list[bytes]:
    async with await Client.connect(running.url) as client:
        return [await (await client.speak(said["text"], voice="hum")).pcm() for said in INPUTS]


async def test_a_dialogue_is_the_sound_of_its_lines_one_after_another(running: Running) -> None:
    for path in ("", "/stream"):
        status, data = await post(running, f"{path}?output_format=pcm_24000", {"inputs": INPUTS, "model_id": "x"})
        assert (status, data) == (200, b"".join(await natively(running)))


def check(times: dict[str, Any], segments: list[dict[str, Any]], lengths: list[float]) -> None:
    assert "".join(times["characters"]) == "".join(said["text"] for said in INPUTS)
    starts, ends = times["character_start_times_seconds"], times["character_end_times_seconds"]
    assert starts == sorted(starts)
    assert ends[-1] == pytest.approx(sum(lengths))
    assert [segment["voice_id"] for segment in segments] == [said["voice_id"] for said in INPUTS]
    at = 0.0
    for number, (segment, length) in enumerate(zip(segments, lengths, strict=True)):
        assert segment["dialogue_input_index"] == number
        assert (segment["start_time_seconds"], segment["end_time_seconds"]) == pytest.approx((at, at + length))
        at += length
        letters = times["characters"][segment["character_start_index"] : segment["character_end_index"]]
        assert "".join(letters) == INPUTS[number]["text"]


async def test_times_say_which_characters_are_whose_and_when(running: Running) -> None:
    _, data = await post(running, "/with-timestamps?output_format=pcm_24000", {"inputs": INPUTS})
    answer, sound = json.loads(data), await natively(running)
    assert base64.b64decode(answer["audio_base64"]) == b"".join(sound)
    check(answer["alignment"], answer["voice_segments"], [len(each) / 48_000 for each in sound])


async def test_a_stream_with_times_comes_in_lines_that_join(running: Running) -> None:
    _, data = await post(running, "/stream/with-timestamps?output_format=pcm_24000", {"inputs": INPUTS})
    lines, sound = [json.loads(line) for line in data.splitlines()], await natively(running)
    assert len(lines) > len(INPUTS)
    assert b"".join(base64.b64decode(line["audio_base64"]) for line in lines) == b"".join(sound)
    spoken = [line for line in lines if line["alignment"]]
    assert "".join("".join(line["alignment"]["characters"]) for line in spoken) == "".join(
        each["text"] for each in INPUTS
    )
    assert [line["voice_segments"][0]["character_start_index"] for line in spoken] == [0] * len(spoken)
    assert spoken[-1]["voice_segments"][-1]["end_time_seconds"] == pytest.approx(sum(map(len, sound)) / 48_000)


async def test_a_dialogue_that_cannot_be_spoken_is_refused_before_its_first_sound(running: Running) -> None:
    for body, status, code in (
        ({"inputs": []}, 400, "bad_message"), ({}, 400, "bad_message"),
        ({"inputs": [*INPUTS, {"text": "Hi.", "voice_id": "nobody"}]}, 404, "voice_not_found"),
        ({"inputs": [{"text": "...", "voice_id": "hum"}]}, 422, "unpronounceable"),
    ):  # fmt: skip
        found, data = await post(running, "", body)
        assert (found, json.loads(data)["detail"]["status"]) == (status, code)


async def test_a_turn_in_which_nothing_can_be_spoken_is_silent(running: Running) -> None:
    nothing = [{"text": text, "voice_id": "hum"} for text in ("", "...")]
    for inputs in ([*INPUTS, *nothing], [*nothing, *INPUTS]):
        status, data = await post(running, "/stream?output_format=pcm_24000", {"inputs": inputs})
        assert (status, data) == (200, b"".join(await natively(running)))
    status, _ = await post(running, "", {"inputs": nothing})
    assert status == 422
