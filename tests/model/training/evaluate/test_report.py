from __future__ import annotations

import numpy as np
import pytest

from oncue.model.text.frontend import read
from oncue.model.text.phones import INDEX
from oncue.model.training.evaluate.report import (
    SENTENCES,
    Score,
    error_rate,
    language_of,
    named,
    said_last,
    table,
    teacher_line,
    trailing,
)


def test_a_lost_last_word_is_noticed_and_a_slip_in_it_is_not() -> None:
    reading = read("Please open the window.")
    heard = [INDEX[phone.symbol] for phone in reading.phones if phone.word is not None]
    assert said_last(reading, heard)
    assert said_last(reading, [*heard[:-1], INDEX["AA"]])
    word = sum(phone.word == 3 for phone in reading.phones)
    assert not said_last(reading, heard[:-word])


def test_silence_at_the_end_is_measured() -> None:
    sound = np.concatenate([np.sin(np.arange(12_000) * 0.1), np.zeros(4800)]).astype(np.float32)
    assert trailing(sound) == pytest.approx(0.2, abs=0.011)


def test_an_interval_holds_its_rate_and_shrinks_with_more_sentences() -> None:
    rng = np.random.default_rng(0)
    scores = [Score("x", 1.0, int(rng.integers(0, 6)), 20, True, 0.1) for _ in range(200)]
    few, many = error_rate(False, "zh", 0.0, scores[:20]), error_rate(False, "zh", 0.0, scores)
    for each in (few, many):
        assert each.low <= each.rate <= each.high
    assert many.high - many.low < few.high - few.low


def test_the_teacher_is_given_the_phones_that_the_front_end_wants() -> None:
    for text in SENTENCES:
        wanted = [(phone.symbol, phone.tone) for phone in read(text).phones]
        given = [p for clause in teacher_line(text).clauses for w in clause.words for p in w.phones]
        assert given == [pair for pair in wanted if pair[0] not in ",.?!"]


def test_half_of_the_sentences_are_mandarin() -> None:
    assert [language_of(text) for text in SENTENCES].count("zh") == 30
    assert len(SENTENCES) == 60


def test_the_table_compares_with_the_teacher_and_with_free_run() -> None:
    rates = [
        {"teacher": teacher, "language": "zh", "ratio": ratio, "sentences": 30, "rate": rate, "low": 0.0, "high": 1.0}
        for teacher, ratio, rate in ((True, 0.0, 0.02), (False, 0.0, 0.05), (True, 0.75, 0.04), (False, 0.75, 0.09))
    ]
    found = {
        "error_rates": rates,
        "tone_accuracy": {"free": 0.9},
        "teacher_tone_accuracy": {"free": 0.95},
        "sounds": 60,
    }
    lines = table(found).splitlines()
    assert "| zh | free | 30 | 5.0 | 0.0–100.0 | 2.0 | +3.0 |  |  |" in lines
    assert "| zh | 0.75x | 30 | 9.0 | 0.0–100.0 | 4.0 | +5.0 | +4.0 | +2.0 |" in lines
    assert "| free | 0.900 | 0.950 | 0.947 |" in lines
    assert lines[-1] == "* sounds: 60"
    assert named(0.0) == "free"
