from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data import recorded

STEPS = (
    recorded.in_a_room, recorded.by_a_microphone, recorded.with_noise, recorded.clipped, recorded.through_a_narrow_band,
    recorded.by_telephone, recorded.through_a_codec, recorded.as_recorded,
)  # fmt: skip


def clip(seconds: float = 1.5) -> NDArray[np.float32]:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = [0.1 * np.sin(2 * np.pi * 180 * k * time) / k for k in range(1, 40)]
    return np.sum(harmonics, 0).astype(np.float32)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("seed", range(5))
def test_a_recording_is_as_long_as_the_clip_finite_and_another_sound_but_the_same_for_a_seed(
    step: Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]], seed: int
) -> None:
    one, two = (step(clip(), np.random.default_rng(seed)) for _ in range(2))
    assert one.shape == clip().shape
    assert one.dtype == np.float32
    assert np.isfinite(one).all()
    assert np.abs(one).max() > 1e-3
    assert np.array_equal(one, two)
    assert not np.array_equal(one, clip())


def share_above(hertz: float, pcm: NDArray[np.float32]) -> float:
    power = np.abs(np.fft.rfft(pcm)) ** 2
    return float(power[np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE) > hertz].sum() / power.sum())


def test_noise_is_as_faint_as_it_should_be() -> None:
    silent = np.zeros(SAMPLE_RATE, np.float32)
    silent[:6000] = clip()[:6000]
    for seed in range(20):
        noise = recorded.with_noise(silent, np.random.default_rng(seed)) - silent
        ratio = 10 * np.log10((silent**2).mean() / (noise**2).mean())
        assert 14.9 <= ratio <= 30.1


def test_a_narrow_band_takes_the_highest_sounds_away() -> None:
    hiss = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    for seed in range(10):
        assert share_above(11_400, recorded.through_a_narrow_band(hiss, np.random.default_rng(seed))) < 0.01


def test_a_telephone_without_noise_lets_neither_bass_nor_hiss_through() -> None:
    hiss = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    for seed in range(20):
        heard = recorded.by_telephone(hiss, np.random.default_rng(seed))
        assert share_above(8_000, heard) < 0.15
    assert min(share_above(8_000, recorded.by_telephone(hiss, np.random.default_rng(s))) for s in range(20)) < 1e-4


def test_a_room_sounds_on_after_the_voice() -> None:
    stopped = clip()
    stopped[SAMPLE_RATE:] = 0
    for seed in range(10):
        heard = recorded.in_a_room(stopped, np.random.default_rng(seed))
        assert np.abs(heard[SAMPLE_RATE : SAMPLE_RATE + 240]).max() > 1e-4
