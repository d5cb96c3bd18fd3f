"""What the rules of numbers share: a sign before a number, and the words that lead up to one."""

from __future__ import annotations

import re

import pytest

from oncue.model.text.classes import Context
from oncue.model.text.numbers.around import NUMBER, adjective, is_year, led, say_number, sign_of


@pytest.mark.parametrize(
    ("text", "at", "chinese", "said"),
    [
        ("it is -5", 6, False, "negative "),
        ("F-16", 1, False, None),
        ("±5", 0, False, "plus or minus "),
        ("是-5度", 1, True, "负"),
        ("歼-20", 1, True, None),
        ("+5℃", 0, True, "正"),
        ("+1", 0, True, "加"),
        ("5", 0, True, ""),
    ],
)
def test_a_hyphen_is_a_sign_only_where_it_joins_nothing(text: str, at: int, chinese: bool, said: str | None) -> None:
    sign = text[at] if text[at] in "+-±" else ""
    assert sign_of(Context(text, "zh" if chinese else "en"), at, sign, chinese=chinese) == said


def test_a_full_width_comma_ends_a_number_and_a_half_width_one_divides_it() -> None:
    assert [match.group() for match in re.finditer(NUMBER, "1,234，567")] == ["1,234", "567"]
    assert [match.group() for match in re.finditer(NUMBER, "12,34")] == ["12", "34"]


def test_words_that_lead_up_to_a_number_count_and_others_do_not() -> None:
    assert led(Context("call me at 555", "en"), 11, "phone_en")
    assert not led(Context("recall 555", "en"), 7, "phone_en")


def test_a_measure_before_a_noun_is_singular_and_before_a_preposition_is_not() -> None:
    assert adjective(Context("a 5 foot wall", "en"), 2, 8)
    assert not adjective(Context("a 5 foot of", "en"), 2, 8)


def test_what_has_four_digits_may_be_a_year() -> None:
    assert is_year("1984")
    assert not is_year("0984")
    assert not is_year("2984")


def test_a_number_with_a_nought_in_front_is_read_digit_by_digit() -> None:
    assert say_number("007", chinese=False) == "zero zero seven"
    assert say_number("7", chinese=False) == "seven"
