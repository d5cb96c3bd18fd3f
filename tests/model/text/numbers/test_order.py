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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code 048 291", "code zero four eight , two nine one"),
        ("48 291 people", "forty eight two hundred and ninety one people"),
        ("0x1F", "zero X one F"),
        ("10x faster", "ten times faster"),
        ("a 2x4 board", "a two by four board"),
        ("2x + 3", "two X plus three"),
        ("2x the price", "two times the price"),
        ("1080p", "ten eighty P"),
        ("1080 people", "one thousand and eighty people"),
        ("1h 30m", "one hour thirty minutes"),
        ("a wall of 30m", "a wall of thirty meters"),
        ("took 1:02:03", "took one hour, two minutes and three seconds"),
        ("at 1:02:03", "at one oh two oh three"),
        ("9 sq ft", "nine square feet"),
        ("9 sq. and", "nine sq. and"),
        ("5V, 2A", "five volts , two amps"),
        ("seat 2A", "seat two A"),
        ("1/4 lb", "one quarter pound"),
        ("1/4 of it", "one quarter of it"),
        ("2023/24 season", "twenty twenty three twenty four season"),
        ("1/24 scale", "one twenty fourth scale"),
        ("9.5/10", "nine point five out of ten"),
        ("9.5/3 x", "nine point five / three x"),
        ("24/7/365", "twenty four seven three sixty five"),
        ("a ratio of 2.5:1", "a ratio of two point five to one"),
        ("at 2:01", "at two oh one"),
        ("$5/month", "five dollars per month"),
        ("$5 and/or more", "five dollars and/or more"),
        ("3 pills/day", "three pills per day"),
        ("yes/no", "yes/no"),
        ("~50 people", "about fifty people"),
        ("from 5~6", "from five to six"),
        ("<5 min", "less than five minutes"),
        ("3 < 5", "three is less than five"),
        ("9/12/2023", "September twelfth, twenty twenty three"),
        ("9/13", "nine thirteenths"),
        ("10.0.0.300", "ten point zero point zero point three hundred"),
        ("1e6", "one times ten to the power of six"),
        ("a 1e room", "a one e room"),
        ("5'10\"", "five foot ten"),
        ("5' 10 people", "five ' ten people"),
        ("√9", "the square root of nine"),
        ("the 21st", "the twenty first"),
        ("21 St. Paul", "twenty one saint Paul"),
        ("98.6°F", "ninety eight point six degrees Fahrenheit"),
        ("90°", "ninety degrees"),
        (".5", "point five"),
        ("end.5", "end dot five"),
    ],
)
def test_more_english_numbers_and_their_doubles(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("666，太好了", "六六六，太好了"),
        ("有666人", "有六百六十六人"),
        ("我520那天说的", "我五二零那天说的"),
        ("共520元", "共五百二十元"),
        ("5.1小长假", "五一小长假"),
        ("长5.1米", "长五点一米"),
        ("电话5888-1234转802", "电话五八八八,幺二三四转八零二"),
        ("转802人", "转八百零二人"),
        ("'23年", "二三年"),
        ("23年前", "二十三年前"),
        ("康熙61年", "康熙六十一年"),
        ("61年", "六一年"),
        ("用时1:23:45", "用时一小时二十三分四十五秒"),
        ("在1:23:45", "在一点二十三分四十五秒"),
        ("湖人112-108勇士", "湖人一百一十二比一百零八勇士"),
        ("每天8-10小时", "每天八到十小时"),
        ("3-0（25-20）完胜", "三比零(二十五比二十)完胜"),
        ("（25-20）", "(二十五到二十)"),
        ("21:15，21:18，直落两局", "二十一比十五，二十一比十八，直落两局"),
        ("21:15开会", "二十一点十五分开会"),
        ("汇率1:7.25", "汇率一比七点二五"),
        ("B座2108", "B座二一零八"),
        ("B座2108人", "B座两千一百零八人"),
        ("亏了-200块", "亏了负两百块"),
        ("5块-8块", "五块到八块"),
        ("72次/分", "七十二次每分"),
        ("和/或", "和/或"),
        ("3h40min", "三小时四十分钟"),
        ("台北101大楼", "台北一零一大楼"),
        ("有101个", "有一百零一个"),
        ("10^9/L", "十的九次方每升"),
        ("第3-5章", "第三到五章"),
        ("-5", "负五"),
        ("G-5", "G-五"),
    ],
)
def test_more_chinese_numbers_and_their_doubles(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())


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
