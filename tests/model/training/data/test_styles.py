from __future__ import annotations

import pytest

from oncue.model.api import EMOTION_NAMES
from oncue.model.training.data.styles import RECIPES, Colour, Style, recipe_of


def test_every_emotion_has_a_recipe_and_no_intensity_is_neutral() -> None:
    assert set(RECIPES) == set(EMOTION_NAMES)
    for emotion in range(len(EMOTION_NAMES)):
        recipe = recipe_of(Style(emotion, 0.0))
        assert (recipe.rate, recipe.pitch_semitones, recipe.pitch_range, recipe.gain_db) == (1.0, 0.0, 1.0, 0.0)
        assert recipe.colour == Colour(sway_hz=recipe.colour.sway_hz)


def test_half_an_emotion_is_half_of_it_in_the_log_domain() -> None:
    full, half = (recipe_of(Style(EMOTION_NAMES.index("sad"), share)) for share in (1.0, 0.5))
    assert half.rate**2 == pytest.approx(full.rate)
    assert half.gain_db * 2 == pytest.approx(full.gain_db)
    assert half.colour.tilt_db * 2 == pytest.approx(full.colour.tilt_db)
