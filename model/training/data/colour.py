"""Voice quality of a style, put on what the teacher said: the controls that it does not have.

Loudness is a gain that follows the speech and the line; breath is noise under the loudness; the rest is one filter.
Everything is scaled with the style's intensity before it comes here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve

from oncue.model.training.data.styles import Colour

_ENVELOPE_S, _SLOW_S = 0.02, 0.06
_FAINTEST_DB, _LOUDEST_DB = -18.0, 9.0
"""How far from the mean a sound's loudness counts for its contrast: what is fainter is a pause."""
_BREATH_FROM_HZ = 1200.0
_TILT_FROM_HZ, _TILT_TO_HZ = 1000.0, 4000.0
_THROAT_HZ, _THROAT_OCTAVES = 950.0, 0.4

Floats = npt.NDArray[np.float64]


def coloured(sound: Floats, rate: int, ends: tuple[int, ...], colour: Colour, rng: np.random.Generator) -> Floats:
    """A sound whose units end at `ends` with the loudness, breath and filter of this colour; its melody is the teacher's."""
    if colour.swell_db or colour.contrast:
        sound = sound * gain_of(sound, rate, ends, colour)
    if colour.breath:
        sound = sound + breath_of(sound, rate, rng) * colour.breath
    return filtered(sound, rate, colour) if colour.tilt_db or colour.throat_db else sound


def loudness_of(sound: Floats, rate: int, seconds: float) -> Floats:
    """Root mean square around each sample, over a raised cosine so long."""
    window = np.hanning(int(seconds * rate) | 1)
    return np.sqrt(np.maximum(fftconvolve(sound**2, window / window.sum(), mode="same"), 0))


def gain_of(sound: Floats, rate: int, ends: tuple[int, ...], colour: Colour) -> Floats:
    """What each sample is multiplied by: the swell over the line, and the contrast around its mean loudness."""
    said = np.clip(np.arange(len(sound)) / max(ends[-2], 1), 0, 1)
    gain_db = colour.swell_db * (said - 0.5)
    if colour.contrast:
        mean = np.sqrt(np.mean(sound[: max(ends[-2], 1)] ** 2)) + 1e-9
        away = 20 * np.log10(loudness_of(sound, rate, _SLOW_S) / mean + 1e-6)
        gain_db = gain_db + colour.contrast * np.clip(away, _FAINTEST_DB, _LOUDEST_DB)
    return np.asarray(10 ** (gain_db / 20))


def breath_of(sound: Floats, rate: int, rng: np.random.Generator) -> Floats:
    """Noise above 1.2 kHz that is as loud as the speech is, smoothed over 20 ms."""
    loudness = loudness_of(sound, rate, _ENVELOPE_S)
    spectrum = np.fft.rfft(rng.standard_normal(len(sound)))
    hertz = np.fft.rfftfreq(len(sound), 1 / rate)
    high = np.fft.irfft(spectrum * np.clip(hertz / _BREATH_FROM_HZ, 0, 1) ** 2, len(sound))
    return np.asarray(high * loudness)


def filtered(sound: Floats, rate: int, colour: Colour) -> Floats:
    """The sound through the filter of `decibels`, without delay."""
    size = len(sound) + rate // 10
    hertz: Floats = np.fft.rfftfreq(size, 1 / rate).astype(np.float64)
    gain = 10 ** (decibels(hertz, colour) / 20)
    return np.fft.irfft(np.fft.rfft(sound, size) * gain, size)[: len(sound)]


def decibels(hertz: Floats, colour: Colour) -> Floats:
    """Gain at each frequency."""
    octaves = np.log2(np.maximum(hertz, 1.0))
    low, high = np.log2(_TILT_FROM_HZ), np.log2(_TILT_TO_HZ)
    tilt = np.clip((octaves - low) / (high - low), 0, 1) * colour.tilt_db

    def hill(centre: float) -> Floats:
        return np.asarray(np.exp(-(((octaves - np.log2(centre)) / _THROAT_OCTAVES) ** 2)))

    return np.asarray(tilt + colour.throat_db * (hill(_THROAT_HZ) - hill(2 * _THROAT_HZ)))
