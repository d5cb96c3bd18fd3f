"""Letter-to-sound rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.letters import guess
from oncue.model.text.phones import ENGLISH_VOWELS, INDEX


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("blate", "B L EY1 T"),
        ("shromp", "SH R AA1 M P"),
        ("phlight", "F L AY1 T"),
        ("knoop", "N UW1 P"),
        ("grobation", "G R OW0 B EY1 SH AH0 N"),
        ("cent", "S EH1 N T"),
        ("zeem", "Z IY1 M"),
        ("dracking", "D R AE1 K IH0 NG"),
    ],
)
def test_spellings_have_their_usual_sounds(word: str, phones: str) -> None:
    assert guess(word) == phones


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20))
def test_a_guess_uses_the_inventory_and_has_one_main_stress(word: str) -> None:
    tokens = guess(word).split()
    assert all(token.rstrip("012") in INDEX for token in tokens)
    vowels = [token for token in tokens if token.rstrip("012") in ENGLISH_VOWELS]
    assert sum(token.endswith("1") for token in vowels) == (1 if vowels else 0)
