"""Numbers to words and, by counting, back."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text import numerals
from oncue.model.text.numerals import cardinal_en, cardinal_zh, ordinal_en, year_en

PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
DIGITS = {char: index for index, char in enumerate("零一二三四五六七八九")} | {"两": 2}


def value_zh(said: str) -> int:
    """The number that Chinese words stand for."""
    for place in "亿万":
        if place in said:
            high, _, low = said.rpartition(place)
            return value_zh(high) * PLACES[place] + (value_zh(low) if low else 0)
    total, digit = 0, None
    for char in said:
        if char in DIGITS:
            digit = DIGITS[char]
        else:
            total += (1 if digit is None else digit) * PLACES[char]
            digit = None
    return total + (digit or 0)


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 10**15 - 1))
def test_chinese_words_count_to_the_number(number: int) -> None:
    assert value_zh(cardinal_zh(str(number))) == number


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1))
def test_no_two_numbers_are_said_alike_in_english(one: int, two: int) -> None:
    assert (cardinal_en(str(one)) == cardinal_en(str(two))) == (one == two)


@pytest.mark.parametrize(
    ("digits", "said"), [("1", "first"), ("12", "twelfth"), ("20", "twentieth"), ("101", "one hundred and first")]
)
def test_ordinals(digits: str, said: str) -> None:
    assert ordinal_en(digits) == said


@pytest.mark.parametrize(
    ("digits", "said"),
    [("1905", "nineteen oh five"), ("2000", "two thousand"), ("2024", "twenty twenty four"), ("1066", "ten sixty six")],
)
def test_years(digits: str, said: str) -> None:
    assert year_en(digits) == said


def test_the_examples_of_the_file_are_true() -> None:
    assert doctest.testmod(numerals).failed == 0
