"""The sound of a scene: each line at its place, a stereo stem for each character, and a mix that is the sum of the stems.

Samples are whole numbers from here on, so that the sum is exact. Where the sum would clip, all stems are softer together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FADE_S = 0.03
"""Of a line that is stopped."""
_FULL_SCALE = 32767


@dataclass(frozen=True, slots=True, eq=False)
class SoundedLine:
    """A line's samples, mono, the first at `first_sample` of the scene; heard until `cut_sample` where it is stopped."""

    line: str
    who: str
    pcm: NDArray[np.float32]
    first_sample: int
    cut_sample: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SceneSound:
    """Stereo samples of 16 bits, [samples, 2]."""

    stems: Mapping[str, NDArray[np.int16]]
    mix: NDArray[np.int16]
    gain: float
    """What everything was multiplied by so that nothing clips; 1 where nothing would."""


def panned(pan: float, gain_db: float) -> tuple[float, float]:
    """Left and right gains of constant power; in the middle both are -3 dB."""
    angle = (pan + 1) * np.pi / 4
    gain = 10 ** (gain_db / 20)
    return float(np.cos(angle) * gain), float(np.sin(angle) * gain)


def mixed(lines: Sequence[SoundedLine], gains: Mapping[str, tuple[float, float]], count: int, rate: int) -> SceneSound:
    """Stems of the characters in `gains` and their sum, `count` samples long."""
    tracks = {who: np.zeros((count, 2), np.float32) for who in gains}
    for line in lines:
        sound = heard_part(line, rate)
        begin = max(0, line.first_sample)
        sound = sound[begin - line.first_sample : max(0, count - line.first_sample)]
        place = slice(begin, begin + len(sound))
        for channel, gain in enumerate(gains[line.who]):
            tracks[line.who][place, channel] += sound * np.float32(gain)
    total = sum(tracks.values(), np.zeros((count, 2), np.float32))
    peak = max(
        [float(np.abs(total).max(initial=0.0)), *(float(np.abs(track).max(initial=0.0)) for track in tracks.values())]
    )
    gain = min(1.0, 0.98 / peak) if peak > 0 else 1.0
    stems = {who: np.rint(track * (gain * _FULL_SCALE)).astype(np.int16) for who, track in tracks.items()}
    mix = sum((stem.astype(np.int32) for stem in stems.values()), np.zeros((count, 2), np.int32))
    assert np.abs(mix).max(initial=0) <= _FULL_SCALE
    return SceneSound(stems, mix.astype(np.int16), gain)


def heard_part(line: SoundedLine, rate: int) -> NDArray[np.float32]:
    """A line's samples until it is stopped, with a fade that ends there."""
    if line.cut_sample is None:
        return line.pcm
    length = min(len(line.pcm), max(0, line.cut_sample - line.first_sample))
    sound = line.pcm[:length].copy()
    fade = min(round(FADE_S * rate), length)
    if fade:
        sound[length - fade :] *= (0.5 + 0.5 * np.cos(np.pi * (np.arange(fade) + 1) / fade)).astype(np.float32)
    return sound
