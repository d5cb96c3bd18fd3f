"""The order in which the kinds of numbers are asked: each of these could be of several, and the most certain says it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("2024-03-15", "en", "March fifteenth, twenty twenty four"),
        ("won 2-1", "en", "won two to one"),
        ("2-1 = 1", "en", "two minus one equals one"),
        ("10-20%", "en", "ten to twenty percent"),
        ("$5-10", "en", "five to ten dollars"),
        ("5-10 km", "en", "five to ten kilometers"),
        ("5-10", "en", "five to ten"),
        ("10.0.0.8", "en", "one zero dot zero dot zero dot eight"),
        ("1.0.8", "en", "one point zero point eight"),
        ("9:05", "en", "nine oh five"),
        ("比分9:05", "zh", "比分九比五"),
        ("电话110", "zh", "电话幺幺零"),
        ("110米", "zh", "一百一十米"),
    ],
)
def test_what_could_be_of_several_kinds_is_of_the_most_certain(text: str, language: str, said: str) -> None:
    got = words(text, language)
    assert (got == said) if language == "en" else ("".join(got.split()) == "".join(said.split()))


@pytest.mark.parametrize("language", ["zh", "en"])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=st.from_regex(r"[-+]?[$¥]?[0-9]{1,6}([.:/~-][0-9]{1,4}){0,4}(%|kg|号|s|½|²)?", fullmatch=True))
def test_any_expression_has_words_and_no_digits(language: str, text: str) -> None:
    said = words(text, language)
    assert said.strip()
    assert not re.search(r"[0-9½²]", said)


def test_endless_digits_are_read_one_by_one() -> None:
    assert words("12" * 100, "zh") == "幺二" * 100
    assert words("12" * 100, "en").split() == ["one", "two"] * 100
