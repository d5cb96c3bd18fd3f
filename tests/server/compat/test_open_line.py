from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.clients.client import Client
from oncue.server.compat.open_line import MAX_CHARACTERS, OpenLine, _cut
from oncue.server.sessions.resolver import ServerResolver
from oncue.server.sessions.speaking import LINE, LineEvent, unpaced
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import TextTooLong
from tests.conftest import Running

SENTENCE = "Hello there, you, and come in. "
MOST = 200
LONG = SENTENCE * 9


def line(running: Running, text: str, *, final: bool) -> OpenLine:
    state = running.server.state
    said = messages.Speak(LINE, text, final)
    return OpenLine(state, said, unpaced(24_000, "word"), ServerResolver(state.voice_store()), MOST)


async def told(subject: OpenLine) -> list[LineEvent]:
    async with contextlib.aclosing(subject.events()) as events:
        return [event async for event in events]


def check(events: Sequence[LineEvent], text: str) -> bytes:
    """One end, sound without a gap, and every word where it stands in the text; the sound."""
    (done,) = [event for event in events if isinstance(event, messages.Done)]
    assert events[-1] is done
    frames = [event for event in events if isinstance(event, wire.AudioFrame)]
    assert all(one.end == two.start for one, two in pairwise(frames))
    assert (frames[0].start, frames[-1].end) == (0, done.samples)
    words = [mark for event in events if isinstance(event, messages.Marks) for mark in event.marks]
    assert [text[word.char_start : word.char_end] for word in words] == [word.text for word in words]
    assert [word.text for word in words] == [word.strip(",.") for word in text.split()]
    assert [word.start for word in words] == sorted(word.start for word in words)
    return b"".join(frame.pcm for frame in frames)


async def test_a_text_that_fits_is_one_line_and_sounds_like_it(running: Running) -> None:
    async with await Client.connect(running.url) as client:
        natively = await (await client.speak(SENTENCE)).pcm()
    assert check(await told(line(running, SENTENCE, final=True)), SENTENCE) == natively


async def test_a_longer_one_is_several_lines_of_whole_sentences_and_nothing_of_it_is_lost(running: Running) -> None:
    sound = check(await told(line(running, LONG, final=True)), LONG)
    first = LONG[: MOST // len(SENTENCE) * len(SENTENCE)].rstrip()
    async with await Client.connect(running.url) as client:
        for text in (first, LONG[len(first) :]):
            part = await (await client.speak(text)).pcm()
            assert sound.startswith(part)
            sound = sound[len(part) :]
    assert not sound


async def test_text_in_pieces_goes_on_in_another_line_before_one_is_full(running: Running) -> None:
    subject = line(running, "Hello ", final=False)
    for word in LONG.removeprefix("Hello ").split():
        subject.append(f"{word} ")
    subject.finish()
    assert subject.text == LONG
    check(await told(subject), LONG)


async def test_what_follows_a_full_line_and_is_no_word_is_no_line_of_its_own(running: Running) -> None:
    text = "a " * (MOST // 2) + " ”\n"
    check(await told(line(running, text, final=True)), text.replace("”", ""))


async def test_cancelling_the_first_of_several_lines_cancels_them_all(running: Running) -> None:
    subject = line(running, LONG, final=True)
    events: list[Any] = []
    async with contextlib.aclosing(subject.events()) as coming:
        async for event in coming:
            events.append(event)
            if isinstance(event, wire.AudioFrame):
                subject.cancel()
    assert (events[-1].reason, sum(isinstance(event, messages.Done) for event in events)) == ("cancelled", 1)


async def test_no_text_grows_without_end(running: Running) -> None:
    with pytest.raises(TextTooLong):
        line(running, "a" * (MAX_CHARACTERS + 1), final=True)
    subject = line(running, SENTENCE, final=False)
    subject.append(" " * MAX_CHARACTERS)
    subject.finish()
    events = await told(subject)
    assert [event.code for event in events if isinstance(event, messages.Error)] == ["text_too_long"]
    assert subject.text == SENTENCE


@given(st.text(alphabet="ab ,.。你\n", max_size=700), st.integers(0, 500))
def test_a_cut_fits_and_takes_all_there_is_where_that_fits(text: str, room: int) -> None:
    at = _cut(text, room)
    assert 0 <= at <= min(room, len(text))
    assert at == len(text) or len(text) > room


@pytest.mark.parametrize("text", ["a" * 9000, "好" * 9000])
def test_a_text_without_a_place_to_cut_is_cut_all_the_same(text: str) -> None:
    assert _cut(text, 4000) > 0
