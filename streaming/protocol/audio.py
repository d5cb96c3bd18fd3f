"""Samples as bytes: 16-bit little-endian PCM, rounded the same way everywhere; and where in samples something is heard.

No dither: the same samples must give the same bytes. Resampling and Opus are not done here.
"""

from __future__ import annotations

import numpy as np

from oncue.model.api import Samples

BYTES_PER_SAMPLE = 2
FULL_SCALE = 32767.0
"""Both signs scale by it, so that silence stays silence and nothing wraps."""


def to_s16le(samples: Samples) -> bytes:
    """Float samples in [-1, 1] to bytes: clipped, then rounded half to even."""
    scaled = np.rint(np.clip(samples, -1.0, 1.0).astype(np.float64) * FULL_SCALE)
    return scaled.astype("<i2").tobytes()


def from_s16le(data: bytes) -> Samples:
    """Bytes back to float samples; raises ValueError for half a sample."""
    if len(data) % BYTES_PER_SAMPLE:
        raise ValueError("The audio ends in the middle of a 16-bit sample; send whole samples.")
    return (np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(FULL_SCALE)).astype(np.float32)


def fade_out(samples: Samples, fade_samples: int) -> Samples:
    """The samples with their last `fade_samples` brought to silence on a raised cosine."""
    length = min(fade_samples, len(samples))
    if length == 0:
        return samples
    faded = samples.copy()
    ramp = 0.5 + 0.5 * np.cos(np.pi * (np.arange(length) + 1) / length)
    faded[len(samples) - length :] *= ramp.astype(np.float32)
    return faded


def edges(pcm: Samples, rate: int, below_db: float = 35.0) -> tuple[int, int]:
    """The first sample of sound and one past the last, of mono samples; (0, 0) where there is none.

    Frames of 5 ms are sound that are at most so far below the loudest; a single one does not count.
    """
    size = max(1, rate // 200)
    frames = pcm[: len(pcm) // size * size].reshape(-1, size)
    power = np.square(frames, dtype=np.float64).mean(axis=1)
    if not len(power) or power.max() <= 1e-10:
        return 0, 0
    loud = power > power.max() * 10 ** (-below_db / 10)
    held = loud & (np.append(loud[1:], False) | np.concatenate(([False], loud[:-1])))
    places = np.nonzero(held if held.any() else loud)[0]
    return int(places[0]) * size, (int(places[-1]) + 1) * size


def onset(pcm: Samples, rate: int) -> int:
    """The sample at which sound is first heard: in the middle of a soft beginning, between 35 and 30 dB below the loudest.

    A breathy consonant rises over some 30 ms, so that who listens less closely hears it that much later.
    """
    return sum(edges(pcm, rate, below_db)[0] for below_db in (35.0, 30.0)) // 2
