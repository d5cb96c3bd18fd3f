"""Sums, powers and factors, and signs that are no arithmetic."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("24/7 = 3.43", "twenty four divided by seven equals three point four three"),
        ("24/7 support", "twenty four seven support"),
        ("2/3 + 1/6 = 5/6", "two thirds plus one sixth equals five sixths"),
        ("2/3 of it", "two thirds of it"),
        ("2^8", "two to the power of eight"),
        ("2 to 8", "two to eight"),
        ("2^n", "two to the power of N"),
        ("10⁸ m/s", "ten to the power of eight meters per second"),
        ("in 1984¹ he", "in nineteen eighty four he"),
        ("a 2x4 board", "a two by four board"),
        ("2x + 3", "two X plus three"),
        ("2x the price", "two times the price"),
        ("3-4x more", "three to four times more"),
        ("3-4 xylophones", "three to four xylophones"),
        ("1920×1080", "nineteen twenty by ten eighty"),
        ("3×4", "three times four"),
        ("5! = 120", "five factorial equals one hundred and twenty"),
        ("Only 5! Buy", "Only five ! Buy"),
        ("1e6", "one times ten to the power of six"),
        ("a 1e room", "a one e room"),
        ("√9", "the square root of nine"),
        ("9 roots", "nine roots"),
    ],
)
def test_arithmetic_and_what_is_none_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10-20=-10", "十减二十等于负十"),
        ("10-20%", "百分之十到二十"),
        ("1/2+1/3=5/6", "二分之一加三分之一等于六分之五"),
        ("3+2=5", "三加二等于五"),
        ("10^9/L", "十的九次方每升"),
        ("5!=120", "五的阶乘等于一百二十"),
        ("共5!", "共五!"),
    ],
)
def test_arithmetic_and_what_is_none_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
