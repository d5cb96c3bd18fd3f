"""The word list is well formed."""

from __future__ import annotations

from oncue.model.text.lexicon import ALONE, READINGS, WORDS
from oncue.model.text.mandarin import read_run, syllable_phones


def test_every_word_has_one_readable_syllable_a_character() -> None:
    for word, syllables in READINGS.items():
        assert len(word) == len(syllables), word
        assert all(syllable_phones(syllable) for syllable in syllables)


def test_lone_characters_have_one_readable_syllable() -> None:
    assert all(len(char) == 1 and syllable_phones(syllable) for char, syllable in ALONE.items())


def test_sandhi_words_are_pairs_of_third_tones_of_which_the_first_rises() -> None:
    for word in WORDS:
        first, second = read_run(word, (None, None))
        assert (first.tone, second.tone) == (3, 3), word
        assert (first.spoken or "").endswith("2"), word
