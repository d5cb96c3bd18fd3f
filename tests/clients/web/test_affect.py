from __future__ import annotations

import pytest

from tests.clients.web.modules import evaluate

EMOTIONS = ["happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm"]


def test_the_order_is_that_of_the_protocol() -> None:
    assert evaluate("affect.js", "return m.EMOTIONS;") == EMOTIONS


@pytest.mark.parametrize("name", EMOTIONS)
def test_on_a_feelings_own_place_it_is_the_strongest(name: str) -> None:
    vector = evaluate("affect.js", "return m.strengths(...m.PLACES[given]);", name)
    assert max(vector) == vector[EMOTIONS.index(name)]
    assert vector[EMOTIONS.index(name)] > 0.5


def test_everywhere_strengths_are_shares_and_in_the_middle_there_are_none() -> None:
    got = evaluate(
        "affect.js",
        "const all = []; for (let x = -1; x <= 1; x += 0.1) for (let y = -1; y <= 1; y += 0.1) all.push(m.strengths(x, y)); return [all, m.strengths(0, 0)];",
    )
    for vector in got[0]:
        assert all(0 <= value <= 1 for value in vector)
        assert sum(vector) <= 1.005
    assert got[1] == [0] * 8
