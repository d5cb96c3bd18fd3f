"""Amounts of money, scaled numbers, and letters that are neither."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$0.99", "ninety nine cents"),
        ("0.99", "zero point nine nine"),
        ("a $5 bill", "a five dollar bill"),
        ("$5", "five dollars"),
        ("$5/month", "five dollars per month"),
        ("$5 and/or more", "five dollars and/or more"),
        ("CHF 1,200", "one thousand two hundred Swiss francs"),
        ("CHF", "CHF"),
        ("€1.299,00", "one thousand two hundred and ninety nine euros"),
        ("1.299,00", "one point two nine nine , oh oh"),
        ("20 bucks and 75c", "twenty bucks and seventy five cents"),
        ("exhibit 75c", "exhibit seventy five c"),
        ("10K followers", "ten thousand followers"),
        ("4K video", "four K video"),
        ("24K gold", "twenty four K gold"),
        ("24K views", "twenty four thousand views"),
    ],
)
def test_money_and_what_is_none_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("￥9.90", "九点九零元"),
        ("9.90", "九点九零"),
        ("$5M", "五百万美元"),
        ("5米", "五米"),
        ("年薪20-30W", "年薪二十万到三十万"),
        ("充电20W", "充电二十瓦"),
        ("10w人", "十万人"),
        ("10人", "十人"),
    ],
)
def test_money_and_what_is_none_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
