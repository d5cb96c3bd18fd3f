from __future__ import annotations

from fractions import Fraction

import pytest

from oncue.model.api import Script
from oncue.model.indextts2.text.reader import TextReader
from oncue.model.indextts2.text.reading import make_script
from tests.model.indextts2.family import Letters

RATE = Fraction(50)


def read(text: str) -> Script:
    return make_script(TextReader(Letters()), text, "auto", RATE)


def test_every_token_is_a_unit_and_its_span_lies_in_the_text() -> None:
    script = read("Hello there, you.")
    assert len(script.units) == len(script.tokens[0])
    assert all(0 <= unit.char_start < unit.char_end <= len(script.text) for unit in script.units)
    assert [word.text for word in script.words] == ["Hello", "there", "you"]
    assert {unit.word for unit in script.units if unit.kind == "phone"} == {0, 1, 2}


def test_chinese_characters_are_words_of_their_own() -> None:
    script = read("你好，很好。")
    assert script.language == "zh"
    assert [word.text for word in script.words] == ["你", "好", "很", "好"]


def test_more_text_is_longer_and_marks_are_pauses() -> None:
    assert read("Hello there, you.").natural_codes > read("Hello.").natural_codes
    assert [unit.kind for unit in read("Hi.").units] == ["phone", "phone", "pause"]
    assert read("Hi.").natural_codes / 50 == pytest.approx(0.068 * 2 + 0.4)


def test_a_text_with_nothing_to_say_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="can be spoken"):
        read("……")
