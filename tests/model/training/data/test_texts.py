"""Random lines: reproducible, inside the inventory, and covering what a model must learn to say."""

from __future__ import annotations

from collections import Counter

import pytest

from oncue.model.text.phones import INDEX, MANDARIN_FINALS, MANDARIN_TONES, NO_TONE, STRESS_BASE
from oncue.model.text.pinyin import SYLLABLES
from oncue.model.training.data.teacher import LANGUAGES, Line
from oncue.model.training.data.texts import UNSAYABLE, make_line, pronunciation, third_tone_sandhi

SEEDS = range(120)


def phones_of(line: Line) -> list[tuple[str, int]]:
    return [phone for clause in line.clauses for word in clause.words for phone in word.phones]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_seed_always_gives_the_same_line(language: str) -> None:
    assert [make_line(language, seed) for seed in SEEDS] == [make_line(language, seed) for seed in SEEDS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_seeds_give_different_lines(language: str) -> None:
    assert len({make_line(language, seed).clauses for seed in SEEDS}) > 0.95 * len(SEEDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phone_is_in_the_inventory_and_every_clause_has_words(language: str) -> None:
    for line in (make_line(language, seed) for seed in SEEDS):
        assert all(symbol in INDEX for symbol, _ in phones_of(line))
        assert all(clause.words for clause in line.clauses)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_ends_with_a_sentence_mark(language: str) -> None:
    assert all(make_line(language, seed).clauses[-1].mark in {".", "?", "!"} for seed in SEEDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_commas_and_sentence_marks_occur_inside_lines_and_commas_most(language: str) -> None:
    inner = Counter(clause.mark for seed in SEEDS for clause in make_line(language, seed).clauses[:-1])
    assert {",", "."} <= set(inner) <= {",", ".", "?", "!"}
    assert inner[","] > inner.total() / 2


def test_tones_stand_on_finals_and_stress_on_vowels() -> None:
    for seed in SEEDS:
        for symbol, tone in phones_of(make_line("zh", seed)):
            assert (tone in MANDARIN_TONES) == (symbol in MANDARIN_FINALS)
        for symbol, tone in phones_of(make_line("en", seed)):
            assert (tone >= STRESS_BASE) == (symbol[0] in "AEIOU")
            assert tone >= STRESS_BASE or tone == NO_TONE


def test_drill_lines_walk_through_every_syllable_and_tone() -> None:
    heard = {
        word.spelling
        for number in range(300)
        for clause in make_line("zh", 6 * number).clauses
        for word in clause.words
    }
    assert heard == {f"{syllable}{tone}" for syllable in SYLLABLES if syllable not in UNSAYABLE for tone in range(1, 6)}


def test_a_third_tone_before_a_third_tone_becomes_a_second() -> None:
    assert third_tone_sandhi(("ni3", "hao3")) == ("ni2", "hao3")
    assert third_tone_sandhi(("zhan3", "lan3", "guan3")) == ("zhan2", "lan2", "guan3")
    assert third_tone_sandhi(("hao3", "ren2")) == ("hao3", "ren2")


def test_pronunciation_is_cmudicts_first_or_nothing() -> None:
    assert pronunciation("Hello") == (("HH", 0), ("AH", STRESS_BASE), ("L", 0), ("OW", STRESS_BASE + 1))
    assert pronunciation("zzyzzyx") is None
