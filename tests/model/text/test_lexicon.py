from __future__ import annotations

from pathlib import Path

import pytest

from oncue.model.text import lexicon
from oncue.model.text.lexicon import Lexicon


@pytest.fixture
def few(tmp_path: Path) -> Lexicon:
    entries = {"a": "1", "ab": "2", "abc": "", "b": "3", "好": "hao3", "好人": ""}
    path = tmp_path / "few.txt"
    path.write_bytes(b"".join(sorted(f"{key}\t{value}\n".encode() for key, value in entries.items())))
    return Lexicon(path)


def test_every_key_is_found_and_nothing_else(few: Lexicon) -> None:
    assert [few.get(key) for key in ("a", "ab", "abc", "b", "好", "好人")] == ["1", "2", "", "3", "hao3", ""]
    assert [few.get(key) for key in ("", "aa", "abcd", "0", "z", "人", "\U0010ffff")] == [None] * 7


def test_what_cannot_be_in_a_line_is_not_found(few: Lexicon) -> None:
    assert [few.get(key) for key in ("a\t1", "1\nab", "\t", "\n", "\ud800")] == [None] * 5


def test_all_keys_of_a_beginning_come_together(few: Lexicon) -> None:
    assert few.beginning("ab") == {"ab": "2", "abc": ""}
    assert few.beginning("好") == {"好": "hao3", "好人": ""}
    assert few.beginning("c") == {}
    assert few.beginning("\U0010ffff") == {}


def test_the_shipped_lists_are_there() -> None:
    assert lexicon.english().get("hello") == "HH AH0 L OW1"
    assert lexicon.english().get("tomato(2)") == "T AH0 M AA1 T OW2"
    assert lexicon.characters().get("好") == "hao3"
    assert lexicon.phrases_from("银")["银行"] == "yin2 hang2"
