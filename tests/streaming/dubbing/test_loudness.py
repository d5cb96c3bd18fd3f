from __future__ import annotations

import numpy as np
import pytest

from oncue.streaming.dubbing.loudness import LoudnessMeter, k_weighted


def sine(seconds: float, rate: int, peak: float = 1.0, channels: int = 1, hz: float = 997.0) -> np.ndarray:
    wave = peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
def test_a_full_sine_of_997_hz_in_one_channel_is_at_minus_3_01(rate: int) -> None:
    assert LoudnessMeter(sine(3, rate), rate).lufs() == pytest.approx(-3.01, abs=0.05)


def test_two_channels_are_3_db_louder_and_a_tenth_of_the_level_20_db_softer() -> None:
    assert LoudnessMeter(sine(3, 48_000, channels=2), 48_000).lufs() == pytest.approx(0.0, abs=0.05)
    assert LoudnessMeter(sine(3, 48_000, 0.1, 2), 48_000).lufs() == pytest.approx(-20.0, abs=0.05)


def test_silence_between_sounds_does_not_count() -> None:
    pcm = np.concatenate((sine(3, 48_000, 0.1), np.zeros((48_000 * 6, 1), np.float32), sine(3, 48_000, 0.1)))
    assert LoudnessMeter(pcm, 48_000).lufs() == pytest.approx(-23.0, abs=0.3)
    assert LoudnessMeter(np.zeros((48_000, 2), np.float32), 48_000).lufs() is None


def test_a_meter_that_works_in_pieces_hears_what_one_that_does_not_hears() -> None:
    pcm = (0.1 * np.random.default_rng(0).standard_normal((45 * 8000, 1))).astype(np.float32)
    whole = np.square(k_weighted(pcm, 8000)).sum(axis=1)
    meter = LoudnessMeter(pcm, 8000)
    for start_s in (0.0, 19.8, 20.1, 39.9):
        power = whole[round(start_s * 8000) : round((start_s + 0.4) * 8000)].mean()
        assert meter.powers([(start_s, start_s + 0.4)])[0] == pytest.approx(power, rel=1e-3)


def test_a_span_shorter_than_a_block_is_one_block() -> None:
    meter = LoudnessMeter(sine(2, 48_000, 0.1), 48_000)
    assert len(meter.powers([(0.5, 0.7)])) == 1
    assert meter.lufs([(0.5, 0.7)]) == pytest.approx(-23.0, abs=0.1)
    assert len(meter.powers([(3.0, 4.0)])) == 0


def test_the_deep_channel_of_5_1_does_not_count_and_those_behind_count_more() -> None:
    pcm = np.zeros((48_000 * 2, 6), np.float32)
    pcm[:, 3] = sine(2, 48_000)[:, 0]
    assert LoudnessMeter(pcm, 48_000).lufs() is None
    pcm[:, 4] = sine(2, 48_000)[:, 0]
    assert LoudnessMeter(pcm, 48_000).lufs() == pytest.approx(-3.01 + 1.5, abs=0.05)
