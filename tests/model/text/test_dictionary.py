"""A user's pronunciations."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text import dictionary
from oncue.model.text.frontend import describe, read


def said(text: str, entries: str) -> list[object]:
    return [unit["pinyin"] or unit["phones"] for unit in describe(text, "auto", dictionary.parse(entries))][:-1]


def test_an_entry_goes_before_what_the_front_end_would_say() -> None:
    assert said("银行", "银行\tyin2 xing2") == ["yin2", "xing2"]
    assert said("Tomato!", "tomato\tT AH0 M AA1 T OW2") == [["T", "AH0", "M", "AA1", "T", "OW2"]]
    assert said("tomatoes", "tomato\tAH0") != [["AH0"]]


def test_the_longest_entry_wins_and_the_text_itself_goes_first() -> None:
    entries = "重\tzhong4\n重庆\tchong2 qing4\n重庆重\tchóng qìng chóng"
    assert said("重庆重庆重", entries) == ["chong2", "qing4", "chong2", "qing4", "zhong4"]
    assert said("重(zhòng)庆重", entries) == ["zhong4", "qing4", "chong2"]


@pytest.mark.parametrize(
    ("text", "word", "phones"),
    [
        ("It costs 404 now.", "404", "F AO1"),  # a number
        ("Henry VIII came.", "VIII", "V IH1"),  # a numeral
        ("Parse the JSON file.", "json", "JH AH1"),  # a technical word
        ("Dr. Hall is in.", "Dr", "D R AA1"),  # an abbreviation
        ("I read it yesterday.", "read", "R AH1"),  # a word of several readings
        ("The NPC waits.", "NPC", "N AA1 P"),  # letters
        ("Take flight BA209 now.", "BA209", "B AA1"),  # a code
        ("**OnCue** is here.", "oncue", "K Y UW1"),  # emphasis
        ("用JSON写", "json", "JH AH1"),  # Latin in Chinese
    ],
)
def test_a_word_of_the_dictionary_goes_before_every_rule(text: str, word: str, phones: str) -> None:
    assert phones.split() in said(text, f"{word}\t{phones}")
    assert phones.split() not in said(text, "unheard\tAH0")


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("重庆很大", "重庆\tzhong4 qing3"),  # a place
        ("仇先生来了", "仇\tchou2"),  # a surname
        ("第一名是他", "一\tyi2"),  # an ordinal
        ("觉得还好", "还\thuan2"),  # a reading in context
        ("去銀行了", "银行\tyin2 xing2"),  # traditional characters
        ("去銀行了", "銀行\tyin2 xing2"),
    ],
)
def test_a_chinese_word_of_the_dictionary_goes_before_every_reading(text: str, entry: str) -> None:
    syllables = entry.split("\t")[1]
    got = said(text, entry)
    assert all(syllable in got for syllable in syllables.split()), got
    assert got != said(text, "unheard\tAH0")


def test_what_the_text_says_goes_before_the_dictionary() -> None:
    entries = "tomato\tT AH0\n行\txing2"
    assert said("tomato(T AA1)", entries) == [["T", "AA1"]]
    assert said("行(hang2)", entries) == ["hang2"]


def test_words_keep_the_span_of_what_was_written() -> None:
    own = dictionary.parse("2B\tT UW1 B IY1\noncue\tAA1 N K Y UW2")
    reading = read("说 OnCue 吧 2B", "zh", own)
    assert [word.text for word in reading.words] == ["说", "OnCue", "吧", "2B"]


def test_remarks_blank_lines_marks_of_order_and_line_ends_are_no_entries() -> None:
    own = dictionary.parse("# 重\tzhong4\r\n\r\n还\thuan2\r\n")
    assert (dict(own.mandarin), dict(own.english)) == ({"还": ("huan2",)}, {})


@pytest.mark.parametrize(
    "entry",
    [
        "secret",
        "secret\tAH0\tB",
        "\tAH0",
        "secret\t",
        "secret\tXX0",
        "重庆\tchong2",
        "重庆\tAH0 B",
        "secret庆\tAH0",
        "secret\u202e\tAH0",
        "secret\tAH0\x00",
        "s" * 33 + "\tAH0",
        "secret\t" + "AH0 " * 100,
        "secret\tAH0\nSECRET\tAH0",
    ],
)
def test_a_bad_line_is_refused_by_its_number_and_never_quoted(entry: str) -> None:
    with pytest.raises(ValueError, match="of the dictionary") as caught:
        dictionary.parse("还\thuan2\n" + entry)
    assert "secret" not in str(caught.value).lower()


def test_a_file_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "words.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + "还\thuan2\n".encode())
    assert dictionary.load(path).mandarin == {"还": ("huan2",)}
    assert dictionary.load(None) is dictionary.EMPTY
    with pytest.raises(ValueError, match="cannot be read"):
        dictionary.load(tmp_path / "none.tsv")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="not UTF-8"):
        dictionary.load(path)
    path.write_bytes(b"#" * (dictionary.MAX_BYTES + 1))
    with pytest.raises(ValueError, match="larger than"):
        dictionary.load(path)
    monkeypatch.setattr(dictionary, "MAX_ENTRIES", 1)
    with pytest.raises(ValueError, match="more than 1 entries"):
        dictionary.parse("还\thuan2\n重\tzhong4")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(alphabet="重庆ab12 \t\n#'\u0301é", max_size=30))
def test_any_file_is_a_dictionary_or_refused_with_a_sentence(text: str) -> None:
    try:
        sentence = f"{len(dictionary.parse(text).english)} words."
    except ValueError as error:
        sentence = str(error)
    assert sentence.endswith(".")
