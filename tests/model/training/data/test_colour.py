from __future__ import annotations

import numpy as np
import pytest

from oncue.model.training.data.colour import coloured, decibels
from oncue.model.training.data.styles import RECIPES, Colour
from oncue.model.training.data.teacher import Spoken, Unit

RATE = 16_000
UNITS = (Unit("AA", 7, word_start=True), Unit("B", 0, word_start=False), Unit(".", 0, word_start=False))


def tone(hertz: float = 200.0, seconds: float = 1.0) -> Spoken:
    samples = np.round(8000 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.int16)
    return Spoken(samples, RATE, UNITS, (len(samples) // 2, len(samples) * 9 // 10, len(samples)))


def pitch_of(sound: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 17))
    return float(np.argmax(spectrum) * RATE / (1 << 17))


def test_without_colour_nothing_is_touched() -> None:
    spoken = tone()
    assert coloured(spoken, Colour(), 3) is spoken
    assert coloured(spoken, Colour(sway_hz=9.0).scaled(0.0), 3) is spoken


def test_a_glide_rises_by_its_semitones() -> None:
    made = coloured(tone(), Colour(glide=6.0), 0).samples.astype(float)
    first, last = pitch_of(made[:1600]), pitch_of(made[-3200:-1600])
    assert 12 * np.log2(last / first) == pytest.approx(6.0 * 0.8, abs=1.0)


def test_the_ends_stay_with_what_they_end() -> None:
    spoken = tone()
    clicked = spoken.samples.copy()
    clicked[spoken.ends[0]] = 32_000
    made = coloured(Spoken(clicked, RATE, UNITS, spoken.ends), Colour(glide=-5.0, sway=1.0), 1)
    assert abs(int(np.argmax(made.samples)) - made.ends[0]) <= 2
    assert made.ends[-1] <= len(made.samples)
    assert list(made.ends) == sorted(set(made.ends))


def level(sound: np.ndarray) -> float:
    return 20 * float(np.log10(np.sqrt(np.mean(sound.astype(float) ** 2)) + 1e-9))


def test_a_swell_rises_by_its_decibels_and_stays_where_the_speech_ends() -> None:
    made = coloured(tone(), Colour(swell_db=6.0), 0).samples
    assert level(made[-800:]) - level(made[:800]) == pytest.approx(6.0, abs=0.5)
    assert level(made[-800:]) == pytest.approx(level(made[-1600:-800]), abs=0.1)


@pytest.mark.parametrize(("contrast", "difference_db"), [(0.0, 12.0), (0.5, 18.0), (-0.5, 6.0)])
def test_contrast_moves_the_loud_and_the_faint_apart_or_together(contrast: float, difference_db: float) -> None:
    spoken = tone()
    stepped = spoken.samples.copy()
    stepped[RATE // 2 :] //= 4
    made = coloured(Spoken(stepped, RATE, UNITS, spoken.ends), Colour(contrast=contrast, tilt_db=1e-9), 0).samples
    assert level(made[1600:6400]) - level(made[9600:12800]) == pytest.approx(difference_db, abs=0.7)


def test_a_sway_begins_upwards_and_comes_back() -> None:
    made = coloured(tone(), Colour(sway=3.0, sway_hz=1.0), 0).samples.astype(float)
    up, down = pitch_of(made[2400:5600]), pitch_of(made[10400:13600])
    assert 12 * np.log2(up / 200) == pytest.approx(2.8, abs=0.6)
    assert 12 * np.log2(down / 200) == pytest.approx(-2.8, abs=0.6)


def test_breath_is_noise_that_is_silent_where_the_speech_is() -> None:
    spoken = tone(300.0)
    half = spoken.samples.copy()
    half[RATE // 2 :] = 0
    made = coloured(Spoken(half, RATE, UNITS, spoken.ends), Colour(breath=0.3), 0).samples.astype(float)
    high = np.abs(np.fft.rfft(made[: RATE // 2]))[2000:].mean()
    assert high > 10 * np.abs(np.fft.rfft(half[: RATE // 2].astype(float)))[2000:].mean()
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
    one, two, other = (coloured(tone(), colour, seed).samples for seed in (5, 5, 6))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
