"""Readings in context, by figures on sentences with known readings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oncue.model.text.frontend import read
from oncue.model.text.pinyin import numbered_pinyin
from oncue.model.text.polyphones import fixed_readings, is_bound, is_loose, is_word, reading_alone
from oncue.model.text.tables import rows as table_rows

DATA = Path(__file__).resolve().parents[2] / "data"


def rows(name: str) -> list[tuple[str, tuple[tuple[int, str], ...]]]:
    """Each sentence with (place, reading) of the characters that are in square brackets in the file."""
    found = []
    for line in (DATA / name).read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        marked, _, gold = line.partition("\t")
        places = [match.start() - 2 * index for index, match in enumerate(re.finditer(r"\[", marked))]
        found.append((re.sub(r"[\[\]]", "", marked), tuple(zip(places, gold.split(), strict=True))))
    return found


def share_right(name: str) -> float:
    right = total = 0
    for sentence, wanted in rows(name):
        readings = {item.char_start: item.pinyin for item in read(sentence, "zh").spoken}
        right += sum(readings.get(place) == reading for place, reading in wanted)
        total += len(wanted)
    return right / total


@pytest.mark.parametrize("name", ["polyphones.tsv", "polyphones_dev.tsv", "polyphones_running.tsv"])
def test_95_of_100_characters_of_several_readings_are_read_right(name: str) -> None:
    assert share_right(name) >= 0.95


def test_no_sentence_is_in_two_lists() -> None:
    lists = [
        {sentence for sentence, _ in rows(name)}
        for name in ("polyphones.tsv", "polyphones_dev.tsv", "polyphones_running.tsv")
    ]
    assert sum(map(len, lists)) == len(set().union(*lists))


def test_every_listed_word_holds_its_character_and_a_reading_that_exists() -> None:
    for char, reading, listed in table_rows("polywords.tsv"):
        words = listed.split()
        assert numbered_pinyin(reading) == reading
        assert words
        assert all(char in word and fixed_readings(word)[char] and is_word(word) for word in words), listed


def test_the_first_rule_that_fits_decides_and_where_none_does_nobody_says() -> None:
    assert reading_alone("还", "", "你钱") == "huan2"
    assert reading_alone("还", "他", "没来") == "hai2"
    assert reading_alone("得", "我", "走了") == "dei3"
    assert reading_alone("得", "跑", "很快") == "de5"
    assert reading_alone("人", "好", "") is None


def test_a_measure_word_belongs_to_its_number_and_loose_pairs_are_no_words() -> None:
    assert is_bound("三", "种")
    assert not is_bound("", "种")
    assert not is_bound("耕", "种")
    assert is_loose("不了")
    assert [item.pinyin for item in read("三种花").spoken][1] == "zhong3"


@pytest.mark.parametrize(
    ("text", "char", "reading"),
    [
        ("冬天特别长", "长", "chang2"),
        ("头发格外长", "长", "chang2"),
        ("外长来了", "长", "zhang3"),
        ("这孩子特别长肉", "长", "zhang3"),
        ("特别长个子", "长", "zhang3"),
        ("她积累了很多", "累", "lei3"),
        ("他累了", "累", "lei4"),
        ("劳累了一天", "累", "lei4"),
    ],
)
def test_words_before_a_character_decide_its_reading_and_its_own_word(text: str, char: str, reading: str) -> None:
    assert next(item.pinyin for item in read(text, "zh").spoken if item.char == char) == reading
