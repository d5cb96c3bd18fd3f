from __future__ import annotations

import numpy as np
import pytest

from oncue.model.text.frontend import read
from oncue.model.text.phones import INDEX
from oncue.model.tiny.pitch import scale_of
from oncue.model.training.data.corpus import LINE_DTYPE, UNIT_DTYPE, Corpus
from oncue.model.training.data.dataset import melodies, syllable_starts
from oncue.model.training.data.teacher import Speaker


def test_word_starts_in_training_are_those_of_the_front_end() -> None:
    for text in ("我们一起去公园吧，好吗？", "The cat sat on the mat.", "今天有 party 吗？"):
        phones = read(text).phones
        ids = np.array([INDEX[phone.symbol] for phone in phones])
        wanted = [int(phone.word_start) for phone in phones]
        teacher = np.array([int(p.word_start and p.symbol.isupper()) for p in phones])
        assert syllable_starts(ids, teacher).tolist() == wanted


def test_a_voice_is_known_by_its_plain_lines_and_one_without_any_by_all() -> None:
    time = np.arange(300) / 100
    sung = np.sin(2 * np.pi * 3 * time)
    lines = np.zeros(4, LINE_DTYPE)
    lines["speaker"], lines["intensity"] = [0, 0, 1, 1], [0.0, 1.0, 0.6, 1.0]
    tracks = [(4.8 + width * sung).astype(np.float32) for width in (0.1, 0.3, 0.1, 0.2)]
    tracks[1] += np.float32(0.3)
    tracks[3] += np.float32(0.4)
    speakers = tuple(Speaker(i, "espeak", str(i), "male", 50, 70, False) for i in range(3))
    means, scales = melodies(Corpus(lines, np.zeros(0, UNIT_DTYPE), (), speakers), tracks)
    assert means[:2].tolist() == pytest.approx([4.8, 5.0], abs=0.01)
    assert scales[0] == pytest.approx(scale_of(tracks[0]))
    assert scales[1] == pytest.approx((scale_of(tracks[2]) * scale_of(tracks[3])) ** 0.5)
    assert scales[2] == 1.0
