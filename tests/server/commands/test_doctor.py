from __future__ import annotations

import numpy as np

from server.commands.doctor import Logged, environment, proof
from streaming import events


def log(*kinds: str) -> list[Logged]:
    """d is a code, c a chunk."""
    entries, codes = [], 0
    for index, kind in enumerate(kinds):
        codes += kind == "d"
        event = events.Decoded(1, codes) if kind == "d" else events.AudioChunk(1, 0, np.zeros(1, np.float32), ())
        entries.append(Logged(event, index / 10))
    return entries


def test_a_chunk_before_the_last_code_is_proof() -> None:
    check = proof(log("d", "d", "c", "d", "c"))
    assert check.good
    assert check.found == "chunk 1 left after code 2 of 3, 100 ms before code 3 was decoded"


def test_a_line_that_was_decoded_first_is_not() -> None:
    assert not proof(log("d", "d", "c", "c")).good


def test_a_line_without_sound_is_not() -> None:
    assert not proof(log("d", "d")).good


def test_the_environment_is_told_and_espeak_is_not_needed() -> None:
    assert all(check.good for check in environment())
