from __future__ import annotations

import numpy as np
import pytest
import soxr
import torch
from numpy.typing import NDArray

from model.api import EmotionSource, Samples, Start, Voice, Window
from model.tiny.encoders import MEL_BANDS, LogMel, levelled, log_mel, mel_centres
from model.tiny.layout import SAMPLE_RATE
from model.tiny.speech import TinySpeech
from model.tiny.timbre import expected_mel, timbre_of, well_inside

FRAMES = 400


def speech(seed: int, slope: float = 0.0) -> torch.Tensor:
    """Log-mel of a quarter of silence and else noise that moves, tilted by so many tens of decibels from end to end."""
    generator = torch.Generator().manual_seed(seed)
    mel = 0.3 * torch.randn(FRAMES, MEL_BANDS, generator=generator) + slope * torch.linspace(-0.5, 0.5, MEL_BANDS)
    mel[: FRAMES // 4] -= 3.0
    return mel


def gain(timbre: NDArray[np.float32]) -> NDArray[np.float32]:
    """In tens of decibels."""
    return timbre * np.float32(2 / np.log(10))


def test_a_clone_that_is_like_its_reference_is_left_as_it_is() -> None:
    assert np.abs(gain(timbre_of(speech(0), speech(1), 100.0))).max() < 0.01


def test_a_darker_clone_is_brightened_and_stays_about_as_loud() -> None:
    found = gain(timbre_of(speech(0, slope=1.6), speech(1), 100.0))
    assert found[60:].mean() - found[10:20].mean() > 0.6
    assert (np.diff(found[8:]) > -0.05).all()
    power = 10 ** speech(1)[FRAMES // 4 :].mean(0).numpy() * np.gradient(mel_centres())
    assert (power * 10**found).sum() == pytest.approx(power.sum(), rel=0.02)


def test_a_small_difference_counts_for_less_than_its_share_and_a_huge_one_is_bounded() -> None:
    small, large, huge = (np.ptp(gain(timbre_of(speech(0, slope), speech(1), 100.0))) for slope in (0.2, 1.6, 40.0))
    assert small < 0.3 * 0.2
    assert 0.6 * 1.6 < large <= 1.6
    assert huge <= 3.0


def test_what_a_channel_cuts_off_and_what_noise_fills_is_not_imitated() -> None:
    whole, cut, noisy = speech(0), speech(0), speech(0)
    cut[:, 50:] = -5.0
    noisy[:, 50:] = 0.0
    for reference in (cut, noisy):
        change = np.abs(gain(timbre_of(reference, speech(1), 100.0)) - gain(timbre_of(whole, speech(1), 100.0)))
        assert change.max() < 0.05


def test_nothing_is_known_of_a_reference_without_pauses() -> None:
    assert not timbre_of(torch.zeros(FRAMES, MEL_BANDS), speech(1), 100.0).any()


def test_a_band_is_well_inside_when_its_neighbours_are() -> None:
    heard = np.ones(20, bool)
    heard[10] = False
    assert np.flatnonzero(~well_inside(heard)).tolist() == list(range(7, 14))
    assert not well_inside(np.zeros(20, bool)).any()


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


def test_what_is_expected_of_the_vocoder_is_what_it_makes(untrained: TinySpeech) -> None:
    voice = next(iter(untrained.voices.values()))
    arrays = {name: array for name, array in voice.arrays.items() if name != "timbre"}
    sound = said(untrained, Voice(voice.family, arrays))
    with torch.inference_mode():
        heard = LogMel()(levelled(torch.from_numpy(sound).unsqueeze(0)))[0, 20:-5].mean(0)
        untrained.prefill([Start(0, untrained.read("好。"), voice, untrained.emotion(EmotionSource()), 20.0, 1)])
        row = untrained._row(0)
        for _ in range(20):
            row.say((32, 32, 4, 4, 4, 4, 4, 4), 0)
        expected = expected_mel(untrained._networks.vocoder, [row], row.voice, row.pitch_scale)[20:].mean(0)
        untrained.release(0)
    above = mel_centres() > 300
    assert float((heard - expected)[above].abs().mean()) < 0.25


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


def test_a_clip_at_another_rate_has_the_same_timbre(untrained: TinySpeech) -> None:
    rng = np.random.default_rng(0)
    clip = (0.1 * rng.standard_normal(3 * SAMPLE_RATE)).astype(np.float32)
    clip += 0.1 * np.sin(2 * np.pi * 140 * np.arange(len(clip)) / SAMPLE_RATE).astype(np.float32)
    clip[: SAMPLE_RATE // 2] *= 0.001
    mel = LogMel()
    narrow = soxr.resample(soxr.resample(clip, SAMPLE_RATE, 16_000), 16_000, SAMPLE_RATE)
    with torch.inference_mode():
        heard = [mel(levelled(torch.from_numpy(x.astype(np.float32)).unsqueeze(0)))[0] for x in (clip, narrow)]
    full, cut = (gain(timbre_of(x, speech(1), 140.0)) for x in heard)
    assert np.abs(full - cut)[mel_centres() < 6000].max() < 0.2
    assert np.abs(cut[-5:]).max() < 0.5
    assert log_mel(torch.zeros(1)).item() == pytest.approx(-5.0, abs=0.01)
