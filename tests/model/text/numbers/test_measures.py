"""Numbers with a unit, and letters that are none."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("100m", "one hundred meters"),
        ("$100M", "one hundred million dollars"),
        ("5g", "five grams"),
        ("5G", "five G"),
        ("5-10%", "five to ten percent"),
        ("-5%", "negative five percent"),
        ("1h 30m", "one hour thirty minutes"),
        ("a wall of 30m", "a wall of thirty meters"),
        ("9 sq ft", "nine square feet"),
        ("9 sq. and", "nine sq. and"),
        ("5V, 2A", "five volts , two amps"),
        ("seat 2A", "seat two A"),
        ("5'10\"", "five foot ten"),
        ("5' 10 people", "five ' ten people"),
        ("5ft 4in", "five feet four inches"),
        ("4 in 5", "four in five"),
        ("12' x 15'", "twelve feet by fifteen feet"),
        ("the 12's", "the twelve 's"),
        ('a 15" laptop', "a fifteen inch laptop"),
        ('he said "15" twice', 'he said " fifteen " twice'),
        ("98.6°F", "ninety eight point six degrees Fahrenheit"),
        ("90°", "ninety degrees"),
        ("bake at 350F", "bake at three hundred and fifty degrees Fahrenheit"),
        ("gate 12F", "gate twelve F"),
        ("40.7° N", "forty point seven degrees north"),
        ("40° Now", "forty degrees Now"),
        ("+50 HP", "plus fifty H P"),
        ("a 50 HP engine", "a fifty horsepower engine"),
        ("2,500 kcal/day", "two thousand five hundred kilocalories per day"),
        ("5 kcal and", "five kilocalories and"),
    ],
)
def test_units_and_what_is_none_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("降低10-20%", "降低百分之十到二十"),
        ("降低10-20", "降低十到二十"),
        ("是-5℃", "是负五摄氏度"),
        ("歼-20", "歼二十"),
        ("-8~-2℃", "负八到负二摄氏度"),
        ("2米", "两米"),
        ("5kg", "五千克"),
        ("16GB", "十六 GB"),
        ("3h40min", "三小时四十分钟"),
        ("3h", "三小时"),
        ("北纬39°54′", "北纬三十九度五十四分"),
        ("39°", "三十九度"),
        ("配速5'30\"", "配速五分三十秒"),
        ("身高5'10\"", "身高五英尺十英寸"),
    ],
)
def test_units_and_what_is_none_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
