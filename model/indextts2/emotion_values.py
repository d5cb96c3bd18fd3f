"""The family's `EmotionConditioning` values, and the vector the decoder is told when such a value meets a voice.

A feeling is known before it is known who feels it, so the value keeps weights or a borrowed vector, and what a voice
makes of it is worked out when a line begins. Prototypes and their mixing are in `emotion.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import EMOTION_NAMES, EmotionConditioning, EmotionSource, Voice
from oncue.model.indextts2.emotion import Prototypes, balanced
from oncue.model.indextts2.voice import FAMILY, OWN_EMOTION, SPEAKER_FEELING, STYLE

Vector = NDArray[np.float32]
WEIGHTS = "weights"  # [8] of the prototypes, evened out
BORROWED = "borrowed"  # [dim] another recording's feeling
INTENSITY = "intensity"  # [1] how far the voice moves towards it


def make_emotion(source: EmotionSource) -> EmotionConditioning:
    """A source to a value. Raises ValueError when it is out of range or of another family."""
    if not 0 <= source.intensity <= 1:
        raise ValueError("The intensity of an emotion is a number from 0 to 1.")
    if source.voice is not None:
        if source.voice.family != FAMILY:
            raise ValueError("The recording of the feeling was read by another model: add it to this one again.")
        borrowed = source.voice.arrays[OWN_EMOTION]
        return EmotionConditioning(FAMILY, {BORROWED: borrowed, INTENSITY: np.array([source.intensity], np.float32)})
    weights = balanced(source.vector if source.vector is not None else (0.0,) * len(EMOTION_NAMES))
    return EmotionConditioning(FAMILY, {WEIGHTS: np.asarray(weights, np.float32) * np.float32(source.intensity)})


def emotion_vector(voice: Voice, emotion: EmotionConditioning, prototypes: Prototypes) -> Vector:
    """What the decoder is told [dim]: the voice's own feeling, moved towards another's or mixed with prototypes."""
    if BORROWED in emotion.arrays:
        own = voice.arrays[SPEAKER_FEELING]
        moved: Vector = own + emotion.arrays[INTENSITY] * (emotion.arrays[BORROWED] - own)
        return moved
    weights = emotion.arrays[WEIGHTS]
    rows = prototypes.nearest(voice.arrays[STYLE])
    # Without another recording the release hears the voice's own one as the emotion's, at full strength.
    return prototypes.mix(tuple(float(weight) for weight in weights), rows, voice.arrays[OWN_EMOTION])
