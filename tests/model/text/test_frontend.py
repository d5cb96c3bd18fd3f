"""Whole readings: spans, words, pauses, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.frontend import describe, read
from tests.model.text.laws import check, read_by_law, text_of


def pauses(text: str) -> str:
    return "".join(phone.symbol for phone in read(text).phones if phone.word is None)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.text(alphabet="你好一不儿子打(dǎ)hello WORLD'DE5 12.5%$，。？！…—-\n😀éПкあ“”", max_size=40),
    st.sampled_from(["auto", "zh", "en"]),
)
def test_every_text_is_read_by_the_laws_or_refused_with_a_sentence(text: str, language: str) -> None:
    try:
        reading = read(text, language)
    except ValueError as error:
        sentence = str(error)
    else:
        check(reading)
        sentence = "It was read."
    assert sentence.endswith(".")


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(max_size=40))
def test_any_unicode_is_read_by_the_laws_or_refused(text: str) -> None:
    try:
        reading = read(text)
    except ValueError:
        return
    check(reading)


def test_texts_of_whatever_has_rules_are_read_by_the_laws_or_refused() -> None:
    read_at_all = [read_by_law(text_of(number), ("auto", "zh", "en")[number % 3]) for number in range(150)]
    assert any(read_at_all)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好", "."),
        ("你好，", "."),
        ("你好，世界。", ",."),
        ("什么？！", "?"),
        ("什么！？真的！", "?!"),
        ("……嗯……", "."),
        ("好：一、二；三", ",,,."),
        ("“你好”说（他）。", "."),
        ("one - two -- three", ",,."),
        ("well-known state", "."),
        ("Hi. There", ".."),
        ("第一行\n第二行", ".."),
        ("NPC给我gold了", "."),
    ],
)
def test_marks_make_pauses_and_the_line_ends_once(text: str, expected: str) -> None:
    assert pauses(text) == expected


def test_chinese_words_are_characters_and_english_ones_words() -> None:
    assert [word.text for word in read("今天NPC说hello了").words] == ["今", "天", "NPC", "说", "hello", "了"]


def test_an_expression_is_one_word_with_the_span_of_its_digits() -> None:
    reading = read("我有327个")
    assert [word.text for word in reading.words] == ["我", "有", "327", "个"]
    starts = [phone for phone in reading.phones if phone.word == 2 and phone.word_start]
    assert len(starts) == 5


def test_the_majority_names_the_language() -> None:
    assert read("你好世界hello").language == "zh"
    assert read("hello big world 你").language == "en"


def test_a_description_shows_the_dictionary_reading_and_the_spoken_phones() -> None:
    assert describe("你行") == [
        {"char": "你", "char_start": 0, "char_end": 1, "pinyin": "ni3", "phones": ["n", "i3"]},
        {"char": "行", "char_start": 1, "char_end": 2, "pinyin": "xing2", "phones": ["x", "ing2"]},
        {"char": "", "char_start": 2, "char_end": 2, "pinyin": None, "phones": ["."]},
    ]
    first, *_ = describe("你好")
    assert (first["pinyin"], first["phones"]) == ("ni3", ["n", "i2"])
    assert describe("hello!")[0]["phones"] == ["HH", "AH0", "L", "OW1"]
    assert json.loads(json.dumps(describe("打(dǎ)印 ok 3.5kg"))) == describe("打(dǎ)印 ok 3.5kg")


def test_overrides_are_spoken_as_written() -> None:
    assert [entry["pinyin"] for entry in describe("银行(yin2xing2)做DE5")][:4] == ["yin2", "xing2", "zuo4", "de5"]
    tomato = describe("tomato(T AH0 M AA1 T OW2)")[0]
    assert (tomato["char"], tomato["phones"]) == ("tomato", ["T", "AH0", "M", "AA1", "T", "OW2"])


@pytest.mark.parametrize("text", ["", " ", "。。！", "😀", "Привет", "ひらがな", "()", "-"])
def test_text_in_which_nothing_can_be_spoken_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Nothing in the text can be spoken"):
        read(text)


def test_other_scripts_are_passed_over() -> None:
    assert [word.text for word in read("Привет 你好").words] == ["你", "好"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="auto, zh, en"):
        read("你好", "fr")
