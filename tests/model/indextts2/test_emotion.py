"""Emotions: the reference's mixture, the rule of sums, and what a voice makes of a value."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from oncue.model.api import EmotionSource, Voice
from oncue.model.indextts2.emotion import MAX_SUM, WEIGHTS, Prototypes, balanced, emotion_vector, make_emotion
from tests.emotions import weights
from tests.model.indextts2.family import prototypes, voice
from tests.model.indextts2.seeded import load_golden

GOLDEN = load_golden("conditioning")
LOW, HIGH = voice(140.0), voice(320.0)


def release_prototypes() -> Prototypes:
    styles, vectors = (GOLDEN.input(name).numpy() for name in ("spk_matrix", "emo_matrix"))
    return Prototypes(styles, vectors, tuple(GOLDEN.facts["emo_num"]))


def test_the_nearest_prototypes_and_their_mixture_are_the_reference_s() -> None:
    rows = release_prototypes().nearest(GOLDEN.input("style_a")[0].numpy())
    GOLDEN.check("emo_vector_index", torch.tensor(rows))
    own = GOLDEN["emovec_spk"][0].numpy()
    GOLDEN.check("emovec_vector_mode", release_prototypes().mix(GOLDEN.facts["emo_vector"], rows, own))


def test_no_weight_at_all_leaves_the_voice_its_own_feeling() -> None:
    own = np.arange(64, dtype=np.float32)
    assert np.array_equal(release_prototypes().mix(weights(), (0,) * 8, own), own)


def test_a_whole_weight_is_the_prototype_itself() -> None:
    mixed = release_prototypes().mix(weights(angry=1.0), (0, 4, *(0,) * 6), np.full(64, 9.0, np.float32))
    assert np.allclose(mixed, GOLDEN.input("emo_matrix")[3 + 4].numpy())


def test_weights_beyond_one_are_refused_with_their_sum() -> None:
    with pytest.raises(ValueError, match=r"sum to 1\.50"):
        release_prototypes().mix(weights(happy=0.75, sad=0.75), (0,) * 8, np.zeros(64, np.float32))


@pytest.mark.parametrize("broken", [(0.5,) * 7, (0.5,) * 7 + (-0.1,), (float("nan"),) * 8])
def test_weights_that_are_no_emotion_vector_are_refused_with_its_names(broken: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="happy, angry, sad"):
        balanced(broken)


def test_balanced_weights_never_take_more_than_their_share_and_keep_their_proportions() -> None:
    few = balanced(weights(happy=0.4))
    assert few == pytest.approx(weights(happy=0.4 * 0.9375))
    many = balanced((1.0,) * 8)
    assert sum(many) == pytest.approx(MAX_SUM)
    assert many[0] / many[7] == pytest.approx(0.9375 / 0.5625)


def test_prototypes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="5 styles and 6 vectors"):
        Prototypes(np.zeros((5, 3), np.float32), np.zeros((6, 4), np.float32), (1,) * 8)


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
