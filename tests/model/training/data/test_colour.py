from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from oncue.model.training.data.colour import coloured, decibels
from oncue.model.training.data.styles import RECIPES, Colour

RATE = 16_000
Sound = NDArray[np.float64]


def tone(hertz: float = 200.0, seconds: float = 1.0) -> Sound:
    return np.asarray(8000 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE))


def ends_of(sound: Sound) -> tuple[int, ...]:
    return len(sound) // 2, len(sound) * 9 // 10, len(sound)


def put_on(sound: Sound, colour: Colour, seed: int = 0) -> Sound:
    return coloured(sound, RATE, ends_of(sound), colour, np.random.default_rng(seed))


def test_without_colour_nothing_is_touched() -> None:
    sound = tone()
    assert np.array_equal(put_on(sound, Colour()), sound)
    assert np.array_equal(put_on(sound, Colour(breath=0.3, tilt_db=4.0).scaled(0.0)), sound)


def level(sound: Sound) -> float:
    return 20 * float(np.log10(np.sqrt(np.mean(sound**2)) + 1e-9))


def test_a_swell_rises_by_its_decibels_and_stays_where_the_speech_ends() -> None:
    made = put_on(tone(), Colour(swell_db=6.0))
    assert level(made[-800:]) - level(made[:800]) == pytest.approx(6.0, abs=0.5)
    assert level(made[-800:]) == pytest.approx(level(made[-1600:-800]), abs=0.1)


@pytest.mark.parametrize(("contrast", "difference_db"), [(0.0, 12.0), (0.5, 18.0), (-0.5, 6.0)])
def test_contrast_moves_the_loud_and_the_faint_apart_or_together(contrast: float, difference_db: float) -> None:
    stepped = tone()
    stepped[RATE // 2 :] /= 4
    made = put_on(stepped, Colour(contrast=contrast, tilt_db=1e-9))
    assert level(made[1600:6400]) - level(made[9600:12800]) == pytest.approx(difference_db, abs=0.7)


def test_breath_is_noise_that_is_silent_where_the_speech_is() -> None:
    half = tone(300.0)
    half[RATE // 2 :] = 0
    made = put_on(half, Colour(breath=0.3))
    high = np.abs(np.fft.rfft(made[: RATE // 2]))[2000:].mean()
    assert high > 10 * np.abs(np.fft.rfft(half[: RATE // 2]))[2000:].mean()
    assert np.abs(made[RATE // 2 + 400 :]).max() <= 1


def test_tilt_is_full_at_four_kilohertz_and_the_throat_gives_what_it_takes() -> None:
    hertz = np.array([200.0, 950.0, 1900.0, 4000.0, 8000.0])
    assert decibels(hertz, Colour(tilt_db=6.0))[[0, 3, 4]] == pytest.approx([0.0, 6.0, 6.0])
    throat = decibels(hertz, Colour(throat_db=6.0))
    assert throat[1] == pytest.approx(6.0, abs=0.1)
    assert throat[2] == pytest.approx(-6.0, abs=0.1)


def test_every_style_has_something_that_no_other_has() -> None:
    moving = [
        (r.colour.glide, r.colour.sway, r.colour.sway_hz, r.colour.swell_db, r.colour.contrast)
        for r in RECIPES.values()
    ]
    assert len(set(moving)) == len(moving)
    assert Colour().glide not in {any(style[i] for i in (0, 1, 3, 4)) for style in moving}


def test_the_same_seed_gives_the_same_sound() -> None:
    colour = RECIPES["sad"].colour
    one, two, other = (put_on(tone(), colour, seed) for seed in (5, 5, 6))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
