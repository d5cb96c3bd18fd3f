"""Matching phoneme events to labels: what is merged, what is split and what is refused."""

from __future__ import annotations

import numpy as np

from oncue.model.text.pinyin import syllable_phones
from oncue.model.training.data.alignment import (
    Event,
    align_english,
    align_mandarin,
    english_input,
    mandarin_input,
    units_of,
    with_closures,
    without_empty,
)
from oncue.model.training.data.teacher import Clause, Line, Word
from oncue.model.training.data.texts import make_line, pronunciation


def english(*words: str) -> Line:
    said = tuple(Word(word, pronunciation(word) or ()) for word in words)
    return Line("en", 0, (Clause(said, "."),))


def mandarin(*clauses: str) -> Line:
    said = [tuple(Word(s, syllable_phones(s)) for s in clause.split()) for clause in clauses]
    return Line("zh", 0, tuple(Clause(words, ",") for words in said))


def events(*names: str) -> list[Event]:
    return [Event(name.strip("~"), 100 * index) for index, name in enumerate(names)]


def test_english_is_spelled_as_mnemonics_with_stress() -> None:
    assert english_input(english("hello", "cat")) == "[[h|@|l|'oU k|'a|t]]."


def test_mandarin_is_spelled_as_numbered_pinyin() -> None:
    assert mandarin_input(mandarin("ni2 hao3", "ma5")) == "ni2 hao3, ma5,"


def test_a_label_has_one_unit_a_phone_and_one_a_mark() -> None:
    line = make_line("en", 3)
    phones = sum(len(word.phones) for clause in line.clauses for word in clause.words)
    assert len(units_of(line)) == phones + len(line.clauses)
    assert sum(unit.word_start for unit in units_of(line)) == sum(len(clause.words) for clause in line.clauses)


def test_a_word_starts_at_its_word_event_and_other_phones_at_their_own() -> None:
    starts = align_english(english("cat"), events("", "k", "a", "t", "_:", "_"))
    assert starts == [0, 200, 300, 400]


def test_linking_sounds_and_allophones_are_absorbed() -> None:
    line = english("idea", "of")
    found = align_english(line, events("", "aI", "d", "i:", ";", "@", "", "V", "v", "_:"))
    assert found is not None
    assert len(found) == len(units_of(line))
    flapped = align_english(english("water"), events("", "w", "O:", "t#", "3", "_:"))
    assert flapped is not None


def test_wrong_missing_and_surplus_phonemes_are_refused() -> None:
    line = english("cat")
    assert align_english(line, events("", "k", "E", "t", "_:")) is None
    assert align_english(line, events("", "k", "a", "_:")) is None
    assert align_english(line, events("", "k", "a", "t", "_:", "s")) is None


def test_a_syllable_is_its_initial_and_then_its_final() -> None:
    found = align_mandarin(mandarin("zhuang1 er4"), events("ts.", "w", "A", "N", "_|", "@r", "_|", "_:"))
    assert found == [0, 100, 400, 700]


def test_mandarin_pauses_must_stand_where_the_clauses_end() -> None:
    names = ("m", "A", "_|", "_:", "m", "A", "_|", "_:")
    assert align_mandarin(mandarin("ma1", "ma1"), events(*names)) == [0, 100, 300, 400, 500, 700]
    assert align_mandarin(mandarin("ma1 ma1"), events(*names)) is None
    assert align_mandarin(mandarin("ma1", "ma1"), events(*names[:-1])) is None


def test_a_fused_phone_gets_the_last_part_of_the_span() -> None:
    assert without_empty([0, 100, 200, 200, 300]) == [0, 100, 160, 200, 300]


def test_a_closure_belongs_to_its_stop_and_no_start_leaves_its_order() -> None:
    line = english("apple")
    samples = np.full(10_000, 8000, np.int16)
    samples[2000:3000] = 0
    starts = [0, 3000, 4000, 5000, 9000]
    moved = with_closures(samples, 10_000, units_of(line), starts)
    assert moved == [0, 2200, 4000, 5000, 9000]
