"""Signs between what they join, and where they join nothing."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("5>3", "zh", "五大于三"),
        ("> 你好", "zh", "你好"),
        ("a≠b", "zh", "A 不等于b"),
        ("x ≤ 10", "en", "x is less than or equal to ten"),
        ("he -> she", "en", "he she"),
        ("C++", "en", "C plus plus"),
        ("Q & A", "en", "Q and A"),
        ("5月1日-5月7日", "zh", "五月一日到五月七日"),
        ("周一-周五", "zh", "周一到周五"),
        ("北京-上海", "zh", "北京-上海"),
        ("Monday-Friday", "en", "Monday to Friday"),
        ("well-known", "en", "well-known"),
        ("#1", "en", "number one"),
        ("#win", "en", "hashtag win"),
        ("@ann", "en", "at ann"),
        ("5 @ 3", "en", "five at three"),
        ("wait...what", "en", "wait...what"),
    ],
)
def test_signs_by_what_stands_beside_them(text: str, language: str, said: str) -> None:
    assert words(text, language) == said
