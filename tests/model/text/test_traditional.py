"""Traditional characters are read as their simplified ones, and stay what they are."""

from __future__ import annotations

import pytest

from oncue.model.text.frontend import read
from oncue.model.text.traditional import simplify


@pytest.mark.parametrize(
    ("text", "char", "pinyin"),
    [
        ("住在銀行旁", "行", "hang2"),
        ("長城很高", "長", "chang2"),
        ("還書去了", "還", "huan2"),
        ("他乾了一杯", "乾", "gan1"),
        ("乾隆皇帝", "乾", "qian2"),
        ("她的頭髮", "髮", "fa5"),
        ("看著我們", "著", "zhe5"),
        ("著名的書", "著", "zhu4"),
    ],
)
def test_the_reading_is_that_of_the_simplified_text(text: str, char: str, pinyin: str) -> None:
    assert next(item.pinyin for item in read(text, "zh").spoken if item.char == char) == pinyin


def test_no_place_is_moved_and_simplified_text_is_left_alone() -> None:
    assert simplify("這個音樂") == "这个音乐"
    assert simplify("乾隆和长城") == "乾隆和长城"
    assert simplify("plain") == "plain"
