"""Generations, versions and ordinals, and numbers that are none."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5G", "five G"),
        ("5g", "five grams"),
        ("Version 1.0.8", "Version one point zero point eight"),
        ("1.08", "one point oh eight"),
        ("1080p60", "ten eighty P sixty"),
        ("1080 people", "one thousand and eighty people"),
        ("the 21st", "the twenty first"),
        ("21 St. Paul", "twenty one saint Paul"),
    ],
)
def test_numbers_that_tell_one_of_a_kind_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("第2次", "第二次"),
        ("2次", "两次"),
        ("第3-5章", "第三到五章"),
        ("3-5章", "三到五章"),
    ],
)
def test_numbers_that_tell_one_of_a_kind_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
