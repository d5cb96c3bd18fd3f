"""Fractions, and pairs with a slash that are none."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1½ cups", "one and a half cups"),
        ("1 cup", "one cup"),
        ("1/4 lb", "one quarter pound"),
        ("1/4 of it", "one quarter of it"),
        ("2023/24 season", "twenty twenty three twenty four season"),
        ("1/24 scale", "one twenty fourth scale"),
        ("9.5/10", "nine point five out of ten"),
        ("9.5/3 x", "nine point five / three x"),
        ("8/10 would go", "eight out of ten would go"),
        ("3/10 of a mile", "three tenths of a mile"),
        ("page 3/10", "page three of ten"),
        ("a tank 3/4 full", "a tank three quarters full"),
        ("Windows 10/11", "Windows ten eleven"),
        ("the 10/11 part", "the ten elevenths part"),
        ("in 3/4 time", "in three four time"),
        ("3/4 of the time", "three quarters of the time"),
        ("24/7/365", "twenty four seven three sixty five"),
        ("24/25", "twenty four twenty fifths"),
    ],
)
def test_parts_of_a_whole_and_other_pairs_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2/3", "三分之二"),
        ("血压130/80mmHg", "血压一百三十，八十毫米汞柱"),
        ("3/4拍", "四三拍"),
        ("3/4的人", "四分之三的人"),
    ],
)
def test_parts_of_a_whole_and_other_pairs_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
