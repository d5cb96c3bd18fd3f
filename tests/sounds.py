"""Recordings made of arithmetic: something that a detector takes for speech, and what spoils it."""

from __future__ import annotations

import numpy as np

from oncue.model.api import Samples
from oncue.server.audio.wav import wav
from oncue.streaming.protocol.audio import to_s16le

_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
"""Formants in Hz of a, i, u, e and o of an adult (Peterson & Barney 1952)."""


def speech(seconds: float, rate: int = 24_000, *, seed: int = 0, pitch_hz: float = 120.0) -> Samples:
    """Syllables of hiss and vowel without a pause to speak of; the peak is at half of full scale."""
    draw = np.random.default_rng(seed)
    parts: list[Samples] = []
    while sum(len(part) for part in parts) < seconds * rate:
        hiss = 0.05 * draw.standard_normal(round(draw.uniform(0.03, 0.07) * rate))
        vowels = draw.choice(len(_VOWELS), 2)
        voiced = _vowel(_VOWELS[vowels[0]], _VOWELS[vowels[1]], draw.uniform(0.12, 0.24), rate, pitch_hz, draw)
        parts += [hiss.astype(np.float32), voiced * np.float32(draw.uniform(0.5, 1.0))]
    whole = np.concatenate(parts)[: round(seconds * rate)]
    made: Samples = (0.5 * whole / np.abs(whole).max()).astype(np.float32)
    return made


def _vowel(
    first: tuple[int, ...],
    second: tuple[int, ...],
    seconds: float,
    rate: int,
    pitch_hz: float,
    draw: np.random.Generator,
) -> Samples:
    """A glide from one vowel to another: harmonics of a falling pitch, each as loud as the formants let it be."""
    count = round(seconds * rate)
    along = np.linspace(0, 1, count)
    pitch = pitch_hz * draw.uniform(0.9, 1.2) * (1.05 - 0.15 * along)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    sound = np.zeros(count)
    for number in range(1, int(min(4000, rate / 2.2) / pitch_hz)):
        at = number * pitch
        loud = sum(
            np.exp(-0.5 * ((at - (a + (b - a) * along)) / (60 + 0.06 * a)) ** 2) / (1 + k)
            for k, (a, b) in enumerate(zip(first, second, strict=True))
        )
        sound += (loud + 0.02) / number**0.5 * np.sin(number * phase)
    edge = np.minimum(1.0, np.minimum(along, 1 - along) * seconds / 0.02)
    made: Samples = (sound * edge).astype(np.float32)
    return made


def silence(seconds: float, rate: int = 24_000) -> Samples:
    """Nothing at all."""
    return np.zeros(round(seconds * rate), np.float32)


def with_noise(pcm: Samples, snr_db: float, *, seed: int = 0) -> Samples:
    """White noise under a recording, so far below the mean power of what is not silent in it."""
    power = float(np.sum(np.square(pcm, dtype=np.float64))) / max(1, int(np.count_nonzero(pcm)))
    noise = np.random.default_rng(seed).standard_normal(len(pcm)) * np.sqrt(power / 10 ** (snr_db / 10))
    made: Samples = (pcm + noise).astype(np.float32)
    return made


def between_silences(pcm: Samples, seconds: float = 1.0, rate: int = 24_000) -> Samples:
    """A recording that begins and ends with nothing."""
    return np.concatenate((silence(seconds, rate), pcm, silence(seconds, rate)))


def recorded(pcm: Samples, rate: int = 24_000) -> bytes:
    """The samples as a WAV file."""
    return wav(to_s16le(pcm), rate)


def good_recording(*, seed: int = 0) -> bytes:
    """A WAV file that every gate lets through."""
    return recorded(with_noise(between_silences(speech(4.0, seed=seed)), 35))


def noisy_recording() -> bytes:
    """A WAV file with too much noise, but not too much to be denoised."""
    return recorded(with_noise(between_silences(speech(4.0)), 14))
