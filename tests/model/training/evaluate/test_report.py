from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from oncue.model.api import Samples
from oncue.model.training.data.heldout import HELDOUT_EN, HELDOUT_ZH
from oncue.model.training.evaluate.ears import Ears
from oncue.model.training.evaluate.report import (
    SENTENCES,
    error_rate,
    language_of,
    read_wav,
    score,
    table,
    trailing,
    write_wav,
)
from tests.model.conftest import hum


class Listener:
    """Hears what it is told to."""

    def __init__(self, heard: str) -> None:
        self.heard = heard

    def hear(self, _pcm: Samples, _language: str) -> str:
        return self.heard

    def naturalness(self, _pcm: Samples) -> float:
        return 3.5


def row(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "voice": "ada", "ratio": 0.0, "samples": 24_000, **more}


def test_a_sound_that_is_heard_as_another_word_has_an_error_and_a_free_one_its_length_against_the_plan() -> None:
    text = HELDOUT_EN[0]
    wrong = text.replace("tonight", "tomorrow").replace(".", "")
    found = score(cast(Ears, Listener(wrong)), hum(120, 1.0), row(text, planned_samples=20_000))
    assert found.wrong == 1
    assert not found.last_word
    assert found.against_plan == pytest.approx(0.2)
    held = score(
        cast(Ears, Listener(text)), hum(120, 1.0), row(text, ratio=1.1, planned_samples=20_000, error_samples=0)
    )
    assert (held.wrong, held.against_plan, held.error_samples) == (0, None, 0)


def test_every_sentence_has_its_language() -> None:
    assert [language_of(text) for text in SENTENCES] == ["zh"] * len(HELDOUT_ZH) + ["en"] * len(HELDOUT_EN)


def test_the_silence_behind_speech_is_measured() -> None:
    sound = np.concatenate([hum(120, 0.5), np.zeros(4800, np.float32)])
    assert trailing(sound) == pytest.approx(0.2, abs=0.02)


def test_a_rate_has_an_interval_around_it_and_the_table_a_row_for_each_length_and_voice() -> None:
    texts = HELDOUT_EN[:4]
    scores = [score(cast(Ears, Listener(text if n else "")), hum(120, 1.0), row(text)) for n, text in enumerate(texts)]
    rate, low, high = error_rate(scores)
    assert low <= rate <= high
    shown = table(scores, scores)
    assert "| en | free | 4 |" in shown
    assert "| en | the teacher | 4 |" in shown
    assert "| ada | 4 |" in shown


def test_sounds_come_back_from_files(tmp_path: Path) -> None:
    pcm = (hum(120, 0.1) * 32_768).astype(np.int16)
    write_wav(tmp_path / "a.wav", pcm)
    assert np.allclose(read_wav(tmp_path / "a.wav") * 32_768, pcm)
