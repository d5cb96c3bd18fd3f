"""Number expressions to words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.numbers import EXPRESSIONS, verbalise


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("327", "three hundred and twenty seven"),
        ("3.5kg", "three point five kilograms"),
        ("1990s", "nineteen nineties"),
        ("80's", "eighties"),
        ("555-1234", "five  five  five   one  two  three  four"),
        ("50%", "fifty percent"),
        ("3rd", "third"),
        ("$5 million", "five million dollars"),
    ],
)
def test_english_expressions(expression: str, said: str) -> None:
    assert verbalise(expression, "en").split() == said.split()


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("3.5kg", "三点五千克"),
        ("2024年5月1日", "二零二四年五月一日"),
        ("12:30", "十二点三十分"),
        ("1/2", "二分之一"),
        ("¥12.5", "十二点五元"),
        ("5~10个", "五到十个"),
        ("1,234", "一千二百三十四"),
        ("13812345678", "幺三八幺二三四五六七八"),
    ],
)
def test_mandarin_expressions(expression: str, said: str) -> None:
    assert verbalise(expression, "zh") == said


def test_grouped_digits_are_one_number_and_bare_long_ones_a_telephone_number() -> None:
    assert verbalise("1,234,567", "en").startswith("one million")
    assert verbalise("5551234567", "en").startswith("five")


def test_endless_digits_are_read_one_by_one() -> None:
    assert verbalise("12" * 100, "zh") == "一二" * 100
    assert verbalise("12" * 100, "en").split() == ["one", "two"] * 100


@pytest.mark.parametrize("language", ["zh", "en"])
@settings(max_examples=80, deadline=None, derandomize=True)
@given(text=st.from_regex(r"[-+]?[$¥]?[0-9]{1,6}([.:/~-][0-9]{1,4}){0,4}(%|kg|号|s)?", fullmatch=True))
def test_any_expression_has_words_and_no_digits(language: str, text: str) -> None:
    match = EXPRESSIONS[language].match(text)
    assert match is not None
    said = verbalise(match.group(), language)
    assert said.strip()
    assert not re.search(r"\d", said)


def test_a_day_after_a_month_is_an_ordinal() -> None:
    assert verbalise("12", "en", before="on May ") == "twelfth"
    assert verbalise("12", "en", before="on my ") == "twelve"
