from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from oncue.model.api import EMOTION_NAMES, Samples
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.evaluate.witness import Lesson, Vector, Witness, manner, right, taught

SIZE = len(EMOTION_NAMES)


def buzz(glide_semitones: float, swell_db: float, seconds: float = 1.5) -> Samples:
    """All harmonics of 150 Hz in syllables, whose pitch and loudness go up so much from one end to the other."""
    along = np.linspace(-0.5, 0.5, int(seconds * SAMPLE_RATE))
    turns = np.cumsum(150 * 2 ** (glide_semitones * along / 12)) / SAMPLE_RATE
    tone = np.sum([np.sin(2 * np.pi * k * turns) / k for k in range(1, 75)], axis=0)
    syllables = 0.8 + 0.2 * np.sin(2 * np.pi * 4 * seconds * along)
    return np.asarray(0.1 * tone * syllables * 10 ** (swell_db * along / 20), np.float32)


def lesson(speakers: int, seed: int) -> Lesson:
    """Each speaker has two plain lines of his own manner, and one in each style, which moves one of its parts."""
    rng = np.random.default_rng(seed)
    own = np.repeat(10 * rng.normal(size=(speakers, SIZE)), SIZE + 2, 0)
    styles = np.tile([-1, -1, *range(SIZE)], speakers)
    moved = np.where(styles[:, None] == np.arange(SIZE), 5.0, 0.0)
    manners = (own + moved + rng.normal(size=own.shape)).astype(np.float32)
    intensities = (styles >= 0).astype(np.float32)
    return Lesson.of(manners, styles, intensities, np.repeat(np.arange(speakers), SIZE + 2))


def test_a_manner_is_of_one_size_and_finite_of_any_sound() -> None:
    noise = np.random.default_rng(0).normal(size=SAMPLE_RATE).astype(np.float32)
    sounds = [buzz(0, 0), buzz(6, 5), noise * 0.1, np.zeros(SAMPLE_RATE, np.float32)]
    heard = [manner(sound) for sound in sounds]
    assert {x.shape for x in heard} == {heard[0].shape}
    assert all(np.isfinite(x).all() for x in heard)


@pytest.mark.parametrize(("glide", "swell"), [(6, 0), (0, 8)])
def test_a_glide_and_a_swell_are_each_somewhere_in_the_manner(glide: float, swell: float) -> None:
    plain, more, less = (manner(buzz(sign * glide, sign * swell)) for sign in (0, 1, -1))
    assert np.any(np.abs((more - less) - max(glide, swell)) < 0.35 * max(glide, swell))
    assert np.abs(more - plain).max() > 1


@pytest.fixture(scope="module")
def witness() -> Witness:
    """Taught by sixty speakers."""
    return taught(lesson(60, 1))


def test_a_style_is_told_of_voices_that_were_never_heard_and_however_they_speak_otherwise(witness: Witness) -> None:
    assert np.mean(right(witness, lesson(20, 2))) > 0.9


def test_a_witness_says_the_same_once_it_is_read_again(witness: Witness, tmp_path: Path) -> None:
    witness.save(tmp_path / "witness.npz")
    again, some = Witness.load(tmp_path / "witness.npz"), lesson(5, 3)
    assert [witness(x, 0 * x) for x in some.differences] == [again(x, 0 * x) for x in some.differences]


def test_a_voice_without_a_plain_line_teaches_nothing() -> None:
    manners: Vector = np.array([[1.0], [3.0], [7.0]], np.float32)
    found = Lesson.of(manners, np.array([-1, 2, 2]), np.array([0, 1, 1], np.float32), np.array([0, 0, 1]))
    assert found.differences.tolist() == [[2.0]]
    assert found.speakers.tolist() == [0]
