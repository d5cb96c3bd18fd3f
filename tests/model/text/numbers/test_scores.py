"""Scores, ratios and records, and pairs that are none."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("They won 2-1.", "They won two to one ."),
        ("2-1 = 1", "two minus one equals one"),
        ("50-50", "fifty fifty"),
        ("the vote was 52-48", "the vote was fifty two to forty eight"),
        ("an 80-20 split", "an eighty twenty split"),
        ("20-80 people", "twenty to eighty people"),
        ("KDA 8/2/10", "KDA eight , two , ten"),
        ("on 8/2/10", "on August second, twenty ten"),
    ],
)
def test_what_is_held_against_another_and_what_is_not_in_english(text: str, said: str) -> None:
    assert words(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("比分3-2", "比分三比二"),
        ("3-5天", "三到五天"),
        ("半场1-1", "半场一比一"),
        ("半场1-2个", "半场一到两个"),
        ("湖人112-108勇士", "湖人一百一十二比一百零八勇士"),
        ("每天8-10小时", "每天八到十小时"),
        ("3-0（25-20）完胜", "三比零(二十五比二十)完胜"),
        ("（25-20）", "(二十五到二十)"),
        ("汇率1:7.25", "汇率一比七点二五"),
        ("1:25", "一点二十五分"),
        ("战绩0-8-3", "战绩零，八，三"),
        ("20-8", "二十到八"),
        ("满300-50", "满三百减五十"),
        ("花300-500", "花三百到五百"),
    ],
)
def test_what_is_held_against_another_and_what_is_not_in_chinese(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
