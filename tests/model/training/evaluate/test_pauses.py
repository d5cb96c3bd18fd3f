from __future__ import annotations

import numpy as np
import pytest

from oncue.model.training.evaluate.pauses import HALVES, longest_rest, ratios, sentences
from tests.model.conftest import hum


def test_the_longest_rest_is_found_between_sounds_and_not_at_the_ends() -> None:
    word, end = hum(150, 0.4) * 0.5, np.zeros(12_000, np.float32)
    short, long = np.zeros(2_400, np.float32), np.zeros(7_200, np.float32)
    assert longest_rest(np.concatenate([end, word, short, word, long, word, end])) == pytest.approx(0.3, abs=0.02)
    assert longest_rest(np.concatenate([end, word, end])) == 0.0
    assert longest_rest(end) == 0.0


def test_every_pair_differs_in_its_mark_alone_and_ratios_are_told_by_language() -> None:
    said = sentences()
    assert len(said) == 2 * len(HALVES)
    for comma, stop in zip(said[: len(HALVES)], said[len(HALVES) :], strict=True):
        assert len(comma) == len(stop)
        assert comma.replace("，", "。").replace(",", ".").lower() == stop.lower()
    rests = [0.4 if ("。" in text[:-1] or "." in text[:-1]) else (0.2 if text.isascii() else 0.1) for text in said]
    assert ratios(rests) == {"zh": pytest.approx(4.0), "en": pytest.approx(2.0)}
