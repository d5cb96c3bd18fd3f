from __future__ import annotations

import numpy as np

from model.text.frontend import read
from model.text.phones import INDEX
from model.training.dataset import hold, syllable_starts


def test_word_starts_in_training_are_those_of_the_front_end() -> None:
    for text in ("我们一起去公园吧，好吗？", "The cat sat on the mat.", "今天有 party 吗？"):
        phones = read(text).phones
        ids = np.array([INDEX[phone.symbol] for phone in phones])
        wanted = [int(phone.word_start) for phone in phones]
        teacher = np.array([int(p.word_start and p.symbol.isupper()) for p in phones])
        assert syllable_starts(ids, teacher).tolist() == wanted


def test_pitch_is_held_through_unvoiced_frames_and_taken_in_advance_at_the_start() -> None:
    track = np.array([np.nan, 5.0, np.nan, np.nan, 4.0], np.float32)
    assert hold(track, 1.0).tolist() == [5, 5, 5, 5, 4]
    assert hold(np.full(3, np.nan, np.float32), 1.0).tolist() == [1, 1, 1]
