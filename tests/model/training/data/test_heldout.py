"""The held-out sentences are what the model card says they are."""

from __future__ import annotations

import re

from oncue.model.text.english import word_phones
from oncue.model.text.frontend import read
from oncue.model.text.glyphs import is_hanzi
from oncue.model.training.data.heldout import DEVELOPMENT_EN, DEVELOPMENT_ZH, HELDOUT_EN, HELDOUT_ZH


def test_there_are_thirty_different_sentences_in_each_language_without_digits() -> None:
    assert len(set(HELDOUT_ZH)) == len(set(HELDOUT_EN)) == 30
    assert not any(re.search(r"\d", sentence) for sentence in HELDOUT_ZH + HELDOUT_EN)


def test_settings_are_chosen_on_other_sentences() -> None:
    assert not {*DEVELOPMENT_ZH, *DEVELOPMENT_EN} & {*HELDOUT_ZH, *HELDOUT_EN}


def test_mandarin_sentences_have_six_to_twenty_five_characters() -> None:
    for sentence in HELDOUT_ZH + DEVELOPMENT_ZH:
        assert 6 <= sum(is_hanzi(char) for char in sentence) <= 25
        assert read(sentence).language == "zh"


def test_english_sentences_have_four_to_sixteen_words_that_can_be_spoken() -> None:
    for sentence in HELDOUT_EN + DEVELOPMENT_EN:
        words = re.findall(r"[A-Za-z']+", sentence)
        assert 4 <= len(words) <= 16
        assert all(word_phones(word) for word in words)
        assert read(sentence).language == "en"
