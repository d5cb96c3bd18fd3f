from __future__ import annotations

import asyncio
import base64
import io
import json
from typing import Any

import aiohttp
import av
import pytest

from oncue.clients.client import Client
from oncue.streaming.protocol.messages import Duration
from tests.conftest import Running

TEXT = "今天天气很好，我们一起去公园散步吧。"
ENGLISH = "Hello there, my friend. We go home now, and then we sleep."
PCM = "output_format=pcm_24000"


async def natively(running: Running, text: str = TEXT, **more: Any) -> bytes:
    async with await Client.connect(running.url) as client:
        return await (await client.speak(text, **more)).pcm()


def address(running: Running, rest: str, voice: str = "hum") -> str:
    return f"{running.url}/v1/text-to-speech/{voice}{rest}"


async def said(running: Running, path: str, *sent: dict[str, Any]) -> tuple[list[dict[str, Any]], int | None]:
    """Everything a WebSocket answers until it closes, and the close code."""
    async with aiohttp.ClientSession() as client, client.ws_connect(address(running, path)) as socket:
        for message in sent:
            await socket.send_json(message)
        async with asyncio.timeout(240):
            heard = [json.loads(frame.data) async for frame in socket]
        return heard, socket.close_code


def sound(messages: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(message.get("audio") or "") for message in messages)


async def test_http_gives_the_sound_of_our_own_protocol(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        for path in ("", "/stream"):
            answer = await client.post(address(running, f"{path}?{PCM}"), json={"text": TEXT, "model_id": "x"})
            assert (answer.status, answer.headers["Content-Type"]) == (200, "audio/pcm")
            assert await answer.read() == await natively(running)


@pytest.mark.parametrize(
    ("name", "rate", "codec"),
    [
        ("mp3_44100_128", 44_100, "mp3"), ("mp3_22050_32", 22_050, "mp3"), ("opus_48000_32", 48_000, "opus"),
        ("wav_16000", 16_000, "pcm_s16le"),
    ],
)  # fmt: skip
async def test_an_output_format_is_what_it_says(running: Running, name: str, rate: int, codec: str) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.post(address(running, f"?output_format={name}"), json={"text": TEXT})
        with av.open(io.BytesIO(await answer.read()), "r") as container:
            assert container.streams.audio[0].rate == rate
            assert codec in container.streams.audio[0].codec_context.name


async def test_a_rate_that_sessions_lack_is_made_all_the_same(running: Running) -> None:
    seconds = len(await natively(running)) / 48_000
    async with aiohttp.ClientSession() as client:
        for name, width in (("pcm_32000", 2), ("ulaw_8000", 1)):
            data = await (await client.post(address(running, f"?output_format={name}"), json={"text": TEXT})).read()
            assert len(data) == width * round(seconds * int(name.partition("_")[2]))


async def test_times_of_characters_cover_the_text_and_end_with_the_sound(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await (await client.post(address(running, f"/with-timestamps?{PCM}"), json={"text": ENGLISH})).json()
    data, times = base64.b64decode(answer["audio_base64"]), answer["alignment"]
    starts, ends = times["character_start_times_seconds"], times["character_end_times_seconds"]
    assert "".join(times["characters"]) == ENGLISH
    assert starts == sorted(starts)
    assert starts[1:] == ends[:-1]
    assert ends[-1] == len(data) / 48_000
    assert data == await natively(running, ENGLISH)


async def test_a_stream_with_times_comes_in_lines_that_join(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.post(address(running, f"/stream/with-timestamps?{PCM}"), json={"text": ENGLISH})
        lines = [json.loads(line) for line in (await answer.read()).splitlines()]
    assert len(lines) > 3
    data = b"".join(base64.b64decode(line["audio_base64"]) for line in lines)
    assert data == await natively(running, ENGLISH)
    times = [line["alignment"] for line in lines if line["alignment"]]
    assert "".join(char for each in times for char in each["characters"]) == ENGLISH
    assert times[-1]["character_end_times_seconds"][-1] == len(data) / 48_000


async def test_text_in_pieces_over_one_context_is_spoken_and_the_server_closes(running: Running) -> None:
    words = [{"text": f"{word} ", "try_trigger_generation": True} for word in ENGLISH.split()]
    first = {"text": " ", "voice_settings": None, "generation_config": {"chunk_length_schedule": [50]}}
    heard, code = await said(running, f"/stream-input?{PCM}&model_id=x", first, *words, {"text": ""})
    assert code == 1000
    assert heard[-1]["isFinal"] is True
    assert heard[-1]["audio"] is None
    assert "message" not in heard[-1]
    assert sound(heard) == await natively(running, ENGLISH)


async def test_alignment_over_a_socket_is_of_its_own_chunk_and_fills_it(running: Running) -> None:
    heard, _ = await said(running, f"/stream-input?{PCM}", {"text": ENGLISH}, {"text": ""})
    chunks = [message for message in heard if message["audio"]]
    assert len(chunks) > 3
    assert "".join(char for chunk in chunks for char in chunk["alignment"]["chars"]) == ENGLISH
    for chunk in chunks:
        times, length = chunk["alignment"], len(base64.b64decode(chunk["audio"])) / 48
        assert times == chunk["normalizedAlignment"]
        assert times["charStartTimesMs"] == sorted(times["charStartTimesMs"])
        assert times["charStartTimesMs"][-1] + times["charDurationsMs"][-1] == round(length)


async def test_the_first_sound_leaves_before_the_text_is_complete(running: Running) -> None:
    async with aiohttp.ClientSession() as client, client.ws_connect(address(running, f"/stream-input?{PCM}")) as socket:
        await socket.send_json({"text": "Hello there, my friend. "})
        await socket.send_json({"text": "We", "flush": True})
        async with asyncio.timeout(240):
            assert json.loads((await socket.receive()).data)["audio"]
        await socket.send_json({"text": ""})


async def test_contexts_are_spoken_side_by_side_and_each_is_ended_by_its_name(running: Running) -> None:
    sent: list[dict[str, Any]] = [
        {"text": " ", "context_id": "a", "voice_settings": {"speed": 0.8}},
        {"text": TEXT, "context_id": "a"},
        {"text": ENGLISH, "contextId": "b", "flush": True},
        {"text": ""},
        {"text": "", "context_id": "a"},
        {"context_id": "a", "close_context": True},
        {"context_id": "b", "close_context": True},
        {"close_socket": True},
    ]
    heard, code = await said(running, f"/multi-stream-input?{PCM}", *sent)
    assert code == 1000
    parts = {name: [message for message in heard if message["contextId"] == name] for name in ("a", "b")}
    assert all(part[-1]["isFinal"] and part[-1]["context_id"] == name for name, part in parts.items())
    assert sound(parts["a"]) == await natively(running, duration=Duration(ratio=1.25))
    assert sound(parts["b"]) == await natively(running, ENGLISH)


async def test_closing_the_socket_speaks_what_was_written(running: Running) -> None:
    sent: list[dict[str, Any]] = [{"text": TEXT, "context_id": "a"}, {"close_socket": True}]
    heard, _ = await said(running, f"/multi-stream-input?{PCM}", *sent)
    assert sound(heard) == await natively(running)


async def test_a_client_that_says_nothing_is_sent_away_in_the_end(running: Running) -> None:
    heard, code = await said(running, "/stream-input?inactivity_timeout=0.05")
    assert (heard[0]["error"], code) == ("input_timeout_exceeded", 1008)


@pytest.mark.parametrize("message", [{"text": 3}, {"voice_settings": {"speed": 99}}])
async def test_what_is_no_message_of_the_protocol_ends_the_connection(
    running: Running, message: dict[str, Any]
) -> None:
    heard, code = await said(running, "/stream-input", message)
    assert (heard[0]["error"], code) == ("invalid_message", 1008)


async def test_text_that_cannot_be_spoken_is_told_last_and_the_end_is_none(running: Running) -> None:
    heard, code = await said(running, "/stream-input", {"text": "..."}, {"text": ""})
    assert [message["error"] for message in heard] == ["unpronounceable"]
    assert heard[-1]["message"]
    assert code == 1008


async def test_of_several_contexts_only_the_one_that_cannot_be_spoken_ends(running: Running) -> None:
    heard, code = await said(
        running, "/multi-stream-input", {"context_id": "bad", "text": "..."}, {"context_id": "bad", "close_context": True},
        {"context_id": "gone", "close_context": True}, {"context_id": "a", "text": TEXT}, {"close_socket": True},
    )  # fmt: skip
    ends = {message["contextId"] for message in heard if message.get("isFinal")}
    assert [message["contextId"] for message in heard if "error" in message] == ["bad"]
    assert ends == {"bad", "gone", "a"}
    assert code == 1000


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [("?output_format=mp3_1_1", 400, "bad_message"), ("?output_format=opus_24000_32", 400, "bad_message")],
)
async def test_a_mistake_is_told_as_the_sdk_reads_it(running: Running, path: str, status: int, name: str) -> None:
    async with aiohttp.ClientSession() as client:
        answer = await client.post(address(running, path), json={"text": TEXT})
        assert answer.status == status
        assert (await answer.json())["detail"]["status"] == name
        missing = await client.post(address(running, "", "nobody"), json={"text": TEXT})
        assert missing.status == 404
        assert (await missing.json())["detail"]["status"] == "voice_not_found"
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await client.ws_connect(address(running, "/stream-input", "nobody"))
        assert caught.value.status == 404


async def test_voices_are_listed_with_the_fields_that_the_sdk_needs(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        for path in ("/v1/voices", "/v2/voices"):
            voices = (await (await client.get(running.url + path)).json())["voices"]
            assert (voices[0]["voice_id"], voices[0]["category"]) == ("hum", "premade")


async def test_a_voice_and_the_models_are_found_where_the_sdk_looks(running: Running) -> None:
    async with aiohttp.ClientSession(headers={"xi-api-key": "x"}) as client:
        voice = await (await client.get(f"{running.url}/v1/voices/hum")).json()
        models = await (await client.get(f"{running.url}/v1/models")).json()
    assert (voice["voice_id"], voice["category"]) == ("hum", "premade")
    assert models[0]["can_do_text_to_speech"]
