"""English words to phones: dictionary, parts, letters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.english import as_phones, phrase_phones, word_phones
from oncue.model.text.phones import ENGLISH_CONSONANTS, ENGLISH_VOWELS, STRESS_BASE


def written(word: str) -> str:
    """Phones as CMUdict writes them."""
    return " ".join(f"{symbol}{tone - STRESS_BASE}" if tone else symbol for symbol, tone in word_phones(word))


def test_a_dictionary_word_keeps_its_stress_on_vowels_and_nothing_on_consonants() -> None:
    assert word_phones("hello") == (("HH", 0), ("AH", 6), ("L", 0), ("OW", 7))


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("noobs", "N UW1 B Z"),
        ("waifus", "W AY1 F UW0 Z"),
        ("Smith's", "S M IH1 TH S"),
        ("twitch's", "T W IH1 CH AH0 Z"),
        ("nerfed", "N ER1 F T"),
        ("nerfing", "N ER1 F IH0 NG"),
        ("respawned", "R IY0 S P AO1 N D"),
        ("unboxing", "AH0 N B AO1 K S IH2 NG"),
    ],
)
def test_inflections_follow_the_sound_of_the_stem(word: str, phones: str) -> None:
    assert written(word) == phones


def test_capitals_nobody_can_say_are_spelt_out() -> None:
    assert written("NPC") == "EH2 N P IY2 S IY1"
    assert written("NPCs") == "EH2 N P IY2 S IY1 Z"
    assert written("gpu") == "JH IY2 P IY2 Y UW1"
    assert written("AI") == "EY2 AY1"
    assert written("HELLO") == written("hello")


def test_capitals_inside_and_compounds_divide_a_word() -> None:
    assert written("PlayFab").startswith(written("play"))
    assert written("livestream") == "L AY1 V S T R IY2 M"
    assert written("VTubers").startswith("V IY1 T UW2 B ER0")


def test_held_letters_do_not_change_a_word() -> None:
    assert written("noooooo") == written("no")
    assert written("yesssss") == written("yes")


def test_accents_and_curly_apostrophes_are_read_through() -> None:
    assert word_phones("café") == word_phones("cafe")
    assert word_phones("don’t") == word_phones("don't")


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz")
def test_every_letter_has_a_name(letter: str) -> None:
    assert any(symbol in ENGLISH_VOWELS for symbol, _ in word_phones(letter.upper()))


def test_function_words_are_weak_inside_a_phrase_and_full_at_its_end() -> None:
    the_apple, _, the_cat, _, to = phrase_phones(("the", "apple", "the", "cat", "to"))
    assert the_apple == as_phones("DH IY0")
    assert the_cat == as_phones("DH AH0")
    assert to == as_phones("T UW1")


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'ABCDEFGHIJ", min_size=1, max_size=14))
def test_any_word_with_a_letter_has_valid_phones(word: str) -> None:
    phones = word_phones(word)
    if any(char.isalpha() for char in word):
        assert phones
    for symbol, tone in phones:
        assert (symbol in ENGLISH_VOWELS and tone in {6, 7, 8}) or (symbol in ENGLISH_CONSONANTS and tone == 0)
