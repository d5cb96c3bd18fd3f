"""Numbers by what they are: for each class one that is of it, and one that looks like it and is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.api import ReadingOptions
from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Call 415-555-0132.", "Call four one five, five five five, oh one three two ."),
        ("About 4155550 people", "About four million one hundred fifty five thousand five hundred and fifty people"),
        ("The code is 8472.", "The code is eight four seven two ."),
        ("The code of 1984", "The code of nineteen eighty four"),
        ("Room 404", "Room four oh four"),
        ("404 rooms", "four hundred and four rooms"),
        ("Ping 10.0.0.8", "Ping one zero dot zero dot zero dot eight"),
        ("Version 1.0.8", "Version one point zero point eight"),
        ("24/7 support", "twenty four seven support"),
        ("24/7 = 3.43", "twenty four divided by seven equals three point four three"),
        ("They won 2-1.", "They won two to one ."),
        ("2-1 = 1", "two minus one equals one"),
        ("on 3/14", "on March fourteenth"),
        ("3/4 of it", "three quarters of it"),
        ("at 9:05", "at nine oh five"),
        ("a ratio of 3:5", "a ratio of three to five"),
        ("7 p.m.", "seven P M ."),
        ("7 pages", "seven pages"),
        ("100m", "one hundred meters"),
        ("$100M", "one hundred million dollars"),
        ("5G", "five G"),
        ("5g", "five grams"),
        ("$0.99", "ninety nine cents"),
        ("a $5 bill", "a five dollar bill"),
        ("5-10%", "five to ten percent"),
        ("-5%", "negative five percent"),
        ("the 1900s", "the nineteen hundreds"),
        ("wait 30s", "wait thirty seconds"),
        ("in 1984", "in nineteen eighty four"),
        ("1984 people", "one thousand nine hundred and eighty four people"),
        ("2^8", "two to the power of eight"),
        ("1½ cups", "one and a half cups"),
        ("10K followers", "ten thousand followers"),
        ("4K video", "four K video"),
        ("007", "zero zero seven"),
    ],
)
def test_english_numbers_and_their_doubles(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("手机13800138000", "手机幺三八零零幺三八零零零"),
        ("共13800138人", "共一千三百八十万零一百三十八人"),
        ("验证码5839", "验证码五八三九"),
        ("共5839元", "共五千八百三十九元"),
        ("打110", "打幺幺零"),
        ("高110米", "高一百一十米"),
        ("降低10-20%", "降低百分之十到二十"),
        ("10-20=-10", "十减二十等于负十"),
        ("比分3-2", "比分三比二"),
        ("3-5天", "三到五天"),
        ("是-5℃", "是负五摄氏度"),
        ("歼-20", "歼二十"),
        ("5，300元", "五，三百元"),
        ("5,300元", "五千三百元"),
        ("2次", "两次"),
        ("第2次", "第二次"),
        ("2月2日2点", "二月二日两点"),
        ("2楼", "二楼"),
        ("2024年", "二零二四年"),
        ("2024人", "两千零二十四人"),
        ("20年前", "二十年前"),
        ("98年", "九八年"),
        ("90后", "九零后"),
        ("9:05", "九点零五分"),
        ("比例3:5", "比例三比五"),
        ("5·12", "五幺二"),
        ("996工作制", "九九六工作制"),
        ("996人", "九百九十六人"),
        ("2/3", "三分之二"),
        ("血压130/80mmHg", "血压一百三十，八十毫米汞柱"),
        ("5kg", "五千克"),
        ("16GB", "十六 GB"),
        ("￥9.90", "九点九零元"),
        ("$5M", "五百万美元"),
        ("1,234", "一千二百三十四"),
    ],
)
def test_chinese_numbers_and_their_doubles(text: str, said: str) -> None:
    assert words(text, "zh") == said


def test_who_knows_better_may_say_how_digits_are_read() -> None:
    assert words("共2024人", "zh", ReadingOptions(digits="digits")) == "共二零二四人"
    assert words("验证码5839", "zh", ReadingOptions(digits="cardinal")) == "验证码五千八百三十九"
    assert words("Room 404", "en", ReadingOptions(digits="cardinal")) == "Room four hundred and four"


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
