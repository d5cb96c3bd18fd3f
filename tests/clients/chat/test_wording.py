from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.clients.chat.wording import Wording, blocked_words, without_spans


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("look https://example.com/x?y=1 now", "look link now"),
        ("hahahaha", "hahahaha"),
        ("noooooooo", "nooo"),
        ("two\nlines\x01", "two lines"),
        ("!!! ???", ""),
        ("  ", ""),
        ("\u200bhello\u202e", "hello"),
        ("你好，世界", "你好，世界"),
    ],
)
def test_what_is_typed_becomes_what_can_be_read(said: str, read: str) -> None:
    assert Wording(link="link").text_of("u", said) == read


def test_a_long_message_is_cut_at_a_word() -> None:
    assert Wording(longest=12).text_of("u", "one two three four") == "one two"
    assert Wording(longest=5).text_of("u", "一二三四五六七") == "一二三四五"


def test_names_are_read_with_the_message_and_braces_in_either_are_only_braces() -> None:
    wording = Wording(pattern="{user} says: {text}")
    assert wording.text_of("big_{text}", "a {user} {0}") == "big {text} says: a {user} {0}"


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [("a DARN thing", True), ("ｄａｒｎ", True), ("darning socks", False), ("这是坏词吗", True), ("hello", False)],
)
def test_unwanted_words_are_whole_words_or_characters(text: str, *, unwanted: bool) -> None:
    wording = Wording(blocked=blocked_words(["darn  # mild", "", "# remark", "坏词"]))
    assert (wording.text_of("u", text) == "") is unwanted


def test_an_unwanted_name_is_not_read_either() -> None:
    assert not Wording(blocked=blocked_words(["darn"])).text_of("darn", "hello")


def test_emotes_are_taken_out_by_their_place() -> None:
    assert without_spans("Kappa hi Kappa", [(0, 4), (9, 13)]) == " hi "
    assert without_spans("hi", [(1, 10**9)]) == "h"


@given(st.text(max_size=300))
def test_what_is_read_is_short_and_holds_no_control_character(text: str) -> None:
    read = Wording(longest=50).text_of("u", text)
    assert len(read) <= 50
    assert not any(ord(char) < 32 for char in read)
