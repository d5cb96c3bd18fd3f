from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect

from oncue.clients.client import stream_url
from oncue.streaming.protocol import messages, wire
from tests.conftest import Running

SCENE: dict[str, Any] = {
    "characters": {"ada": {}, "bo": {}},
    "pre_roll": 0.8,
    "cues": {"knock": None},
    "choices": {"answer": {"options": ["stay", "go"], "default": "stay"}},
    "beats": [
        {
            "id": "one",
            "lines": [
                {"id": "a", "who": "ada", "text": "Who is there now?", "at": 0},
                {"id": "b", "who": "bo", "text": "It is me.", "cut_in": {"line": "a", "word": 3}},
                {"id": "s", "who": "ada", "text": "Stay.", "when": {"answer": "stay"}},
                {"id": "g", "who": "ada", "text": "Go.", "when": {"answer": "go"}, "gap": 0.2},
                {"id": "k", "who": "bo", "text": "Hm?", "cue": "knock"},
            ],
        }
    ],
}


async def opened(running: Running, **how: Any) -> ClientConnection:
    client = await connect(stream_url(running.url), compression=None)
    await client.send(wire.encode(messages.Open(**how)))
    assert isinstance(wire.decode_server(str(await client.recv())), messages.Ready)
    return client


async def test_a_scene_plays_over_the_socket_with_a_late_choice_and_a_cue(running: Running) -> None:
    client = await opened(running)
    await client.send(wire.encode(messages.Scene("play", SCENE)))
    await client.send(wire.encode(messages.Choose("play", "answer", "go")))
    await client.send(wire.encode(messages.Cue("play", "knock")))
    places: dict[str, messages.ScenePlace] = {}
    sound: dict[int, list[bytes]] = {}
    numbers: dict[str, int] = {}
    ended: messages.SceneDone | None = None
    async with asyncio.timeout(60):
        while ended is None:
            data = await client.recv()
            event = wire.unpack_audio(data) if isinstance(data, bytes) else wire.decode_server(data)
            match event:
                case messages.ScenePlan():
                    for place in event.lines:
                        before = places.get(place.line)
                        if before is not None and before.status == "begun":
                            assert place.start == before.start  # what has begun is never moved
                        places[place.line] = place
                case messages.Started():
                    numbers[event.id] = event.number
                case wire.AudioFrame():
                    sound.setdefault(event.number, []).append(event.pcm)
                case messages.SceneDone():
                    ended = event
                case messages.Error():
                    raise AssertionError(event)
    await client.close()
    assert (ended.reason, ended.lost) == ("complete", ())
    assert {name: place.status for name, place in places.items()} == dict.fromkeys("abgk", "begun") | {"s": "skipped"}
    assert places["a"].cut == places["b"].start
    assert places["g"].start == pytest.approx((places["b"].end or 0) + 0.2, abs=0.006)
    for name in "abgk":
        pcm = np.frombuffer(b"".join(sound[numbers[f"play/{name}"]]), "<i2")
        assert places[name].onset is not None
        assert np.abs(pcm).max() > 1000


async def test_what_cannot_be_played_is_an_error_and_the_session_goes_on(running: Running) -> None:
    client = await opened(running)
    wrong = [
        (messages.Scene("x", {"beats": []}), "docs/scenes.md"),
        (messages.Choose("none", "a", "b"), "no scene of this id"),
        (messages.Scene("play", SCENE), ""),
        (messages.Scene("play", SCENE), "used before"),
        (messages.Choose("play", "answer", "fly"), "no choice"),
        (messages.Cancel("play"), ""),
    ]
    told: list[str] = []
    for message, _ in wrong:
        await client.send(wire.encode(message))
    async with asyncio.timeout(30):
        while True:
            data = await client.recv()
            event = None if isinstance(data, bytes) else wire.decode_server(data)
            if isinstance(event, messages.Error):
                told.append(event.message)
            if isinstance(event, messages.SceneDone):
                assert event.reason == "cancelled"
                break
    assert all(part in message for part, message in zip([part for _, part in wrong if part], told, strict=True))
    await client.close()


async def test_a_session_without_word_marks_plays_no_scene(running: Running) -> None:
    client = await opened(running, marks=())
    await client.send(wire.encode(messages.Scene("play", SCENE)))
    answer = wire.decode_server(str(await client.recv()))
    assert isinstance(answer, messages.Error)
    assert "word marks" in answer.message
    await client.close()
