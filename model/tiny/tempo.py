"""How fast each style is said, and how its melody sways: the teachers speak so (`oncue.model.training.data.styles`).

A line of free length takes the tempo; the decoder is told the phases of the sways, which begin with a segment.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from oncue.model.api import EMOTION_NAMES

TEMPO = {
    "happy": 1.12,
    "angry": 1.12,
    "sad": 0.80,
    "afraid": 1.18,
    "disgusted": 0.90,
    "melancholic": 0.86,
    "surprised": 1.04,
    "calm": 0.94,
}
"""Units spoken in the time of one, at full intensity."""
SWAY_HZ = {"happy": 3.0, "afraid": 7.0, "disgusted": 1.2}
"""How often a second the melody of a style goes up and down."""


def pace_of(strengths: Sequence[float]) -> float:
    """Codes for each natural one when styles [len(EMOTION_NAMES)] are mixed so: a weighted mean of log tempos."""
    return math.exp(-sum(w * math.log(TEMPO[name]) for w, name in zip(strengths, EMOTION_NAMES, strict=True)))
