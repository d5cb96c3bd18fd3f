"""How a line is to feel: the family's `EmotionConditioning` values, and the vector the decoder is told when one meets a voice.

A feeling is known before it is known who feels it, so a value keeps weights or a borrowed vector, and what a voice makes
of it is worked out when a line begins. Weights mix prototypes: for each emotion there are some recorded speakers, and the
one whose style is nearest to the voice lends its vector. Vectors of recordings come from `networks/conditioning.py`; what
a text feels like is the business of `oncue.model.text`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import EMOTION_NAMES, EmotionConditioning, EmotionSource, Voice
from oncue.model.indextts2.voice import FAMILY, OWN_EMOTION, SPEAKER_FEELING, STYLE

Vector = NDArray[np.float32]

WEIGHTS = "weights"  # [8] of the prototypes, evened out
BORROWED = "borrowed"  # [dim] another recording's feeling
INTENSITY = "intensity"  # [1] how far the voice moves towards it

MAX_SUM = 0.8
"""Of a mixture: what is left is the voice's own feeling, without which it stops sounding like itself."""
_BALANCE = np.array([0.9375, 0.875, 1.0, 1.0, 0.9375, 0.9375, 0.6875, 0.5625], dtype=np.float32)
"""How strongly each emotion colours a voice, evened out; in `EMOTION_NAMES` order, as the release's page does."""


def balanced(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights evened out between emotions, their sum at most `MAX_SUM`; for weights a person set by hand.

    Raises ValueError when there are not eight of them or one is negative or not finite.
    """
    vector = _checked(weights) * _BALANCE
    total = float(vector.sum())
    return tuple(float(weight) for weight in (vector * (MAX_SUM / total) if total > MAX_SUM else vector))


def _checked(weights: Sequence[float]) -> Vector:
    vector = np.asarray(weights, dtype=np.float32)
    if vector.shape != (len(EMOTION_NAMES),) or not np.isfinite(vector).all() or (vector < 0).any():
        raise ValueError(
            f"An emotion vector has {len(EMOTION_NAMES)} weights of 0 or more: {', '.join(EMOTION_NAMES)}."
        )
    return vector


@dataclass(frozen=True, slots=True, eq=False)
class Prototypes:
    """Recorded feelings: for each row the style of its speaker [rows, style] and its vector [rows, dim].

    Rows are grouped by emotion, `groups` rows each, in `EMOTION_NAMES` order. Raises ValueError when they do not fit.
    """

    styles: Vector
    vectors: Vector
    groups: tuple[int, ...]

    def __post_init__(self) -> None:
        if not (len(self.styles) == len(self.vectors) == sum(self.groups) and len(self.groups) == len(EMOTION_NAMES)):
            raise ValueError(
                f"There are {len(self.styles)} styles and {len(self.vectors)} vectors of emotion prototypes for groups"
                f" of {sum(self.groups)}: fetch the models again."
            )

    def nearest(self, style: Vector) -> tuple[int, ...]:
        """In each group, the row whose speaker is nearest to a style [style] by cosine."""
        norms = np.linalg.norm(self.styles, axis=1) * np.linalg.norm(style)
        likeness = self.styles @ style / np.maximum(norms, np.finfo(np.float32).tiny)
        return tuple(int(group.argmax()) for group in np.split(likeness, self._borders()))

    def mix(self, weights: Sequence[float], rows: Sequence[int], own: Vector) -> Vector:
        """The prototypes' weighted sum, and of a voice's own vector [dim] what the weights leave of one.

        Raises ValueError as `balanced`, and when the weights sum to more than one, for nothing of the voice is left.
        """
        vector = _checked(weights)
        left = 1.0 - float(vector.sum())
        if left < -1e-6:
            raise ValueError(f"The weights of an emotion vector sum to {vector.sum():.2f}; they may reach 1.")
        first = [0, *self._borders()]
        chosen = np.stack([self.vectors[begin + row] for begin, row in zip(first, rows, strict=True)])
        mixed = (vector[:, None] * chosen).sum(0) + np.float32(max(left, 0.0)) * own
        return mixed.astype(np.float32)

    def _borders(self) -> list[int]:
        return [int(border) for border in np.cumsum(self.groups)[:-1]]


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
