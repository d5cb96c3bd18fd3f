"""Days, months, years and decades, and pairs that are none."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on 3/14", "on March fourteenth"),
        ("3/4 of it", "three quarters of it"),
        ("9/12/2023", "September twelfth, twenty twenty three"),
        ("9/13", "nine thirteenths"),
        ("3/14/23", "March fourteenth, twenty twenty three"),
        ("KDA 3/14/23", "KDA three , fourteen , twenty three"),
        ("the 1900s", "the nineteen hundreds"),
        ("wait 30s", "wait thirty seconds"),
        ("the 1920s and 30s", "the nineteen twenties and thirties"),
        ("20s and 30m", "twenty seconds and thirty meters"),
        ("2024Q3", "twenty twenty four Q three"),
        ("2024 questions", "twenty twenty four questions"),
        ("Q3 2023/10/01-10/07", "Q three October first, twenty twenty three to October seventh"),
    ],
)
def test_days_and_what_only_looks_like_one_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2023.10.01-10.07", "二零二三年十月一日到十月七日"),
        ("10.01-10.07", "十点零一到十点零七"),
        ("5·12", "五幺二"),
        ("5·40", "五·四十"),
        ("'23年", "二三年"),
        ("23年前", "二十三年前"),
        ("2024Q3财报", "二零二四年Q三财报"),
        ("2024个", "两千零二十四个"),
    ],
)
def test_days_and_what_only_looks_like_one_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
