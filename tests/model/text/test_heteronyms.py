"""English words that are written alike and said apart."""

from __future__ import annotations

import pytest

from oncue.model.text.english import as_phones, phrase_phones
from oncue.model.text.heteronyms import pronounce


def said(sentence: str, word: str) -> str:
    words = tuple(sentence.split())
    phones = phrase_phones(words)[[other.lower() for other in words].index(word)]
    return " ".join(symbol if not tone else f"{symbol}{tone - 6}" for symbol, tone in phones)


@pytest.mark.parametrize(
    ("word", "one", "other"),
    [
        ("read", "I will read it", "she has read it"),
        ("live", "we live in town", "a live stream"),
        ("lead", "they lead the team", "a lead pipe"),
        ("record", "a new record", "to record it"),
        ("close", "close the door", "a close friend"),
        ("use", "the use of force", "you use it"),
        ("tear", "a single tear", "tear it apart"),
        ("wind", "the wind blows", "wind it up"),
        ("wound", "a deep wound", "it wound around"),
        ("separate", "two separate rooms", "to separate them"),
        ("present", "the present moment", "they present the prize"),
        ("minute", "wait a minute", "minute details"),
        ("bow", "a bow and arrow", "bow down now"),
        ("content", "the content is new", "to content them"),
    ],
)
def test_neighbours_decide(word: str, one: str, other: str) -> None:
    assert said(one, word) != said(other, word)


@pytest.mark.parametrize(
    ("sentence", "word", "phones"),
    [
        ("I read it yesterday", "read", "R EH1 D"),
        ("you should read more", "read", "R IY1 D"),
        ("we are live now", "live", "L AY1 V"),
        ("I want to live", "live", "L IH1 V"),
        ("they protest every day", "protest", "P R AH0 T EH1 S T"),
        ("that was too close", "close", "K L OW1 S"),
    ],
)
def test_common_sentences(sentence: str, word: str, phones: str) -> None:
    assert said(sentence, word) == phones


def test_a_word_with_one_reading_is_left_to_the_dictionary() -> None:
    assert pronounce(("a", "table"), 1, lambda _: ("T EY1",)) is None
    assert pronounce(("record",), 0, lambda _: ()) is None
    assert as_phones("R EH1 D")
