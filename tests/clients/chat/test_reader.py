from __future__ import annotations

import asyncio
import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from oncue.clients.chat.irc import Removed
from oncue.clients.chat.lines import Command
from oncue.clients.chat.queue import ChatMessage, Limits, SpeechQueue, Verdict
from oncue.clients.chat.reader import Casting, ChatReader, Person, Source
from oncue.clients.chat.stdin import messages_of
from oncue.clients.chat.wording import Wording
from oncue.clients.client import ClientError, Refusal
from oncue.clients.live.player import LineEnded, Player, connector
from oncue.streaming.protocol import messages
from tests.conftest import Running

OPEN = Limits(waiting=1000, waiting_each=1000, oldest_s=0, repeat_s=0)
Said = ChatMessage | Command | Removed


class Voice:
    """A speaker that takes no time, or waits to be let go."""

    def __init__(self, *, holds: bool = False, failures: Iterable[Exception] = ()) -> None:
        self.spoken: list[tuple[str, str | None]] = []
        self.failures = list(failures)
        self.stops = 0
        self._holds, self._go = holds, asyncio.Event()

    async def play(self, text: str, **options: Any) -> LineEnded:
        if self.failures:
            raise self.failures.pop(0)
        self.spoken.append((text, options["voice"]))
        if self._holds:
            self._go.clear()
            await self._go.wait()
        await asyncio.sleep(0)
        return LineEnded("1", "complete", 1.0)

    async def stop(self, fade_ms: int = 40) -> bool:
        self.stops += 1
        self._go.set()
        return True


async def source_of(*events: Said) -> Source:
    for event in events:
        yield event


async def read(voice: Voice, events: Iterable[Said], queue: SpeechQueue | None = None, **options: Any) -> None:
    async def no_sleep(_: float) -> None:
        await asyncio.sleep(0)

    reader = ChatReader(voice, queue or SpeechQueue(OPEN), clock=lambda: 0.0, sleep=no_sleep, **options)
    async with asyncio.timeout(200):
        await reader.run([source_of(*events)])


async def test_everything_is_read_and_then_it_ends() -> None:
    voice = Voice()
    await read(voice, [ChatMessage("a", "one"), ChatMessage("b", "two")])
    assert voice.spoken == [("one", None), ("two", None)]


async def test_a_burst_of_two_hundred_is_read_by_importance_and_everything_is_accounted_for() -> None:
    ledger: Counter[Verdict] = Counter()
    queue = SpeechQueue(Limits(waiting=50, waiting_each=3, oldest_s=0), lambda _, verdict: ledger.update([verdict]))
    burst = [
        ChatMessage(f"user{n % 40}", f"message {n}", 20 if n % 20 == 0 else 0, kind="paid" if n % 20 == 0 else "chat")
        for n in range(200)
    ]
    voice = Voice()
    await read(voice, burst, queue)
    paid = [text for text, _ in voice.spoken if int(text.split()[1]) % 20 == 0]
    assert len(paid) == 10
    assert [text for text, _ in voice.spoken[:10]] == paid
    assert len(voice.spoken) == 50 == ledger[Verdict.READ]
    assert sum(ledger.values()) - ledger[Verdict.WAITS] == 200
    each = Counter(int(text.split()[1]) % 40 for text, _ in voice.spoken if text not in paid)
    assert max(each.values()) <= 3


async def test_a_burst_reaches_a_running_server_in_order(running: Running) -> None:
    clock = [0.0]

    async def sleep(seconds: float) -> None:
        clock[0] += seconds
        await asyncio.sleep(0)

    played: list[str] = []
    player = Player(
        connector(running.url), clock=lambda: clock[0], sleep=sleep, observer=lambda told: played.append(told.id)
    )
    queue = SpeechQueue(Limits(waiting=12, waiting_each=2, oldest_s=0))
    reader = ChatReader(player, queue, clock=lambda: clock[0], sleep=sleep)
    burst = "".join(json.dumps({"user": f"u{n % 20}", "text": f"Line {n}."}) + "\n" for n in range(200))
    async with asyncio.timeout(200):
        await reader.run([messages_of(io.BytesIO(burst.encode()))])
    assert len(played) >= 2 * 12
    assert queue.size == 0
    await player.close()


async def test_a_person_has_a_voice_a_feeling_and_a_rank_of_their_own() -> None:
    casting = Casting(("x", "y"), {"ann": Person(voice="mei", priority=9), "bob": Person(mute=True)})
    voice = Voice()
    await read(voice, [ChatMessage("Zed", "z"), ChatMessage("ANN", "a"), ChatMessage("Bob", "b")], casting=casting)
    assert voice.spoken[0] == ("a", "mei")
    assert voice.spoken[1][0] == "z"
    assert len(voice.spoken) == 2


def test_the_same_person_keeps_the_same_voice_and_voices_are_shared_out() -> None:
    casting = Casting(("x", "y", "z"))
    voices = [casting.voice_of(ChatMessage(f"user{n}", "")) for n in range(60)]
    assert set(voices) == {"x", "y", "z"}
    assert voices == [Casting(("x", "y", "z")).voice_of(ChatMessage(f"USER{n}", "")) for n in range(60)]


async def test_a_message_that_was_taken_back_is_not_read_even_while_it_plays() -> None:
    voice = Voice(holds=True)

    async def events() -> Source:
        yield ChatMessage("a", "first", id="1")
        yield ChatMessage("b", "second", id="2")
        while not voice.spoken:
            await asyncio.sleep(0)
        yield Removed(id="2")
        yield Removed(id="1")
        yield ChatMessage("c", "third")
        while len(voice.spoken) < 2:
            await asyncio.sleep(0)
        yield Command("skip")

    async with asyncio.timeout(200):
        await ChatReader(voice, SpeechQueue(OPEN)).run([events()])
    assert [text for text, _ in voice.spoken] == ["first", "third"]
    assert voice.stops == 2


async def test_paused_nothing_is_read_until_it_goes_on() -> None:
    voice = Voice()

    async def events() -> Source:
        yield Command("pause")
        yield ChatMessage("a", "one")
        for _ in range(10):
            await asyncio.sleep(0)
        assert not voice.spoken
        yield Command("resume")

    async with asyncio.timeout(200):
        await ChatReader(voice, SpeechQueue(OPEN)).run([events()])
    assert [text for text, _ in voice.spoken] == ["one"]


async def test_quit_ends_it_though_sources_go_on() -> None:
    async def endless() -> AsyncIterator[Said]:
        yield Command("quit")
        await asyncio.Event().wait()

    async with asyncio.timeout(200):
        await ChatReader(Voice(), SpeechQueue(OPEN)).run([endless()])


async def test_a_lost_connection_loses_no_message_and_a_refused_one_is_let_go() -> None:
    refused = Refusal(messages.Error("1", "unpronounceable", "no", retry=False, detail={}, terminal=True))
    busy = Refusal(messages.Error("1", "busy", "later", retry=True, detail={}, terminal=True))
    voice = Voice(failures=[ClientError("gone"), busy, refused])
    await read(voice, [ChatMessage("a", "one"), ChatMessage("b", "two")])
    assert [text for text, _ in voice.spoken] == ["two"]


async def test_what_a_source_raises_ends_the_reader() -> None:
    async def broken() -> Source:
        yield ChatMessage("a", "one")
        raise ClientError("the source is broken")

    with pytest.raises(ClientError, match="broken"):
        await ChatReader(Voice(), SpeechQueue(OPEN)).run([broken()])


async def test_messages_are_worded_before_they_are_judged() -> None:
    voice = Voice()
    wording = Wording(pattern="{user}: {text}", blocked=frozenset({"darn"}))
    await read(voice, [ChatMessage("a", "darn"), ChatMessage("b", "fine")], wording=wording)
    assert voice.spoken == [("b: fine", None)]


async def test_lines_that_are_no_messages_are_passed_over() -> None:
    lines = io.BytesIO(b'{"text": 1}\n\nhello\n{bad\n\xff\n')
    assert [said async for said in messages_of(lines)] == [
        ChatMessage("stdin", "hello"),
        ChatMessage("stdin", "\ufffd"),
    ]
