"""Digits that only name something, and numbers that look like them."""

from __future__ import annotations

import pytest

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
        ("10.0.0.300", "ten point zero point zero point three hundred"),
        ("code 048 291", "code zero four eight , two nine one"),
        ("48 291 people", "forty eight thousand two hundred and ninety one people"),
        ("0x1F", "zero X one F"),
        ("10x faster", "ten times faster"),
        ("a card ending in 4242", "a card ending in four two four two"),
        ("a war ending in 1945", "a war ending in nineteen forty five"),
        ("1-800-FLOWERS", "one eight hundred FLOWERS"),
        ("1-800 of them", "one to eight hundred of them"),
        ("MAC 00:1B:44:11:3A:B7", "MAC zero zero one B four four one one three A B seven"),
        ("at 10:11", "at ten eleven"),
        ("commit 4f9a2c1", "commit four F nine A two C one"),
        ("4 of 2c", "four of two c"),
        ("c u 2morrow", "c u tomorrow"),
        ("2 more", "two more"),
    ],
)
def test_digits_that_name_something_and_numbers_that_do_not_in_english(text: str, said: str) -> None:
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
        ("打119或者110", "打幺幺九或者幺幺零"),
        ("急救120", "急救幺二零"),
        ("急救120人", "急救一百二十人"),
        ("996工作制", "九九六工作制"),
        ("996人", "九百九十六人"),
        ("666，太好了", "六六六，太好了"),
        ("有666人", "有六百六十六人"),
        ("6666主播牛", "六六六六主播牛"),
        ("6666人", "六千六百六十六人"),
        ("我520那天说的", "我五二零那天说的"),
        ("共520元", "共五百二十元"),
        ("5.1小长假", "五一小长假"),
        ("长5.1米", "长五点一米"),
        ("5.20那天", "五二零那天"),
        ("10.15那天", "十月十五日那天"),
        ("10.15米", "十点一五米"),
        ("电话5888-1234转802", "电话五八八八,幺二三四转八零二"),
        ("转802人", "转八百零二人"),
        ("台北101大楼", "台北一零一大楼"),
        ("有101个", "有一百零一个"),
        ("318国道", "三幺八国道"),
        ("318公里", "三百一十八公里"),
        ("住5-2-301", "住五，二，三零幺"),
        ("5-2", "五到二"),
        ("茅台（600519）", "茅台(六零零五一九)"),
        ("有600519人", "有六十万零五百一十九人"),
        ("B座2108", "B座二一零八"),
        ("B座2108人", "B座两千一百零八人"),
    ],
)
def test_digits_that_name_something_and_numbers_that_do_not_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
