"""Guards, folding and the spans of what is written out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.glyphs import MAX_CHARS, MAX_DIGIT_RUN, Glyph, fold, guard
from oncue.model.text.normalise import expand


def expanded(text: str, language: str = "auto") -> str:
    return " ".join("".join(glyph.char for glyph in expand(fold(text), language)).split())


def sources(text: str) -> list[tuple[str, str]]:
    """Each glyph that is read with the source characters it stands for."""
    return [(glyph.char, text[glyph.start : glyph.end]) for glyph in expand(fold(text), "auto") if glyph.char != " "]


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\r"])
def test_control_characters_are_refused_with_their_place(char: str) -> None:
    with pytest.raises(ValueError, match=r"Character 3 is the control character U\+"):
        guard(f"你好{char}吗")


def test_line_breaks_and_tabs_are_spaces() -> None:
    guard("one\ttwo\nthree\r\nfour")
    assert expanded("one\ttwo") == "one two"


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="Character 2 is half of a surrogate pair"):
        guard("a\ud83d")


@pytest.mark.parametrize(
    "text", ["x" * (MAX_CHARS + 1), "1" * (MAX_DIGIT_RUN + 1), "a" + "\u0301" * 31, "٣" * (MAX_DIGIT_RUN + 1)]
)
def test_what_would_take_forever_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"[Mm]ore than|at most"):
        guard(text)


def test_limits_themselves_are_allowed() -> None:
    guard("好" * MAX_CHARS)
    guard("1" * MAX_DIGIT_RUN)
    guard("a" + "\u0301" * 30)


def test_an_error_never_quotes_the_text() -> None:
    with pytest.raises(ValueError, match="control") as caught:
        guard("secret\x07")
    assert "secret" not in str(caught.value)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_folding_keeps_spans_in_order_and_inside_the_text(text: str) -> None:
    glyphs = fold(text)
    assert all(0 <= glyph.start < glyph.end <= len(text) for glyph in glyphs)
    assert [glyph.start for glyph in glyphs] == sorted(glyph.start for glyph in glyphs)


def test_widths_and_accents_come_to_one_form() -> None:
    assert fold("ａ") == (Glyph("a", 0, 1),)
    assert fold("e\u0301") == (Glyph("é", 0, 2),)
    assert fold("\u200b\ufeff") == ()
    assert "".join(glyph.char for glyph in fold("３．５")) == "3.5"


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(alphabet="你好jello, world。我们", max_size=40))
def test_ordinary_text_is_untouched_with_exact_spans(text: str) -> None:
    for glyph in expand(fold(text), "auto"):
        assert text[glyph.start : glyph.end] == glyph.char
    assert len(expand(fold(text), "auto")) == len(text)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.text(alphabet="0123456789.,:/-~%$¥+= ab第年月日个号点kmg一两百点°C", max_size=24),
    st.sampled_from(["auto", "zh", "en"]),
)
def test_expressions_keep_order_and_leave_no_digit(text: str, language: str) -> None:
    glyphs = expand(fold(text), language)
    assert not any(glyph.char.isdigit() and glyph.char.isascii() for glyph in glyphs)
    assert [glyph.start for glyph in glyphs] == sorted(glyph.start for glyph in glyphs)
    assert all(0 <= glyph.start < glyph.end <= len(text) for glyph in glyphs)


def test_characters_beside_digits_keep_their_own_span() -> None:
    assert sources("2024年5月") == [
        ("二", "2024"),
        ("零", "2024"),
        ("二", "2024"),
        ("四", "2024"),
        ("年", "年"),
        ("五", "5"),
        ("月", "月"),
    ]
    assert sources("3.5kg") == [("t", "3.5kg")] + [(char, "3.5kg") for char in "hreepointfivekilograms"]


def test_digits_read_one_by_one_map_one_to_one() -> None:
    assert sources("电话10086")[2:] == [("幺", "1"), ("零", "0"), ("零", "0"), ("八", "8"), ("六", "6")]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("温度-5℃", "温度负五摄氏度"),
        ("327号", "三百二十七号"),
        ("2个", "两个"),
        ("第2名", "第二名"),
        ("打折50%", "打折百分之五十"),
        ("Dr. Smith vs. Mr. Lee", "doctor Smith versus mister Lee"),
        ("I have 3 cats", "I have three cats"),
        ("我有3 cats", "我有三 cats"),
        ("the U.S.A. team", "the U S A team"),
        ("node.js", "node dot J S"),
        ("C++", "C plus plus"),
        ("May 1", "May first"),
    ],
)
def test_expressions_are_read_as_their_neighbours_are(text: str, read: str) -> None:
    assert expanded(text) == read


def test_a_declared_language_decides() -> None:
    assert expanded("12:30", "zh") == "十二点三十分"
    assert expanded("12:30", "en") == "twelve thirty"
