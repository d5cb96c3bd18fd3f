from __future__ import annotations

import numpy as np

from model.text.frontend import read
from model.text.phones import INDEX
from model.training.dataset import syllable_starts


def test_word_starts_in_training_are_those_of_the_front_end() -> None:
    for text in ("我们一起去公园吧，好吗？", "The cat sat on the mat.", "今天有 party 吗？"):
        phones = read(text).phones
        ids = np.array([INDEX[phone.symbol] for phone in phones])
        wanted = [int(phone.word_start) for phone in phones]
        teacher = np.array([int(p.word_start and p.symbol.isupper()) for p in phones])
        assert syllable_starts(ids, teacher).tolist() == wanted
