from __future__ import annotations

import numpy as np
import pytest

from oncue.model.tiny.layout import SPEAKER_DIM, SPECTRUM_BANDS
from oncue.model.training.data.voices import Known, Voices


def known(value: float, clips: int = 4) -> Known:
    vectors = np.full((clips, SPEAKER_DIM), value, np.float32)
    vectors[:, 0] = np.arange(clips)
    return Known(vectors, np.full((clips, SPECTRUM_BANDS), value, np.float32))


def test_a_voice_is_told_of_by_clean_clips_and_often_by_recordings_of_them_but_never_by_both() -> None:
    voices, rng = Voices(known(1.0), known(9.0), np.array([0, 0, 1, 1])), np.random.default_rng(0)
    told = np.stack([voices.of(0, rng) for _ in range(400)])
    levels = told[:, SPEAKER_DIM:].mean(1)
    assert 0.25 < (levels > 5).mean() < 0.5
    assert not ((levels > 1.5) & (levels < 8.5)).any()
    assert 0.05 < (np.abs(levels) < 0.5).mean() < 0.3


def test_only_a_speakers_own_clips_tell_of_him_and_the_mean_is_of_all_clean_ones() -> None:
    voices = Voices(known(1.0), known(9.0), np.array([0, 0, 1, 1]))
    mean = voices.mean(1)
    assert mean[0] / mean[1] == pytest.approx(2.5)
    assert np.allclose(mean[SPEAKER_DIM:], 1.0)
