from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from oncue.clients.client import Client
from oncue.server.audio.encoders import FORMATS, live
from oncue.streaming.protocol.messages import AudioFormat, Duration, Emotion, Open
from tests.conftest import Running

TEXT = "Hello there, my friend. We go home now, and then we sleep."
Events = list[dict[str, Any]]


class Talker:
    """A client of the protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, kind: str, **fields: Any) -> None:
        await self._socket.send_json({"type": kind} | fields)

    async def write(self, text: str, role: str = "user", **more: Any) -> None:
        item = {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}
        await self.send("conversation.item.create", item=item | more)

    async def until(self, *kinds: str, count: int = 1) -> Events:
        """Everything up to so many events of these kinds."""
        heard: Events = []
        async with asyncio.timeout(240):
            while sum(event["type"] in kinds for event in heard) < count:
                heard.append(await self._socket.receive_json())
        return heard

    async def speak(self, text: str, **response: Any) -> Events:
        await self.write(text)
        await self.send("response.create", response=response)
        return await self.until("response.done", "error")


@asynccontextmanager
async def talking(running: Running) -> AsyncIterator[Talker]:
    """A connection whose session was told."""
    async with aiohttp.ClientSession() as client, client.ws_connect(f"{running.url}/v1/realtime?model=any") as socket:
        talker = Talker(socket)
        (created,) = await talker.until("session.created")
        assert created["session"]["audio"]["output"]["voice"] == "hum"
        yield talker


async def natively(running: Running, text: str = TEXT, opened: Open | None = None, **more: Any) -> bytes:
    async with await Client.connect(running.url, opened) as client:
        return await (await client.speak(text, **more)).pcm()


def sound(events: Events, response: str | None = None) -> bytes:
    deltas = [event for event in events if event["type"] == "response.output_audio.delta"]
    return b"".join(base64.b64decode(each["delta"]) for each in deltas if response in {None, each["response_id"]})


def written(events: Events) -> str:
    return "".join(event["delta"] for event in events if event["type"] == "response.output_audio_transcript.delta")


async def test_a_response_is_the_sound_of_our_own_protocol_with_its_words_in_the_order_clients_expect(
    running: Running,
) -> None:
    async with talking(running) as talker:
        heard = await talker.speak(TEXT)
    assert sound(heard) == await natively(running)
    assert written(heard) == TEXT
    kinds = [event["type"] for event in heard]
    assert list(dict.fromkeys(kinds)) == [
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert len({event["event_id"] for event in heard}) == len(heard)
    response = heard[-1]["response"]
    assert response["status"] == "completed"
    assert response["output"][0]["content"] == [{"type": "output_audio", "transcript": TEXT}]
    assert response["usage"]["input_tokens"] == len(TEXT)


async def test_what_was_spoken_is_not_spoken_again_and_a_history_never(running: Running) -> None:
    async with talking(running) as talker:
        await talker.write("We slept.")
        await talker.write("And then?", role="assistant")
        first = await talker.speak("Hello there.")
        second = await talker.speak("Go home.")
    assert [written(first), written(second)] == ["Hello there.", "Go home."]
    assert sound(second) == await natively(running, "Go home.")


async def test_a_session_chooses_voice_speed_and_format_and_a_response_may_differ(running: Running) -> None:
    async with talking(running) as talker:
        await talker.send("session.update", session={"type": "realtime", "audio": {"output": {"speed": 0.8}}})
        (updated,) = await talker.until("session.updated", "error")
        assert updated["session"]["audio"]["output"]["speed"] == 0.8
        slow = await talker.speak("Go home.")
        law = await talker.speak("Go home.", audio={"output": {"format": {"type": "audio/pcmu"}}})
        happy = await talker.speak("Go home.", instructions="happy", audio={"output": {"voice": {"id": "hum"}}})
    stretched = Duration(ratio=1.25)
    assert sound(slow) == await natively(running, "Go home.", duration=stretched)
    encoder = live(FORMATS["ulaw"], 8_000, None)
    narrow = await natively(running, "Go home.", Open(audio=AudioFormat(rate=8_000)), duration=stretched)
    assert sound(law) == encoder.push(narrow) + encoder.finish()
    assert sound(happy) == await natively(running, "Go home.", duration=stretched, emotion=Emotion(text="happy"))


async def test_a_cancelled_response_ends_early_and_says_so(running: Running) -> None:
    async with talking(running) as talker:
        await talker.write(TEXT * 8)
        await talker.send("response.create")
        heard = await talker.until("response.output_audio.delta")
        await talker.send("response.cancel")
        heard += await talker.until("response.done")
        after = await talker.speak("Go home.")
    response = heard[-1]["response"]
    assert (response["status"], response["status_details"]["reason"]) == ("cancelled", "client_cancelled")
    (item,) = response["output"]
    assert item["status"] == "incomplete"
    assert TEXT.startswith(item["content"][0]["transcript"][: len(TEXT)])
    assert len(item["content"][0]["transcript"]) < len(TEXT) * 8
    assert len(sound(heard)) < len(await natively(running, TEXT * 8))
    assert sound(after) == await natively(running, "Go home.")


async def test_a_message_is_cut_to_what_was_heard(running: Running) -> None:
    async with talking(running) as talker:
        heard = await talker.speak(TEXT)
        name = heard[-1]["response"]["output"][0]["id"]
        length_ms = len(sound(heard)) // 48
        for end_ms in (length_ms + 1, length_ms // 2):
            await talker.send("conversation.item.truncate", item_id=name, content_index=0, audio_end_ms=end_ms)
        refused, truncated = await talker.until("error", "conversation.item.truncated", count=2)
        assert (refused["type"], truncated["audio_end_ms"]) == ("error", length_ms // 2)
        await talker.send("conversation.item.retrieve", item_id=name)
        (retrieved,) = await talker.until("conversation.item.retrieved")
    transcript = retrieved["item"]["content"][0]["transcript"]
    assert TEXT.startswith(transcript)
    assert 0 < len(transcript) < len(TEXT)


async def test_cutting_what_is_being_spoken_ends_it(running: Running) -> None:
    async with talking(running) as talker:
        await talker.write(TEXT * 8)
        await talker.send("response.create")
        (*_, delta) = await talker.until("response.output_audio.delta")
        await talker.send(
            "conversation.item.truncate", item_id=delta["item_id"], content_index=0, audio_end_ms=10
        )  # fmt: skip
        heard = await talker.until("response.done")
    assert heard[-1]["response"]["status"] == "cancelled"
    assert len(heard[-1]["response"]["output"][0]["content"][0]["transcript"]) <= len("Hello")


async def test_responses_outside_the_conversation_are_spoken_side_by_side(running: Running) -> None:
    async with talking(running) as talker:
        for text in (TEXT, "Go home."):
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
            response = {"conversation": "none", "input": [item], "metadata": {"text": text}}
            await talker.send("response.create", response=response)
        heard = await talker.until("response.done", "error", count=2)
        empty = await talker.speak(" ")
    assert "conversation.item.added" not in {event["type"] for event in heard}
    for event in heard:
        if event["type"] == "response.done":
            response = event["response"]
            assert sound(heard, response["id"]) == await natively(running, response["metadata"]["text"])
            assert response["conversation_id"] is None
    assert empty[-1]["error"]["code"] == "text_empty"


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"type": "response.create"}, "text_empty"),
    ({"type": "response.cancel"}, "response_cancel_not_active"),
    ({"type": "response.cancel", "response_id": "resp_x"}, "response_cancel_not_active"),
    ({"type": "session.update", "session": {"type": "transcription"}}, "bad_message"),
    ({"type": "session.update", "session": {"audio": {"output": {"voice": "nobody"}}}}, "unknown_voice"),
    (
        {"type": "session.update", "session": {"audio": {"output": {"format": {"type": "audio/pcm", "rate": 5}}}}},
        "bad_message",
    ),
    ({"type": "session.update", "session": {"output_modalities": ["text"]}}, "bad_message"),
    ({"type": "session.update", "session": {"audio": {"output": {"speed": 9}}}}, "bad_message"),
    ({"type": "conversation.item.create"}, "bad_message"),
    ({"type": "conversation.item.create", "item": {"type": "function_call_output"}}, "bad_message"),
    ({"type": "conversation.item.delete", "item_id": "item_x"}, "unknown_id"),
    ({"type": "conversation.item.truncate", "item_id": "item_x", "content_index": 0}, "unknown_id"),
    ({"type": "input_audio_buffer.append", "audio": "AAAA"}, "bad_message"),
    ({"type": "output_audio_buffer.clear"}, "bad_message"),
    ({"type": "nothing.known"}, "bad_message"),
    ({"type": 3}, "bad_message"),
]


async def test_a_mistake_is_told_under_the_name_of_its_event_and_changes_nothing(running: Running) -> None:
    async with talking(running) as talker:
        for number, (message, code) in enumerate(MISTAKES):
            await talker._socket.send_json({"event_id": f"mine{number}"} | message)
            (told,) = await talker.until("error")
            assert (told["error"]["code"], told["error"]["event_id"]) == (code, f"mine{number}"), message
            assert told["error"]["message"]
        for rubbish in ("{", "[]", "null", "[" * 60_000):
            await talker._socket.send_str(rubbish)
            assert (await talker.until("error"))[0]["error"]["code"] == "bad_message"
        await talker.send("input_audio_buffer.append", audio="AAAA")  # that nobody listens is told once
        heard = await talker.speak("Go home.")
    assert sound(heard) == await natively(running, "Go home.")


async def test_a_response_that_cannot_be_spoken_fails_and_the_session_goes_on(running: Running) -> None:
    async with talking(running) as talker:
        failed = await talker.speak("……")
        assert failed[-1]["response"]["status"] == "failed"
        assert failed[-1]["response"]["status_details"]["error"]["code"] == "unpronounceable"
        assert (await talker.speak("Go home."))[-1]["response"]["status"] == "completed"


@pytest.mark.parametrize(
    ("query", "headers"),
    [("?intent=transcription", {}), ("?call_id=rtc_1", {}), ("", {"OpenAI-Beta": "realtime=v1"})],
)
async def test_what_is_not_spoken_here_is_refused_before_the_connection(
    running: Running, query: str, headers: dict[str, str]
) -> None:
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(f"{running.url}/v1/realtime{query}", headers=headers)
    assert refused.value.status == 400


async def test_a_client_that_leaves_takes_its_responses_along(running: Running) -> None:
    async with talking(running) as talker:
        await talker.write(TEXT * 8)
        await talker.send("response.create")
        await talker.until("response.output_audio.delta")
    async with asyncio.timeout(60):
        while running.server.state.pool.lines or running.server.state.sockets:
            await asyncio.sleep(0.01)
