"""The log-mel front that recordings are heard through, in numpy; `LogMel` of the training room is the same in torch."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from oncue.model.tiny.layout import HOP, SAMPLE_RATE

BANDS = 80
FFT = 1024
REFERENCE_RMS = 0.08
FLOOR, TENS_OF_DB = 1e-5, 2.3
"""Log power is the natural log / 2.3 with a floor, so in tens of decibels."""

Array = NDArray[np.float32]


def edges(bands: int, low_hz: float = 40.0, high_hz: float = 11_500.0) -> NDArray[np.float64]:
    """Where bands on the HTK mel scale begin, and after them the centre and the end of the last, in Hz, [bands + 2]."""

    def mel(hz: float) -> float:
        return float(2595 * np.log10(1 + hz / 700))

    out: NDArray[np.float64] = 700 * (10 ** (np.linspace(mel(low_hz), mel(high_hz), bands + 2) / 2595) - 1)
    return out


def centres() -> NDArray[np.float64]:
    """Centres of the bands in Hz, [BANDS]."""
    return edges(BANDS)[1:-1]


def matrix(bins: int, bands: int) -> Array:
    """Triangular filters on the HTK mel scale, each summing to one, [bins, bands]."""
    at = edges(bands)
    frequency = np.linspace(0, SAMPLE_RATE / 2, bins)[:, None]
    rising = (frequency - at[:-2]) / (at[1:-1] - at[:-2])
    falling = (at[2:] - frequency) / (at[2:] - at[1:-1])
    table = np.maximum(0, np.minimum(rising, falling))
    return (table / np.maximum(table.sum(0), 1e-8)).astype(np.float32)


def hann(size: int) -> Array:
    """The periodic window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def power(pcm: Array, size: int, hop: int) -> Array:
    """Power of windowed frames of pcm [samples], the first at its beginning, [frames, bins]."""
    spectrum = np.fft.rfft(sliding_window_view(pcm, size)[::hop] * hann(size))
    out: Array = np.square(spectrum.real) + np.square(spectrum.imag)
    return out


def log_mel(pcm: Array) -> Array:
    """pcm [samples] -> [samples // HOP, BANDS]; frame n is centred on sample (n + 1) * HOP."""
    padded = np.pad(pcm, FFT // 2)[HOP:]
    bands = power(padded, FFT, HOP) @ _matrix()
    out: Array = (np.log(bands + np.float32(FLOOR)) / np.float32(TENS_OF_DB))[: len(pcm) // HOP]
    return out


def levelled(pcm: Array) -> Array:
    """pcm [samples] at the root mean square that references are heard at."""
    level = float(np.sqrt(np.mean(np.square(pcm))))
    return pcm * np.float32(REFERENCE_RMS / max(level, 1e-6))


@cache
def _matrix() -> Array:
    return matrix(FFT // 2 + 1, BANDS)
