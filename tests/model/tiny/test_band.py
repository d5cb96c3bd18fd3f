from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from oncue.model.tiny.band import FILE, Spectra, whole
from oncue.model.tiny.layout import SPECTRUM_BANDS

LOWEST = -5.005
"""What `log_mel` gives of a band without sound."""


def spectra(lines: int, seed: int) -> np.ndarray:
    """Four things decide about all bands of a voice, as its vocal tract does."""
    ways = np.random.default_rng(0).normal(size=(4, SPECTRUM_BANDS)).cumsum(1) / 8
    rng = np.random.default_rng(seed)
    out = (
        rng.normal(size=(lines, 4)) @ ways
        + 0.05 * rng.normal(size=(lines, SPECTRUM_BANDS))
        - np.linspace(0, 2, SPECTRUM_BANDS)
    )
    return (out - out.mean(1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("heard", [slice(0, 70), slice(8, 48)])
def test_bands_that_are_missing_are_told_from_those_that_are_heard_at_any_level(heard: slice) -> None:
    usual = Spectra.of(spectra(500, 1))
    known = np.zeros(SPECTRUM_BANDS, bool)
    known[heard] = True
    for voice in spectra(5, 2):
        cut = np.where(known, voice - 1.3, LOWEST).astype(np.float32)
        found = usual.filled(cut, known)
        assert np.sqrt(np.mean((found - voice) ** 2)) < 0.2
        assert np.allclose(found, usual.filled(np.where(known, cut + 0.7, LOWEST).astype(np.float32), known), atol=1e-4)
        assert found.mean() == pytest.approx(0, abs=1e-5)


def test_a_recording_that_has_all_bands_is_taken_as_it_is() -> None:
    levels = spectra(1, 3)[0] - 1
    assert np.allclose(whole(levels), levels - levels.mean(), atol=1e-6)
    levels[-2:] = LOWEST
    assert np.allclose(whole(levels), levels - levels.mean(), atol=1e-6)


def test_what_is_usual_is_shipped_and_fills_what_a_recording_at_16_khz_leaves_out() -> None:
    usual = Spectra.read(FILE)
    levels = np.where(np.arange(SPECTRUM_BANDS) < 70, usual.mean - 1.5, LOWEST).astype(np.float32)
    assert np.abs(whole(levels) - usual.mean).max() < 0.05


def test_spectra_are_what_they_were_when_they_are_read_again(tmp_path: Path) -> None:
    usual = Spectra.of(spectra(100, 1))
    usual.save(tmp_path / "spectra.safetensors")
    assert np.array_equal(Spectra.read(tmp_path / "spectra.safetensors").covariance, usual.covariance)


def test_of_silence_nothing_is_made_up() -> None:
    assert np.abs(whole(np.full(SPECTRUM_BANDS, LOWEST, np.float32))).max() < 1e-5
