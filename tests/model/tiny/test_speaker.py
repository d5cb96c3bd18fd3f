from __future__ import annotations

import numpy as np

from oncue.model.tiny.layout import SPEAKER_DIM, SPECTRUM_BANDS, VOICE_DIM
from oncue.model.tiny.speaker import joined, long_term_spectrum


def test_only_loud_voiced_frames_are_in_a_spectrum_and_its_level_is_not() -> None:
    mel = np.zeros((100, SPECTRUM_BANDS), np.float32)
    mel[:50, :10] = 2.0
    mel[50:, -10:] = 2.0
    voiced = np.arange(100) < 50
    spectrum = long_term_spectrum(mel, voiced)
    assert spectrum[:10].mean() > spectrum[10:].mean() + 1.9
    assert np.allclose(spectrum, long_term_spectrum(mel + 0.7, voiced), atol=1e-5)


def test_what_the_networks_are_told_does_not_depend_on_the_length_of_the_vector() -> None:
    vector, spectrum = np.arange(1, SPEAKER_DIM + 1, dtype=np.float32), np.ones(SPECTRUM_BANDS, np.float32)
    told = joined(vector, spectrum)
    assert told.shape == (VOICE_DIM,)
    assert np.allclose(told, joined(3 * vector, spectrum), atol=1e-4)
