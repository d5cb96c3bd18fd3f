"""Two who know voices: the encoder that is inside the model, and one that is not, to judge it by.

The second hears through Whisper's encoder, which learned from people and was never asked who speaks; what it hears of a clip, its
mean and deviation over the loud frames, is turned so that clips of one speaker fall together and those of others apart
(linear discriminant analysis, Fisher 1936, in the space of the largest components). The turning, and it alone, is learned
from the teacher's speakers, so it is a second opinion and not a verdict: that needs recordings of people and an encoder made for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.evaluate.ears import RATE, Ears

Vector = NDArray[np.float32]
Listener = Callable[[Samples], Vector]
"""Samples at SAMPLE_RATE to a vector of length 1."""
_LONGEST_S = 8.0
_LOUD_DB = -30.0
_COMPONENTS, _DIRECTIONS = 200, 64


def unit(x: NDArray[np.floating]) -> Vector:
    """Of length 1."""
    return (x / max(float(np.linalg.norm(x)), 1e-12)).astype(np.float32)


def inside() -> Listener:
    """The speaker encoder that conditions the model."""
    import torch

    from oncue.model.training.stages.voices import encoder_of_the_package

    encoder = encoder_of_the_package()

    def listen(pcm: Samples) -> Vector:
        with torch.inference_mode():
            return encoder(torch.from_numpy(soxr.resample(pcm, SAMPLE_RATE, RATE).astype(np.float32))).numpy()

    return listen


def heard(ears: Ears, pcm: Samples) -> Vector:
    """What Whisper's encoder hears in a clip: mean and deviation over the frames that are loud, [2 * dim]."""
    sound = soxr.resample(pcm[: int(_LONGEST_S * SAMPLE_RATE)], SAMPLE_RATE, RATE).astype(np.float32)
    frames = ears.encoded(sound / max(float(np.abs(sound).max()), 1e-6))
    hop = RATE // 50
    level = np.sqrt((sound[: len(sound) // hop * hop].reshape(-1, hop) ** 2).mean(1))[: len(frames)]
    loud = frames[: len(level)][level > level.max() * 10 ** (_LOUD_DB / 20)]
    return np.concatenate([loud.mean(0), loud.std(0)]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Turning:
    """The centre, and what tells speakers apart, [2 * dim, directions]."""

    centre: Vector
    directions: Vector

    def __call__(self, what: Vector) -> Vector:
        """What was heard -> a vector of length 1."""
        return unit((what - self.centre) @ self.directions)

    @staticmethod
    def fitted(clips: NDArray[np.float32], speakers: NDArray[np.int64]) -> Turning:
        """From clips [clips, 2 * dim] and whose they are; two or more of each."""
        centre = clips.mean(0)
        _, sizes, axes = np.linalg.svd(clips - centre, full_matrices=False)
        kept = min(_COMPONENTS, len(sizes))
        white = axes[:kept].T / (sizes[:kept] / np.sqrt(len(clips)) + 1e-6)
        x = (clips - centre) @ white
        names = np.unique(speakers)
        means = np.stack([x[speakers == name].mean(0) for name in names])
        rest = x - means[np.searchsorted(names, speakers)]
        within = rest.T @ rest / len(x) + 1e-3 * np.eye(kept)
        values, vectors = np.linalg.eigh(within)
        turned = vectors / np.sqrt(values)
        _, _, apart = np.linalg.svd((means - means.mean(0)) @ turned, full_matrices=False)
        return Turning(centre, (white @ turned @ apart[:_DIRECTIONS].T).astype(np.float32))

    def save(self, path: Path) -> None:
        """As a file of numpy."""
        np.savez(path, centre=self.centre, directions=self.directions)

    @staticmethod
    def load(path: Path) -> Turning:
        """What `save` wrote."""
        with np.load(path) as file:
            return Turning(file["centre"], file["directions"])


def outside(ears: Ears, turning: Turning) -> Listener:
    """The second listener."""
    return lambda pcm: turning(heard(ears, pcm))
