"""Numbers that are nothing else: years, what is counted, values."""

from __future__ import annotations

import pytest

from oncue.model.api import ReadingOptions
from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in 1984", "in nineteen eighty four"),
        ("1984 people", "one thousand nine hundred and eighty four people"),
        ("10 000 people", "ten thousand people"),
        ("48 2910 people", "forty eight two thousand nine hundred and ten people"),
        ("007", "zero zero seven"),
        ("7", "seven"),
        ("3 Feb", "the third of February"),
        ("3 feet", "three feet"),
        ("RTX 4090", "RTX forty ninety"),
        ("about 4090 of", "about four thousand and ninety of"),
        (".5", "point five"),
        ("end.5", "end dot five"),
    ],
)
def test_plain_numbers_by_the_words_around_them_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5，300元", "五，三百元"),
        ("5,300元", "五千三百元"),
        ("1,234", "一千二百三十四"),
        ("1、34", "一、三十四"),
        ("2月2日2点", "二月二日两点"),
        ("2楼", "二楼"),
        ("2点2分", "两点二分"),
        ("2小时2分", "两小时两分"),
        ("A2口", "A二口"),
        ("2口人", "两口人"),
        ("2024年", "二零二四年"),
        ("2024人", "两千零二十四人"),
        ("明年2025", "明年二零二五"),
        ("共2025", "共两千零二十五"),
        ("24年3月", "二四年三月"),
        ("24年前", "二十四年前"),
        ("20年前", "二十年前"),
        ("98年", "九八年"),
        ("康熙61年", "康熙六十一年"),
        ("61年", "六一年"),
        ("90后", "九零后"),
        ("10后", "十后"),
        ("亏了-200块", "亏了负两百块"),
        ("5块-8块", "五块到八块"),
        ("+1", "加一"),
        ("+5℃", "正五摄氏度"),
        ("今天-5~3度", "今天负五到三度"),
        ("-5", "负五"),
        ("G-5", "G-五"),
    ],
)
def test_plain_numbers_by_the_words_around_them_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())


def test_who_knows_better_may_say_how_digits_are_read() -> None:
    assert words("共2024人", "zh", ReadingOptions(digits="digits")) == "共二零二四人"
    assert words("验证码5839", "zh", ReadingOptions(digits="cardinal")) == "验证码五千八百三十九"
    assert words("Room 404", "en", ReadingOptions(digits="cardinal")) == "Room four hundred and four"
