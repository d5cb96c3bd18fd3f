"""Emotion vectors by name."""

from __future__ import annotations

from oncue.model.api import EMOTION_NAMES


def weights(**named: float) -> tuple[float, ...]:
    """The eight weights, those that are not named being 0."""
    return tuple(named.get(name, 0.0) for name in EMOTION_NAMES)
