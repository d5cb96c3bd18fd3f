"""Who speaks: what is done to a recording before the speaker encoder hears it, and to what it says of it.

The encoder is GE2E (Wan et al. 2018, "Generalized End-to-End Loss for Speaker Verification"): mel frames of 1.6 s to a
vector. Beside it stands the long-term spectrum, which the vector does not tell.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.mel import power

RATE = 16_000
BANDS = 40
WINDOW_FRAMES = 160
FFT, HOP = 400, 160
LEVEL = 10 ** (-24 / 20)
"""Root mean square that recordings are heard at."""
SPEAKER_SCALE, SPECTRUM_SCALE = 10.0, 1.0
"""What vectors of length 1 and spectra in tens of decibels are multiplied by for the networks that are told them."""
FAINTEST = 1e-6
"""Power in a band, below which nothing is told apart."""
_STEP_FRAMES = 77
"""1.3 windows a second."""
_LEAST_COVERED = 0.75
_LOUD = 1.0
"""In tens of decibels: how far below the loudest frames those are that count."""

Array = NDArray[np.float32]


def mel(pcm: Array) -> Array:
    """pcm [samples] at RATE -> power in mel bands [frames, BANDS], the level taken out."""
    level = float(np.sqrt(np.mean(np.square(pcm))))
    padded = np.pad(pcm * np.float32(LEVEL / max(level, 1e-6)), FFT // 2)
    out: Array = power(padded, FFT, HOP) @ _table()
    return out


def windows(frames: Array) -> Array:
    """Mel frames [frames, BANDS] as what the encoder hears one by one, [windows, WINDOW_FRAMES, BANDS]."""
    short = max(0, WINDOW_FRAMES - len(frames))
    frames = np.pad(frames, ((0, short), (0, 0)))
    return np.stack([frames[start : start + WINDOW_FRAMES] for start in window_starts(len(frames))])


def window_starts(frames: int) -> list[int]:
    """Where windows begin in so many frames; the last one is taken from the end if enough of it is new."""
    starts = list(range(0, frames - WINDOW_FRAMES + 1, _STEP_FRAMES))
    if frames - starts[-1] - WINDOW_FRAMES > _LEAST_COVERED * _STEP_FRAMES:
        starts.append(frames - WINDOW_FRAMES)
    return starts


def vector_of(each: Array) -> Array:
    """What the encoder says of each window [windows, dim] -> their mean direction [dim], of length 1."""
    unit = each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-12)
    mean = unit.mean(0)
    return (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)


def joined(vector: Array, spectrum: Array) -> Array:
    """A vector of any length and a long-term spectrum as the networks are told them, [VOICE_DIM]."""
    unit = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return np.concatenate([unit * SPEAKER_SCALE, spectrum * SPECTRUM_SCALE]).astype(np.float32)


def band_levels(log_mel: Array, voiced: NDArray[np.bool_]) -> Array:
    """Mean of the frames of log-mel [frames, SPECTRUM_BANDS] that are loud and voiced."""
    loudness = log_mel.mean(1)
    loud = loudness > np.quantile(loudness, 0.95) - _LOUD
    both = loud & voiced[: len(loud)]
    mean: Array = log_mel[both if both.any() else loud].mean(0)
    return mean


def long_term_spectrum(log_mel: Array, voiced: NDArray[np.bool_]) -> Array:
    """`band_levels` around their own mean: what the vector does not say of a voice's colour."""
    mean = band_levels(log_mel, voiced)
    return (mean - mean.mean()).astype(np.float32)


def _slaney_hz(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's mel scale: linear to 1 kHz, logarithmic above."""
    return np.where(at < 15.0, at * (200.0 / 3), 1000.0 * np.exp(np.log(6.4) / 27.0 * (at - 15.0)))


def mel_table() -> Array:
    """Triangular filters of equal area, [bins, BANDS]."""
    highest = 15.0 + np.log(RATE / 2 / 1000.0) / (np.log(6.4) / 27.0)
    edges = _slaney_hz(np.linspace(0.0, highest, BANDS + 2))
    frequency = np.linspace(0, RATE / 2, FFT // 2 + 1)[:, None]
    rising = (frequency - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequency) / (edges[2:] - edges[1:-1])
    table = np.maximum(0, np.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))
    return table.astype(np.float32)


@cache
def _table() -> Array:
    return mel_table()
