from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.text.frontend import read
from model.text.phones import INDEX
from model.training.report import (
    BEGIN,
    END,
    SENTENCES,
    Score,
    figure,
    language_of,
    said_last,
    teacher_line,
    trailing,
    write_card,
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
    few, many = figure("x", "zh", scores[:20]), figure("x", "zh", scores)
    for each in (few, many):
        assert each.low <= each.error_rate <= each.high
    assert many.high - many.low < few.high - few.low


def test_the_teacher_is_given_the_phones_that_the_front_end_wants() -> None:
    for text in SENTENCES:
        wanted = [(phone.symbol, phone.tone) for phone in read(text).phones]
        given = [p for clause in teacher_line(text).clauses for w in clause.words for p in w.phones]
        assert given == [pair for pair in wanted if pair[0] not in ",.?!"]


def test_half_of_the_sentences_are_mandarin() -> None:
    assert [language_of(text) for text in SENTENCES].count("zh") == 30
    assert len(SENTENCES) == 60


def test_the_card_gets_its_figures_and_keeps_the_rest(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    for figures in ("new", "newer"):
        write_card(card, figures)
    assert card.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnewer\n{END}\nafter\n"
    card.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="figures"):
        write_card(card, "x")
