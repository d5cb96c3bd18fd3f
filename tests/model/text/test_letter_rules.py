"""Words that are not said as they are spelt, each with one that is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.letter_rules import roman_value
from tests.model.text.reading import sounds, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Main St. near here", "Main street near here"),
        ("St. Patrick", "saint Patrick"),
        ("Maple Dr. is long", "Maple drive is long"),
        ("Dr. Shaw is in", "doctor Shaw is in"),
        ("No. 5", "number five"),
        ("No. I said no.", "No. I said no."),
        ("J. R. R. Hill", "J R R Hill"),
        ("plan B. Then go", "plan B. Then go"),
        ("World War II", "World War two"),
        ("Henry VIII had", "Henry the eighth had"),
        ("So did I. Yes", "So did I. Yes"),
        ("the part I like", "the part I like"),
        ("Vitamin C", "Vitamin C"),
        ("an IV drip", "an IV drip"),
        ("v1.0", "V one point zero"),
        ("www.example.org", "W W W dot example dot org"),
        ("It ended.So we left", "It ended.So we left"),
        ("a report_v2.pdf", "a report V two dot P D F"),
        ("iOS", "I O S"),
        ("an F-16", "an F-sixteen"),
        ("Sept. 5", "September fifth"),
        ("The cat sat. The dog ran.", "The cat sat. The dog ran."),
    ],
)
def test_words_and_their_doubles(text: str, said: str) -> None:
    assert words(text, "en") == said


def test_a_is_a_letter_where_no_article_can_stand() -> None:
    assert ("EY", 7) in sounds("Plan A is ready.", "en")
    assert ("EY", 7) in sounds("He got an A.", "en")
    assert ("EY", 7) not in sounds("A man sat.", "en")
    assert ("EY", 7) not in sounds("Once Upon A Time", "en")


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 89))
def test_the_numerals_of_the_romans_add_up(number: int) -> None:
    parts = ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    written, left = "", number
    for value, sign in parts:
        while left >= value:
            written, left = written + sign, left - value
    assert roman_value(written) == number
