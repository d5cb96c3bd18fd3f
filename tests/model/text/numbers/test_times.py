"""Times of day, lengths of time, and pairs with a colon that are neither."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("at 9:05", "at nine oh five"),
        ("a ratio of 3:5", "a ratio of three to five"),
        ("7 p.m.", "seven P M ."),
        ("7 pages", "seven pages"),
        ("took 1:02:03", "took one hour, two minutes and three seconds"),
        ("at 1:02:03", "at one oh two oh three"),
        ("at 2:01", "at two oh one"),
        ("a ratio of 2.5:1", "a ratio of two point five to one"),
        ("at 0900 hours", "at oh nine hundred hours"),
        ("1845 UTC", "eighteen forty five UTC"),
        ("1000 hours of work", "one thousand hours of work"),
    ],
)
def test_times_and_what_only_looks_like_one_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9:05", "九点零五分"),
        ("比例3:5", "比例三比五"),
        ("用时1:23:45", "用时一小时二十三分四十五秒"),
        ("在1:23:45", "在一点二十三分四十五秒"),
        ("21:15开会", "二十一点十五分开会"),
        ("21:15，21:18，直落两局", "二十一比十五，二十一比十八，直落两局"),
    ],
)
def test_times_and_what_only_looks_like_one_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
