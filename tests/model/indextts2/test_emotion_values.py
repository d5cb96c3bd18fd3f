from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import EmotionSource, Voice
from oncue.model.indextts2.emotion_values import WEIGHTS, emotion_vector, make_emotion
from tests.model.indextts2.family import prototypes, voice

LOW, HIGH = voice(140.0), voice(320.0)


def vector(source: EmotionSource) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return emotion_vector(LOW, make_emotion(source), prototypes())


def test_without_a_source_a_voice_keeps_the_feeling_of_its_recording() -> None:
    np.testing.assert_array_equal(vector(EmotionSource()), LOW.arrays["own_emotion"])


def test_a_borrowed_feeling_moves_the_voice_by_its_intensity() -> None:
    own, other = LOW.arrays["speaker_feeling"], HIGH.arrays["own_emotion"]
    np.testing.assert_array_equal(vector(EmotionSource(voice=HIGH, intensity=0.0)), own)
    np.testing.assert_allclose(vector(EmotionSource(voice=HIGH, intensity=1.0)), other, atol=1e-6)
    np.testing.assert_allclose(vector(EmotionSource(voice=HIGH, intensity=0.5)), (own + other) / 2, atol=1e-6)


def test_weights_mix_the_prototypes_nearest_to_the_voice() -> None:
    happy = (1.0, 0, 0, 0, 0, 0, 0, 0)
    weight = float(make_emotion(EmotionSource(vector=happy)).arrays[WEIGHTS][0])
    nearest = prototypes().vectors[prototypes().nearest(LOW.arrays["style"])[0]]
    expected = weight * nearest + (1 - weight) * LOW.arrays["own_emotion"]
    np.testing.assert_allclose(vector(EmotionSource(vector=happy)), expected, atol=1e-5)


def test_intensity_scales_weights() -> None:
    half = make_emotion(EmotionSource(vector=(0, 0.4, 0, 0, 0, 0, 0, 0), intensity=0.5)).arrays[WEIGHTS]
    full = make_emotion(EmotionSource(vector=(0, 0.4, 0, 0, 0, 0, 0, 0))).arrays[WEIGHTS]
    np.testing.assert_allclose(half * 2, full)


def test_the_same_source_gives_the_same_key() -> None:
    assert make_emotion(EmotionSource(voice=HIGH)).key == make_emotion(EmotionSource(voice=HIGH)).key
    assert make_emotion(EmotionSource(voice=HIGH)).key != make_emotion(EmotionSource(voice=LOW)).key


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (EmotionSource(intensity=1.5), "intensity"),
        (EmotionSource(vector=(1.0, 2.0)), "8 weights"),
        (EmotionSource(vector=(-1.0, 0, 0, 0, 0, 0, 0, 0)), "0 or more"),
        (EmotionSource(voice=Voice("other", {"a": np.zeros(1)})), "another model"),
    ],
)
def test_what_is_out_of_range_is_a_sentence(source: EmotionSource, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        make_emotion(source)
