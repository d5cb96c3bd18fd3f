"""The word lists are well formed, whoever added the last line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oncue.model.text.mandarin import ALONE, READINGS, RISING, read_run, syllable_phones
from oncue.model.text.markup import arpabet
from oncue.model.text.tables import rows, words_of

DATA = Path("model/text/data")
COLUMNS = {
    "greek.tsv": 3,
    "abbreviations.tsv": 4,
    "actions.tsv": 2,
    "alone.tsv": 2,
    "contexts.tsv": 2,
    "degrees.tsv": 2,
    "english.tsv": 2,
    "feelings.tsv": 2,
    "letter_sounds.tsv": 4,
    "polywords.tsv": 3,
    "spoken.tsv": 2,
    "states.tsv": 2,
    "syllables.tsv": 1,
    "third_tones.tsv": 1,
    "traditional.tsv": 2,
    "traditional_readings.tsv": 3,
    "words.tsv": 2,
}


def rules(name: str) -> Iterator[list[str]]:
    return (row for row in rows(name) if not row[0].startswith("="))


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_every_line_of_a_list_has_its_columns(name: str) -> None:
    assert {len(row) for row in rows(name)} == {COLUMNS[name]}


def test_every_list_is_known_to_these_tests() -> None:
    others = {"currencies.tsv", "heteronyms.tsv", "polyphones.tsv", "units.tsv"}
    assert {path.name for path in DATA.iterdir()} == set(COLUMNS) | others


@pytest.mark.parametrize("name", ["polyphones.tsv", "heteronyms.tsv"])
def test_rules_have_a_reading_and_two_contexts(name: str) -> None:
    assert all(len(row) == 4 for row in rules(name))


def test_every_word_has_one_readable_syllable_a_character() -> None:
    for word, syllables in READINGS.items():
        assert len(word) == len(syllables), word
        assert all(syllable_phones(syllable) for syllable in syllables)


def test_no_word_of_several_readings_stands_twice() -> None:
    words = [row[0] for row in rows("words.tsv")]
    assert len(words) == len(set(words))


def test_characters_alone_have_one_readable_syllable() -> None:
    assert all(len(char) == 1 and syllable_phones(said) for char, said in ALONE.items())


def test_words_of_two_third_tones_rise_in_the_first() -> None:
    for word in RISING:
        first, second = read_run(word, (None, None))
        assert (first.tone, second.tone) == (3, 3), word
        assert (first.spoken or "").endswith("2"), word


def test_no_word_is_given_two_readings_of_one_character() -> None:
    seen: dict[tuple[str, str], str] = {}
    for char, reading, words in rows("polywords.tsv"):
        assert syllable_phones(reading)
        for word in words.split():
            assert seen.setdefault((char, word), reading) == reading, (char, word)


def test_rules_of_characters_give_readable_syllables() -> None:
    assert all(len(char) == 1 and syllable_phones(said) for char, said, *_ in rules("polyphones.tsv"))


def test_english_readings_are_arpabet() -> None:
    assert all(arpabet(said) for _, said in rows("english.tsv"))
    assert all(arpabet(said) for _, said, *_ in rules("heteronyms.tsv"))


def test_feelings_have_codes_and_degrees_factors() -> None:
    assert all(re.fullmatch(r"([HANFDMSC]\d)+", code) and words for code, words in rows("feelings.tsv"))
    assert all(0 < float(factor) < 2 for factor, _ in rows("degrees.tsv"))


def test_no_abbreviation_waits_for_an_unknown_neighbour() -> None:
    known = {"any", "name", "no-name", "number", "after-name", "day"}
    assert {side for row in rows("abbreviations.tsv") for side in row[2:]} <= known


def test_words_of_a_kind_are_found_by_its_name() -> None:
    assert "验证码" in words_of("code_zh")
    with pytest.raises(StopIteration):
        words_of("no such kind")
