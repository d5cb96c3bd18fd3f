from __future__ import annotations

import asyncio

import pytest

from oncue.clients.client import Client
from oncue.server.emotion.service import EmotionService
from oncue.server.engines.handle import Sink
from oncue.server.sessions.emotion_gate import MOST_WAITING, EmotionGate, must_follow
from oncue.server.sessions.session_driver import Incoming
from oncue.streaming.engine import events
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.messages import Append, Cancel, Close, Emotion, Finish, Open, Played, Speak, Update
from tests.conftest import Running
from tests.emotions import weights
from tests.server.backends import Gated, settle


def line(identity: str, words: str | None = None) -> Speak:
    return Speak(identity, "Hi.", emotion=None if words is None else Emotion(text=words))


class Stage:
    """An emotion gate whose back-end answers when told to, and the messages that came out of it."""

    def __init__(self) -> None:
        self.backend = Gated()
        self.messages: list[Incoming] = []
        self.readers: list[str] = []
        self.gate = EmotionGate(EmotionService(self.backend, timeout_s=60.0), self.messages.append, self.readers.append)

    @property
    def heard(self) -> list[str]:
        return [_told(message) for message in self.messages]

    async def enter(self, *said: messages.ClientMessage) -> None:
        for message in said:
            await self.gate.enter(message)
        await settle()

    async def open(self, words: str) -> None:
        self.backend.open(words)
        await settle()


def _told(message: Incoming) -> str:
    return f"{type(message).__name__.lower()} {getattr(message, 'id', '')}".strip()


async def test_a_line_waits_until_its_feeling_is_read_and_then_has_it_in_numbers() -> None:
    stage = Stage()
    await stage.enter(line("a", "grumbling"))
    assert stage.messages == []
    await stage.open("grumbling")
    (message,) = stage.messages
    assert message == Speak("a", "Hi.", emotion=Emotion(vector=weights(angry=0.5)))


async def test_what_was_read_before_does_not_wait() -> None:
    stage = Stage()
    await stage.enter(line("a", "grumbling"))
    await stage.open("grumbling")
    await stage.gate.enter(line("b", "grumbling"))
    assert stage.heard == ["speak a", "speak b"]
    assert stage.messages[1] == Speak("b", "Hi.", emotion=Emotion(vector=weights(angry=0.5)))
    assert stage.readers == ["endpoint", "endpoint"]


async def test_a_message_without_words_and_a_frame_that_is_no_message_are_given_on_at_once_as_they_are() -> None:
    stage = Stage()
    frames: list[str | bytes] = [
        wire.encode(Open()),
        '{"type":"speak",  "id":"a","text":"x"}',
        '{"type":"sing"}',
        "{",
        b"\xa1\x00",
    ]
    incoming = [wire.read_client(frame) for frame in frames]
    for message in incoming:
        await stage.gate.enter(message)
    assert all(given is message for given, message in zip(stage.messages, incoming, strict=True))


async def test_lines_keep_their_order_and_their_own_messages_stay_behind_them() -> None:
    stage = Stage()
    await stage.enter(line("a", "grumbling"), Append("a", "more"), line("b"), Finish("a"), Cancel("b"))
    assert stage.heard == []
    await stage.open("grumbling")
    assert stage.heard == ["speak a", "append a", "speak b", "finish a", "cancel b"]


async def test_a_line_that_plays_is_not_kept_from_its_text_its_clock_or_its_end() -> None:
    stage = Stage()
    await stage.enter(
        line("a"),
        Update("a", emotion=Emotion(text="grumbling")),
        line("b", "sobbing"),
        Append("a", "more"),
        Played("a", 3),
        Cancel("a"),
        Update("a", duration=messages.Duration(free=True)),
    )
    assert stage.heard == ["speak a", "append a", "played a", "cancel a"]
    await stage.open("grumbling")
    assert stage.heard[4:] == ["update a", "update a"]
    await stage.open("sobbing")
    assert stage.heard[6:] == ["speak b"]


async def test_close_comes_after_everything() -> None:
    stage = Stage()
    await stage.enter(line("a", "grumbling"), Close())
    assert stage.heard == []
    await stage.open("grumbling")
    assert stage.heard == ["speak a", "close"]


async def test_feelings_of_lines_in_a_row_are_read_side_by_side() -> None:
    stage = Stage()
    await stage.enter(line("a", "grumbling"), line("b", "sobbing"))
    assert stage.backend.asked == ["grumbling", "sobbing"]
    await stage.open("sobbing")
    assert stage.heard == []
    await stage.open("grumbling")
    assert stage.heard == ["speak a", "speak b"]


async def test_who_still_waits_when_the_client_is_gone_goes_in_in_words() -> None:
    stage = Stage()
    await stage.enter(line("a", "grumbling"), line("b"))
    stage.gate.flush()
    assert stage.heard == ["speak a", "speak b"]
    assert "grumbling" in str(stage.messages[0])
    await stage.open("grumbling")
    assert len(stage.messages) == 2


async def test_a_client_that_says_too_much_meanwhile_is_not_read() -> None:
    stage = Stage()
    await stage.enter(line("a", "grumbling"), *(line(str(index)) for index in range(MOST_WAITING - 2)))
    full = asyncio.ensure_future(stage.gate.enter(line("last")))
    await settle()
    assert not full.done()
    await stage.open("grumbling")
    await full
    assert len(stage.messages) == MOST_WAITING


@pytest.mark.parametrize(
    ("message", "before", "follows"),
    [
        (line("a"), line("b"), True),
        (line("a"), Update("b"), False),
        (Update("a"), Update("a"), True),
        (Update("a"), Update("b"), False),
        (Cancel("a"), Update("a"), False),
        (Cancel("a"), line("a"), True),
        (Close(), Update("a"), True),
    ],
)
def test_who_may_overtake_whom(message: messages.ClientMessage, before: messages.ClientMessage, follows: bool) -> None:
    assert must_follow(message, before) is follows


async def test_a_line_through_a_server_is_spoken_with_what_the_back_end_told(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, backend = running.server.state.pool, Gated()
    pool.emotions = EmotionService(backend, timeout_s=60.0)
    submitted: list[events.Command] = []
    submit = pool.submit

    def record(command: events.Command, sink: Sink) -> None:
        submitted.append(command)
        submit(command, sink)

    monkeypatch.setattr(pool, "submit", record)
    async with await Client.connect(running.url) as client:
        first = asyncio.ensure_future(client.speak("Hi.", emotion=Emotion(text="grumbling", intensity=0.5)))
        async with asyncio.timeout(20):
            while not backend.asked:
                await asyncio.sleep(0.005)
        assert not submitted
        backend.open("grumbling")
        assert len(await (await first).pcm()) > 0
    spoken = next(command for command in submitted if isinstance(command, events.Speak))
    assert spoken.emotion.vector == weights(angry=0.5)
    assert spoken.emotion.intensity == 0.5
