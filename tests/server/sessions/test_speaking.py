from __future__ import annotations

import asyncio

import pytest

from oncue.clients.client import Client, Refusal
from oncue.server.sessions.speaking import LINE, LineEvent, LineStream, speaking, unpaced
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.messages import Duration, Speak
from tests.conftest import Running

TEXT = "今天天气很好，我们一起去公园散步吧。"


async def heard(line: LineStream) -> list[LineEvent]:
    async with asyncio.timeout(60):
        return [event async for event in line]


def pcm(events: list[LineEvent]) -> bytes:
    return b"".join(event.pcm for event in events if isinstance(event, wire.AudioFrame))


async def test_a_line_is_the_same_as_over_the_websocket(running: Running) -> None:
    async with speaking(running.server.state, Speak(LINE, TEXT, seed=3), unpaced(16000, "word")) as line:
        events = await heard(line)
    opened = messages.Open(audio=messages.AudioFormat(rate=16000), marks=("word",))
    async with await Client.connect(running.url, opened) as client:
        remote = [event async for event in await client.speak(TEXT, seed=3)]
    assert pcm(events) == pcm(remote)  # type: ignore[arg-type] # they are the same kinds
    assert [type(event) for event in events][-1] is messages.Done
    words = [[m for e in part if isinstance(e, messages.Marks) for m in e.marks] for part in (events, remote)]
    assert words[0] == words[1]


async def test_a_line_has_its_length_to_the_sample(running: Running) -> None:
    async with speaking(
        running.server.state, Speak(LINE, TEXT, duration=Duration(seconds=4.0)), unpaced(44100)
    ) as line:
        assert len(pcm(await heard(line))) == 2 * 4 * 44100


async def test_text_may_come_in_pieces(running: Running) -> None:
    async with speaking(running.server.state, Speak(LINE, "", final=False), unpaced(24000)) as line:
        for char in TEXT:
            line.append(char)
        line.finish()
        pieces = pcm(await heard(line))
    async with speaking(running.server.state, Speak(LINE, TEXT), unpaced(24000)) as line:
        assert pieces == pcm(await heard(line))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (Speak(LINE, TEXT, voice="nobody"), "unknown_voice"),
        (Speak(LINE, ""), "text_empty"),
        (Speak(LINE, "..."), "unpronounceable"),
        (Speak(LINE, "a" * 5000), "text_too_long"),
        (Speak(LINE, TEXT, priority=1000), "bad_message"),
    ],
)
async def test_a_line_that_cannot_be_spoken_is_refused_with_its_code(running: Running, line: Speak, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        async with speaking(running.server.state, line, unpaced(24000)) as spoken:
            await heard(spoken)
    assert caught.value.code == code
    assert not running.server.state.speaking


async def test_a_session_that_cannot_be_opened_is_refused_too(running: Running) -> None:
    with pytest.raises(Refusal, match="rate"):
        async with speaking(running.server.state, Speak(LINE, TEXT), unpaced(12345)) as spoken:
            await heard(spoken)


async def test_a_line_whose_caller_takes_nothing_is_held_and_goes_on_when_it_does(running: Running) -> None:
    async with speaking(running.server.state, Speak(LINE, TEXT * 12), unpaced(48000)) as line:
        async with asyncio.timeout(60):
            while not line.held:
                await asyncio.sleep(0.01)
        assert running.server.state.pool.lines == 1
        done = (await heard(line))[-1]
        assert isinstance(done, messages.Done)
        assert done.reason == "complete"
        assert not line.held


async def test_a_caller_that_leaves_ends_its_line(running: Running) -> None:
    async with speaking(running.server.state, Speak(LINE, TEXT * 20), unpaced(24000)) as line:
        await anext(aiter(line))
    async with asyncio.timeout(60):
        while running.server.state.pool.lines:
            await asyncio.sleep(0.01)
    assert not running.server.state.speaking


async def test_a_cancelled_line_still_says_how_it_ended(running: Running) -> None:
    async with speaking(running.server.state, Speak(LINE, TEXT * 20), unpaced(24000)) as line:
        events: list[LineEvent] = []
        async for event in line:
            if isinstance(event, wire.AudioFrame) and not any(isinstance(e, wire.AudioFrame) for e in events):
                line.cancel()
            events.append(event)
        done = events[-1]
        assert isinstance(done, messages.Done)
        assert done.reason == "cancelled"


async def test_nothing_is_begun_while_the_server_drains(running: Running) -> None:
    running.server.state.draining = True
    with pytest.raises(Refusal) as caught:
        async with speaking(running.server.state, Speak(LINE, TEXT), unpaced(24000)):
            pass
    assert (caught.value.code, caught.value.retry) == ("draining", True)
