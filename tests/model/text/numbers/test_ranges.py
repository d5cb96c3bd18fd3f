"""Two numbers with a dash between them, and dashes that are none."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from 5~6", "from five to six"),
        ("~6 people", "about six people"),
        ("1998–2008", "nineteen ninety eight to two thousand eight"),
        ("5 - 6 = -1", "five minus six equals negative one"),
    ],
)
def test_from_one_number_to_another_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3-5天", "三到五天"),
        ("比分3-5", "比分三比五"),
        ("8~-2", "八到负二"),
        ("8--2", "八到二"),
        ("鲁迅（1881—1936）", "鲁迅(一八八一到一九三六)"),
        ("1881—1936人", "一千八百八十一到一千九百三十六人"),
    ],
)
def test_from_one_number_to_another_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
