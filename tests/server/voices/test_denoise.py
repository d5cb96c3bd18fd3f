from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import Samples
from oncue.server.voices.denoise import MOST_DB, denoised
from oncue.server.voices.quality import measure
from oncue.server.voices.vad import Span
from tests.sounds import between_silences, silence, speech, with_noise

RATE = 24_000
SPEECH = (Span(1.0, 5.0),)
CLEAN = between_silences(speech(4.0))


def off(sound: Samples) -> float:
    """How far from the clean recording, in dB below it."""
    return float(10 * np.log10(np.sum(CLEAN**2) / np.sum((sound - CLEAN) ** 2)))


@pytest.mark.parametrize("snr_db", [12.0, 16.0, 20.0])
def test_noise_is_turned_down_between_the_words_and_within_them(snr_db: float) -> None:
    noisy = with_noise(CLEAN, snr_db)
    better = denoised(noisy, RATE, SPEECH)
    before, after = (measure(sound, RATE, SPEECH).snr_db for sound in (noisy, better))
    assert before is not None
    assert after is not None
    assert before + 10 < after < before + MOST_DB + 1
    assert off(better) > off(noisy) + 2


def test_a_clean_recording_stays_as_it_is() -> None:
    assert off(denoised(CLEAN, RATE, SPEECH)) > 35


@pytest.mark.parametrize("samples", [0, 1, 700, 24_001])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_as_many_samples_come_out_as_went_in(samples: int, rate: int) -> None:
    for sound in (np.zeros(samples, np.float32), with_noise(np.full(samples, 0.1, np.float32), 10)):
        made = denoised(sound, rate, (Span(0.0, samples / rate),))
        assert made.shape == (samples,)
        assert np.isfinite(made).all()


def test_silence_stays_silent() -> None:
    assert not denoised(silence(1.0), RATE, ()).any()
