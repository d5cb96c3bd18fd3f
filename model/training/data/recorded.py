"""A clip as people record it: in a room, by a phone or a laptop, with noise, through a codec, clipped, quiet.

Who speaks must be known from such clips too, so a share of what the networks are told of a voice was heard through this. Each
thing happens to a share of the clips, mono samples at SAMPLE_RATE in [-1, 1]; the result is as long as the clip.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.lossy import through

Pcm = NDArray[np.float32]
_ROOM_S = (0.12, 0.5)
"""Time in which the sound of a room falls by 60 dB."""
_DIRECT_DB = (3.0, 14.0)
"""The direct sound against all that the room adds."""
_NOISE_DB = (15.0, 30.0)
"""The voice against the noise."""
_RATES = (8_000, 11_025, 16_000, 22_050)
_TELEPHONE_LOW_HZ, _TELEPHONE_HIGH_HZ = (150.0, 400.0), (2_900.0, 3_800.0)
_TELEPHONE_ORDERS = (2, 9)
"""Of the filter at each edge, from and below."""
_CODECS = (
    ("mp3", "libmp3lame", SAMPLE_RATE, 32_000), ("mp3", "libmp3lame", SAMPLE_RATE, 64_000), ("ogg", "libopus", 48_000, 16_000),
    ("ogg", "libopus", 48_000, 24_000),
)  # fmt: skip
"""Container, codec, sample rate and bits a second."""
_CLIPPED = (0.35, 0.8)
"""Of the peak, where a clip is cut off."""
_QUIET_DB = (-30.0, 0.0)


def as_recorded(pcm: Pcm, rng: np.random.Generator) -> Pcm:
    """A clip as a stranger's recording of it."""
    steps: tuple[tuple[float, Callable[[Pcm, np.random.Generator], Pcm]], ...] = (
        (0.5, in_a_room), (0.5, by_a_microphone), (0.6, with_noise), (0.35, clipped), (0.5, through_a_narrow_band),
        (0.4, through_a_codec),
    )  # fmt: skip
    for share, step in steps:
        if rng.random() < share:
            pcm = step(pcm, rng)
    return (pcm * 10 ** (rng.uniform(*_QUIET_DB) / 20)).astype(np.float32)


def in_a_room(pcm: Pcm, rng: np.random.Generator) -> Pcm:
    """Reverberation: noise that dies away exponentially behind the direct sound (Moorer 1979, "About this reverberation
    business").
    """
    falls_s = rng.uniform(*_ROOM_S)
    time = np.arange(int(falls_s * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.standard_normal(len(time)) * np.exp(-6.9 * time / falls_s)
    tail[: int(rng.uniform(0.001, 0.01) * SAMPLE_RATE)] = 0
    tail *= 10 ** (-rng.uniform(*_DIRECT_DB) / 20) / np.sqrt((tail**2).sum() + 1e-12)
    tail[0] = 1
    return fftconvolve(pcm, tail)[: len(pcm)].astype(np.float32)


def by_a_microphone(pcm: Pcm, rng: np.random.Generator) -> Pcm:
    """A response that is not flat: a slope, a hump or a dip, and no lowest bass."""
    spectrum = np.fft.rfft(pcm)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE), 20.0) / 1000)
    gain_db = rng.uniform(-3, 3) * octaves / 2
    gain_db += rng.uniform(-8, 8) * np.exp(-(((octaves - rng.uniform(-2, 3)) / rng.uniform(0.3, 1.0)) ** 2))
    gain_db -= 24 * np.clip(np.log2(rng.uniform(40, 160) / 1000) - octaves, 0, 2)
    return np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(pcm)).astype(np.float32)


def with_noise(pcm: Pcm, rng: np.random.Generator) -> Pcm:
    """Steady noise whose spectrum falls by 0 to 6 dB an octave, as of rooms and fans."""
    noise = np.fft.rfft(rng.standard_normal(len(pcm)))
    noise /= np.maximum(np.arange(len(noise)), 8) ** rng.uniform(0, 1)
    made = np.fft.irfft(noise, len(pcm))
    wanted = np.sqrt((pcm**2).mean()) * 10 ** (-rng.uniform(*_NOISE_DB) / 20)
    return (pcm + made * wanted / np.sqrt((made**2).mean() + 1e-12)).astype(np.float32)


def clipped(pcm: Pcm, rng: np.random.Generator) -> Pcm:
    """Cut off at a share of its peak."""
    limit = float(np.abs(pcm).max() * rng.uniform(*_CLIPPED))
    return np.clip(pcm, -limit, limit)


def through_a_narrow_band(pcm: Pcm, rng: np.random.Generator) -> Pcm:
    """A low sample rate or, for one in four, a telephone."""
    if rng.random() < 0.25:
        return by_telephone(pcm, rng)
    return _at(pcm, int(rng.choice(_RATES)))


def by_telephone(pcm: Pcm, rng: np.random.Generator) -> Pcm:
    """The band of a telephone, whose edges are no two the same; mostly at 8 kHz, by no good microphone, in noise or in a room."""
    edges = rng.uniform(*_TELEPHONE_LOW_HZ), rng.uniform(*_TELEPHONE_HIGH_HZ)
    if rng.random() < 0.3:  # as sharp as can be
        spectrum, hertz = np.fft.rfft(pcm), np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE)
        pcm = np.fft.irfft(spectrum * ((hertz > edges[0]) & (hertz < edges[1])), len(pcm)).astype(np.float32)
    else:
        band = butter(int(rng.integers(*_TELEPHONE_ORDERS)), edges, "bandpass", fs=SAMPLE_RATE, output="sos")
        pcm = np.asarray(sosfilt(band, pcm), np.float32)
    for share, step in ((0.3, by_a_microphone), (0.4, with_noise), (0.2, in_a_room)):
        if rng.random() < share:
            pcm = step(pcm, rng)
    return _at(pcm, _RATES[0]) if rng.random() < 0.7 else pcm


def _at(pcm: Pcm, rate: int) -> Pcm:
    """Through another sample rate and back."""
    return _fitted(soxr.resample(soxr.resample(pcm, SAMPLE_RATE, rate), rate, SAMPLE_RATE), len(pcm))


def through_a_codec(pcm: Pcm, rng: np.random.Generator) -> Pcm:
    """Coded at a low bit rate and decoded."""
    peak = max(float(np.abs(pcm).max()), 1.0)
    coded = through(pcm / peak, *_CODECS[int(rng.integers(len(_CODECS)))])
    return _fitted(coded * np.float32(peak), len(pcm))


def _fitted(pcm: Pcm, samples: int) -> Pcm:
    return np.pad(pcm, (0, max(0, samples - len(pcm))))[:samples].astype(np.float32)
