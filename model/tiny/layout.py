"""The numbers every part of the bundled family shares: rates, code layout, and packing of digits.

A code is 40 ms: two pitch digits (one per 20 ms, the value at its end, against the voice's mean and in
steps as wide as its melody is) and six digits of a finite scalar quantiser (Mentzer et al. 2023, "Finite Scalar
Quantization"). Phones are not in the code: they come from the script through the text pointer, so a code carries
only how a phone is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

SAMPLE_RATE = 24_000
CODE_SAMPLES = 960
HOP = 240
"""Samples of one latent frame; four frames make a code."""
FRAMES_PER_CODE = CODE_SAMPLES // HOP
CODES_PER_SECOND = SAMPLE_RATE // CODE_SAMPLES

NUM_CONTENT = 6
CONTENT_LEVELS = 8
NUM_PITCH = 2
PITCH_LEVELS = 64
PITCH_STEP = 0.5 * 0.05776226504666211
"""Half a semitone in natural log of frequency (ln 2 / 24): what a level is worth to a voice whose pitch scale is 1."""
PITCH_CENTRE = 32
DIGIT_LEVELS: tuple[int, ...] = (PITCH_LEVELS,) * NUM_PITCH + (CONTENT_LEVELS,) * NUM_CONTENT
NUM_DIGITS = len(DIGIT_LEVELS)
NUM_VALUES = prod(DIGIT_LEVELS)

MAX_ADVANCE = 3
"""The furthest the text pointer may move in one code."""
SPEAKER_DIM = 256
"""What the speaker encoder makes of a recording (GE2E)."""
SPECTRUM_BANDS = 80
"""Bands of the long-term spectrum that is kept beside it."""
VOICE_DIM = SPEAKER_DIM + SPECTRUM_BANDS
NUM_EMOTIONS = 8
CONDITION_DIM = VOICE_DIM + NUM_EMOTIONS + 1
"""What the decoder is told of a row besides its text: the voice, the feeling, and the log of the pitch scale."""
EMOTION_DIM = 8
"""What the emotion encoder knows of a clip before it is read as styles."""
ATTENTION_WINDOW = 64
"""How many codes back the decoder sees: 2.56 s."""
READ_AHEAD = 3
"""Units of the text that a step of the decoder sees: the current one and the next two."""


def pack(digits: Sequence[int]) -> int:
    """Digits to one integer, the first digit most significant."""
    value = 0
    for digit, levels in zip(digits, DIGIT_LEVELS, strict=True):
        value = value * levels + int(digit)
    return value


def unpack(value: int) -> tuple[int, ...]:
    """The inverse of `pack`."""
    digits = []
    for levels in reversed(DIGIT_LEVELS):
        value, digit = divmod(value, levels)
        digits.append(digit)
    return tuple(reversed(digits))
