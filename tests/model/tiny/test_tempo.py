from __future__ import annotations

import pytest

from oncue.model.api import EMOTION_NAMES
from oncue.model.tiny.tempo import TEMPO, pace_of


def test_no_feeling_is_said_at_the_natural_pace() -> None:
    assert pace_of([0.0] * len(EMOTION_NAMES)) == 1.0


@pytest.mark.parametrize("name", EMOTION_NAMES)
def test_a_style_takes_as_many_codes_as_its_tempo_says_and_half_of_it_the_root(name: str) -> None:
    full = [float(other == name) for other in EMOTION_NAMES]
    assert pace_of(full) == pytest.approx(1 / TEMPO[name])
    assert pace_of([weight / 2 for weight in full]) ** 2 == pytest.approx(1 / TEMPO[name])
