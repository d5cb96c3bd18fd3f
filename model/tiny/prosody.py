"""How a clip is said, whatever its pitch and level: what the emotion encoder is told of a recording.

In numpy, as it is served; the training room has the same in torch.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.layout import HOP, SAMPLE_RATE
from oncue.model.tiny.mel import BANDS, hann

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MODULATION_HZ = (0.5, 1.5, 2.5, 3.5, 4.5, 6.0, 8.0, 11.0, 15.0)
COLOURS = 16
"""Groups of mel bands whose levels are a clip's colour."""
NUM_PROSODY = 2 * (len(QUANTILES) + 2 + len(MODULATION_HZ) - 1) + 4 + 3 * COLOURS

Array = NDArray[np.float32]


def prosody(mel: Array, log_f0: Array) -> Array:
    """Statistics of melody, loudness and colour, [NUM_PROSODY].

    mel [frames, BANDS], log_f0 [frames] held through unvoiced frames. Of each of the two curves around
    its mean: quantiles, deviation, mean step, and the shares of its modulation by frequency (the tempo of syllables
    is there); then the slopes of the melody and of loudness, the share of pauses, and how much brightness moves; then `_colour`.
    """
    loudness = mel.mean(1)
    brightness = mel[:, BANDS // 2 :].mean(1) - mel[:, : BANDS // 2].mean(1)
    time = np.linspace(-1, 1, len(log_f0), dtype=np.float32)
    slopes = [((curve - curve.mean()) * time).mean() for curve in (log_f0, loudness)]
    paused = (loudness < np.quantile(loudness, 0.95) - 2.0).mean()
    moving = np.array([*slopes, paused, brightness.std(ddof=1)])
    return np.concatenate([_curve(log_f0), _curve(loudness), moving, _colour(mel, loudness)]).astype(np.float32)


def _colour(mel: Array, loudness: Array) -> Array:
    """Of the loud frames, in groups of bands: the spectrum around its mean (tilt and throat are there), and its
    deviation and mean step (breath fills what a voice leaves empty), [3 * COLOURS].
    """
    loud = (loudness > np.quantile(loudness, 0.95) - 1.0).astype(np.float32)[:, None]
    count = max(float(loud.sum()), 1.0)
    groups = mel.reshape(len(mel), COLOURS, -1).mean(2)
    mean = (groups * loud).sum(0) / count
    deviation = np.sqrt((np.square(groups - mean) * loud).sum(0) / count)
    step = (np.abs(np.diff(groups, axis=0)) * loud[1:]).sum(0) / count
    return np.concatenate([mean - mean.mean(), deviation, step])


def _curve(x: Array) -> Array:
    """x [frames] at SAMPLE_RATE / HOP -> quantiles, deviation, mean step, shares of modulation."""
    centred = x - x.mean()
    power = np.square(np.abs(np.fft.rfft(centred * hann(len(x)))))
    hertz = np.linspace(0, SAMPLE_RATE / HOP / 2, len(power))
    shares = np.array([power[(hertz >= low) & (hertz < high)].sum() for low, high in pairwise(MODULATION_HZ)])
    moments = np.array([centred.std(ddof=1), np.abs(np.diff(centred)).mean()])
    return np.concatenate([np.quantile(centred, QUANTILES), moments, shares / (shares.sum() + 1e-9)]).astype(np.float32)
