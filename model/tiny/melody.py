"""What the vocoder is told of codes: features of each code, and the pitch and voicing of each latent frame."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.layout import (
    CONTENT_LEVELS,
    FRAMES_PER_CODE,
    NUM_CONTENT,
    NUM_PITCH,
    PITCH_CENTRE,
    PITCH_STEP,
)

CODE_FEATURES = NUM_CONTENT + 2 * NUM_PITCH + 1
"""Content in [-1, 1], per half code the relative pitch in octaves and a voicing flag, and the dwell."""
PHONES_PER_CODE = 3
"""The units before, at and after the pointer."""
USUAL_LOG_F0 = 5.1
"""What pitch is told against: 164 Hz."""

Array = NDArray[np.float32]


def code_features(digits: NDArray[np.int64], dwell: Sequence[int], scale: float) -> Array:
    """Digits [codes, NUM_DIGITS], codes spent in the phone [codes], the voice's pitch scale -> the vocoder's features
    [codes, CODE_FEATURES].
    """
    pitch, content = digits[:, :NUM_PITCH], digits[:, NUM_PITCH:]
    voiced = pitch > 0
    octaves = (pitch - PITCH_CENTRE) * (PITCH_STEP / math.log(2) * scale) * voiced
    levels = content * (2 / (CONTENT_LEVELS - 1)) - 1
    return np.concatenate([levels, octaves, voiced, np.log1p(dwell)[:, None]], axis=1, dtype=np.float32)


def frame_voicing(pitch: Sequence[Sequence[int]]) -> list[float]:
    """1 for each latent frame with a voice and 0 for each without, from pitch digits [codes][NUM_PITCH]."""
    return [float(digit > 0) for row in pitch for digit in row for _ in range(FRAMES_PER_CODE // NUM_PITCH)]


def frame_pitch(
    pitch: Sequence[Sequence[int]], mean_log_f0: float, scale: float, before: float, voiced: bool
) -> list[float]:
    """Log F0 of each latent frame from pitch digits [codes][NUM_PITCH] of a voice with this mean and pitch scale;
    `before` is the last value heard, and `voiced` says whether there was voice up to here.

    A digit is the pitch at the end of its half code; frames between two are interpolated and unvoiced ones held. Where a
    voice sets in it begins with its own pitch: a glide from where the last syllable ended would be another tone.
    """
    out: list[float] = []
    last = before
    per_half = FRAMES_PER_CODE // NUM_PITCH
    for row in pitch:
        for digit in row:
            value = mean_log_f0 + (digit - PITCH_CENTRE) * PITCH_STEP * scale if digit else last
            begun = last if voiced else value
            out.extend(value + (begun - value) * left / per_half for left in reversed(range(per_half)))
            last, voiced = value, digit > 0
    return out
