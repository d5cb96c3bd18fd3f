from __future__ import annotations

import pytest

from oncue.model.text.frontend import read
from oncue.model.training.data.spelling import Unit, Unspeakable, english, mandarin, pinyin


def units(text: str) -> list[Unit]:
    return [(phone.symbol, phone.tone, int(phone.word_start)) for phone in read(text).phones]


def test_every_unit_of_an_english_line_has_its_signs_and_words_are_apart() -> None:
    line = units("The garden is quiet.")
    tokens = english(line)
    assert len(tokens) == len(line)
    assert "".join(tokens).count(" ") == 3
    assert tokens[-1] == "."
    assert "ˈ" in "".join(tokens[2:8])


def test_a_word_that_carries_no_stress_in_a_sentence_has_none() -> None:
    assert not any("ˈ" in sign for sign in english(units("of the"))[:-1])


def test_a_syllable_is_spelled_as_pinyin_writes_it() -> None:
    for parts, wanted in {
        ("j", "v"): "ju", ("l", "v"): "lü", ("", "v"): "yu", ("", "iou"): "you", ("d", "uen"): "dun", ("zh", "iii"): "zhi",
        ("", "ing"): "ying", ("", "ian"): "yan", ("", "uang"): "wang", ("", "ueng"): "weng", ("", "ai"): "ai",
    }.items():  # fmt: skip
        assert pinyin(*parts) == wanted


def test_what_the_teacher_cannot_say_is_said() -> None:
    with pytest.raises(Unspeakable):
        english([("a", 1, 1)])
    with pytest.raises(Unspeakable):
        mandarin([("ea", 1, 1), (".", 0, 0)], frozenset())
