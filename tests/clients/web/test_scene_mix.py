from __future__ import annotations

import numpy as np
import pytest

from oncue.streaming.scenes.mix import SoundedLine, mixed, panned
from tests.clients.web.modules import evaluate

RATE = 8000


def test_the_page_saves_what_the_renderer_makes() -> None:
    draw = np.random.default_rng(1)
    sounds = [draw.uniform(-0.4, 0.4, length).astype(np.float32) for length in (900, 700, 500)]
    firsts, cuts, places = (-100, 300, 900), (None, 500, None), ((-1.0, 0.0), (0.3, 3.0), (0.0, -6.0))
    given = [
        {
            "first": first,
            "cut": cut,
            "pan": pan,
            "gainDb": gain_db,
            "samples": sound.tolist(),
        }
        for first, cut, (pan, gain_db), sound in zip(firsts, cuts, places, sounds, strict=True)
    ]
    body = """
    const lines = given.map(({ cut, pan, gainDb, samples, ...line }) => (
      { ...line, cut: cut ?? Infinity, gains: m.panned(pan, gainDb), samples: Float32Array.from(samples) }));
    return Array.from(m.mixed(lines, 1200, 8000));
    """
    lines = [
        SoundedLine(str(n), str(n), sound, first, None if cut is None else first + cut)
        for n, (first, cut, sound) in enumerate(zip(firsts, cuts, sounds, strict=True))
    ]
    gains = {str(n): panned(pan, gain_db) for n, (pan, gain_db) in enumerate(places)}
    wanted = mixed(lines, gains, 1200, RATE).mix / 32767
    got = np.array(evaluate("scene_mix.js", body, given)).reshape(-1, 2)
    assert np.abs(got - wanted).max() < 3 / 32767


def test_a_character_without_a_place_is_in_the_middle() -> None:
    assert evaluate("scene_mix.js", "return m.panned();") == pytest.approx([0.5**0.5] * 2)
