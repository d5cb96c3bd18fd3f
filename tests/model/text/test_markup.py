"""Pronunciations written into the text."""

from __future__ import annotations

import pytest

from oncue.model.text.glyphs import Glyph, fold
from oncue.model.text.markup import apply_overrides


def overridden(text: str, language: str = "auto") -> list[Glyph]:
    return [glyph for glyph in apply_overrides(fold(text), language) if glyph.pinyin or glyph.said]


def plain(text: str, language: str = "auto") -> str:
    return "".join(glyph.char for glyph in apply_overrides(fold(text), language))


@pytest.mark.parametrize(
    "text", ["打(dǎ)印(yìn)机", "打（da3）印（yin4）机", "打印(dǎ yìn)机", "打印(dǎyìn)机", "打印(DA3YIN4)机"]
)
def test_pinyin_in_brackets_is_put_on_the_characters_before_it(text: str) -> None:
    assert plain(text) == "打印机"
    assert [(glyph.char, glyph.pinyin) for glyph in overridden(text)] == [("打", "da3"), ("印", "yin4")]
    assert all(text[glyph.start : glyph.end] == glyph.char for glyph in overridden(text))


def test_capital_pinyin_stands_for_a_character() -> None:
    text = "这次做DE5很好XING2"
    assert [(text[glyph.start : glyph.end], glyph.pinyin) for glyph in overridden(text)] == [
        ("DE5", "de5"),
        ("XING2", "xing2"),
    ]


@pytest.mark.parametrize("text", ["PS5很好", "我用HP3打印", "我的A4纸", "XING25号"])
def test_other_codes_in_capitals_are_text(text: str) -> None:
    assert plain(text) == text


def test_capital_pinyin_is_text_in_english() -> None:
    assert plain("MI5 agents") == "MI5 agents"
    assert plain("MI5", "zh") != "MI5"


def test_arpabet_in_brackets_replaces_the_sound_of_the_word() -> None:
    text = "a tomato(T AH0 M AA1 T OW2) please"
    (word,) = overridden(text)
    assert text[word.start : word.end] == "tomato"
    assert word.said == (("T", 0), ("AH", 6), ("M", 0), ("AA", 7), ("T", 0), ("OW", 8))


@pytest.mark.parametrize(
    "text", ["苹果(Apple)发布", "你好(笑)", "三星(S24)", "这里(见下文)", "hello (world)", "cats(and dogs)", "Sony(A7)"]
)
def test_other_brackets_are_text(text: str) -> None:
    assert plain(text) == text
    assert not overridden(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("打(da9)", 2),
        ("我打(xyz1)", 3),
        ("打(dǎyìn)", 2),
        ("打(dǎqwř)", 2),
        ("tomato(T AH0 XX)", 7),
        ("tomato(T9 AH0)", 7),
    ],
)
def test_an_unreadable_override_is_refused_with_its_place_and_without_its_text(text: str, place: int) -> None:
    with pytest.raises(ValueError, match=f"at character {place} ") as caught:
        apply_overrides(fold(text), "auto")
    assert "xyz" not in str(caught.value)
    assert "XX" not in str(caught.value)
