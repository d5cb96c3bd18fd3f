from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from oncue.model.api import EMOTION_NAMES, EmotionSource, Samples, Start, Voice, Window
from oncue.model.tiny import speech as speech_model
from oncue.model.tiny.encoders import MEL_BANDS, LogMel, mel_centres
from oncue.model.tiny.speech import TinySpeech
from oncue.model.tiny.timbre import Heard, correction, long_term

FRAMES = 400


def speech(seed: int, slope: float = 0.0) -> Heard:
    """A quarter of silence and else noise that moves, tilted by so many tens of decibels from end to end."""
    generator = torch.Generator().manual_seed(seed)
    mel = 0.3 * torch.randn(FRAMES, MEL_BANDS, generator=generator) + slope * torch.linspace(-0.5, 0.5, MEL_BANDS)
    mel[: FRAMES // 4] -= 3.0
    return Heard(mel, np.arange(FRAMES) >= FRAMES // 4)


def gain(timbre: NDArray[np.float32]) -> NDArray[np.float32]:
    """In tens of decibels."""
    return timbre * np.float32(2 / np.log(10))


def test_a_clone_that_is_like_its_reference_is_left_as_it_is() -> None:
    assert np.abs(gain(correction(speech(0), speech(1), 100.0))).max() < 0.02


def test_a_darker_clone_is_brightened_and_stays_about_as_loud() -> None:
    found = gain(correction(speech(0, slope=1.6), speech(1), 100.0))
    assert found[60:].mean() - found[10:20].mean() > 0.6
    assert (np.diff(found[8:]) > -0.05).all()
    power = 10 ** speech(1).mel[FRAMES // 4 :].mean(0).numpy() * np.gradient(mel_centres())
    assert (power * 10**found).sum() == pytest.approx(power.sum(), rel=0.02)


def test_a_small_difference_counts_for_less_than_its_share_and_a_huge_one_is_bounded() -> None:
    small, large, huge = (np.ptp(gain(correction(speech(0, slope), speech(1), 100.0))) for slope in (0.2, 1.6, 40.0))
    assert small < 0.3 * 0.2
    assert 0.6 * 1.6 < large <= 1.6
    assert huge <= 5.0


def test_noise_is_not_imitated() -> None:
    noisy = speech(0)
    noisy.mel[:, 50:] = 0.0
    change = gain(correction(noisy, speech(1), 100.0)) - gain(correction(speech(0), speech(1), 100.0))
    assert np.abs(change).max() < 0.05


def test_where_a_channel_leaves_nothing_a_clone_says_no_more_than_was_recorded() -> None:
    cut = speech(0)
    cut.mel[:, 70:] = -5.0
    found = gain(correction(cut, speech(1), 100.0))
    assert (found[72:] - found[30] < -2.4).all()
    assert np.ptp(found[:66]) < 0.05, "and the rest is left as it is"


def test_nothing_is_known_of_a_reference_without_pauses() -> None:
    drone = Heard(torch.zeros(FRAMES, MEL_BANDS), np.ones(FRAMES, bool))
    assert not correction(drone, speech(1), 100.0).any()


def test_what_is_not_voiced_does_not_count() -> None:
    hissing = speech(0)
    hissing.mel[::4, 40:] += 2.0
    hissing.voiced[::4] = False
    change = gain(correction(hissing, speech(1), 100.0)) - gain(correction(speech(0), speech(1), 100.0))
    assert np.abs(change).max() < 0.05


def said(model: TinySpeech, voice: Voice) -> Samples:
    """A drone of twenty codes."""
    model.prefill([Start(0, model.read("好。"), voice, model.emotion(EmotionSource()), 20.0, 1)])
    row = model._row(0)
    for _ in range(20):
        row.say((32, 32, 4, 4, 4, 4, 4, 4), 0)
    (sound,) = model.vocode([Window(0, 0, (960,) * 20, final=True)])
    model.release(0)
    assert isinstance(sound, np.ndarray)
    return sound


def test_a_timbre_is_heard_in_the_bands_it_lifts(untrained: TinySpeech) -> None:
    voice = next(iter(untrained.voices.values()))
    lift = np.where(mel_centres() > 3000, 1.0, 0.0).astype(np.float32)
    plain, lifted = (
        said(untrained, Voice(voice.family, {**voice.arrays, "timbre": timbre}))
        for timbre in (np.zeros(MEL_BANDS, np.float32), lift)
    )
    mel = LogMel()
    with torch.inference_mode():
        before, after = (mel(torch.from_numpy(x).unsqueeze(0))[0, 20:-5].mean(0).numpy() for x in (plain, lifted))
    assert gain(lift)[60] == pytest.approx((after - before)[mel_centres() > 4000].mean(), abs=0.05)
    assert np.abs((after - before)[mel_centres() < 2000]).max() < 0.05


def test_the_colour_of_the_feeling_that_a_clip_is_heard_in_is_not_kept_as_the_voices() -> None:
    model = speech_model.load()
    voice = next(iter(model.voices.values()))
    plain, angry = (
        Voice(voice.family, {**voice.arrays, "timbre": np.zeros(MEL_BANDS, np.float32), "feeling": feeling})
        for feeling in (np.zeros(8, np.float32), np.eye(8, dtype=np.float32)[EMOTION_NAMES.index("angry")])
    )
    with torch.inference_mode():
        clip = model._rehearsal.heard(angry)
        kept, not_kept = (np.abs(gain(model._rehearsal.timbre(v, clip))).max() for v in (plain, angry))
    assert not_kept < 0.02
    assert kept > 0.2


def test_a_clone_that_is_tilted_against_its_reference_comes_to_sound_like_it() -> None:
    model = speech_model.load()
    voice = model.voices["ada"]
    bare = Voice(voice.family, {name: array for name, array in voice.arrays.items() if name != "timbre"})
    with torch.inference_mode():
        rehearsal = model._rehearsal
        own = rehearsal.heard(bare)
        wanted = replace(own, mel=own.mel + 0.8 * (torch.arange(MEL_BANDS) >= 40))
        timbre = rehearsal.timbre(bare, wanted)
        found = rehearsal.heard(Voice(voice.family, {**bare.arrays, "timbre": timbre}))
    lifted = long_term(found) - long_term(own)
    assert lifted[45:65].mean() - lifted[10:35].mean() == pytest.approx(0.8, abs=0.15)
    assert np.array_equal(timbre, rehearsal.timbre(bare, wanted)), "the same voice every time"
