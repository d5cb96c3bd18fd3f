"""Steady noise taken out of a recording, when a user asks for it: a Wiener gain with decision-directed smoothing.

Ephraim & Malah 1984 (Speech enhancement using a minimum mean-square error short-time spectral amplitude estimator, eq. 51),
with the plain Wiener gain. It hears hum, hiss and fans; it is not for music, other people, or a room that rings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from oncue.model.api import Samples
from oncue.server.voices.quality import background, frame_powers
from oncue.server.voices.vad import Span

MOST_DB = 15.0
"""No part of the spectrum is turned down by more, so that what is left sounds like a room and not like bubbles."""
_SMOOTHING = 0.98
_LEAST_PRIOR = 10 ** (-25 / 10)
_QUIET = 1e-12
_FRAME_S = 0.02


def denoised(pcm: Samples, rate: int, speech: Sequence[Span]) -> Samples:
    """As many samples, with what is heard between the spans of speech turned down wherever it is."""
    size = 1 << round(np.log2(0.032 * rate))
    hop = size // 4
    padded = np.pad(pcm, (size, size + -len(pcm) % hop))
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    spectra = np.fft.rfft(sliding_window_view(padded, size)[::hop] * window).astype(np.complex64)  # [frames, bins]
    quiet = _quiet_frames(pcm, rate, speech, len(spectra), size, hop)
    spectra *= _gains(np.square(np.abs(spectra)), quiet)
    sound = _overlapped(np.fft.irfft(spectra, size).astype(np.float32), window, hop, len(padded))
    return sound[size : size + len(pcm)]


def _quiet_frames(
    pcm: Samples, rate: int, speech: Sequence[Span], frames: int, size: int, hop: int
) -> NDArray[np.bool_]:
    """Which spectra are of noise alone, by the frame of 20 ms that their middle lies in."""
    noise = background(speech, frame_powers(pcm, rate))
    middle_s = (np.arange(frames) * hop + size // 2 - size) / rate
    index = np.floor(middle_s / _FRAME_S).astype(np.int64)
    inside = (index >= 0) & (index < len(noise))
    picked = np.zeros(frames, np.bool_)
    picked[inside] = noise[index[inside]]
    return picked


def _gains(power: NDArray[np.float32], quiet: NDArray[np.bool_]) -> NDArray[np.float32]:
    """power [frames, bins] -> gains of the same shape; all ones where there is nothing to learn the noise from."""
    if not quiet.any():
        return np.ones_like(power)
    noise = np.maximum(power[quiet].mean(axis=0), _QUIET)  # [bins]
    gains = np.empty_like(power)
    clean = np.zeros_like(noise)
    for index, row in enumerate(power):
        posterior = row / noise
        prior = _SMOOTHING * clean / noise + (1 - _SMOOTHING) * np.maximum(posterior - 1, 0)
        prior = np.maximum(prior, _LEAST_PRIOR)
        gain = prior / (1 + prior)
        clean = (gain**2 * row).astype(np.float32)
        gains[index] = gain
    return np.maximum(gains, np.float32(10 ** (-MOST_DB / 20)))


def _overlapped(frames: NDArray[np.float32], window: NDArray[np.float32], hop: int, length: int) -> Samples:
    """Weighted overlap-add; with every gain at one it gives back what went in."""
    sound, weight = np.zeros(length, np.float32), np.zeros(length, np.float32)
    for index, frame in enumerate(frames):
        place = slice(index * hop, index * hop + len(window))
        sound[place] += frame * window
        weight[place] += window**2
    return (sound / np.maximum(weight, 1e-3)).astype(np.float32)
