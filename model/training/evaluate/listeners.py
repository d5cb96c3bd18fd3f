"""Two who know voices: the encoder that is inside the model, and one that is not, to judge it by.

The second hears through the first layers of Whisper, which learned from people and were never asked who speaks; what they give of a
clip, mean and deviation over the loud frames, is turned so that clips of one speaker fall together, whatever is said, in
which language and style and by which microphone, and those of others apart (linear discriminant analysis, Fisher 1936, in the space
of the largest components; a direction counts for as much as it tells, Ioffe 2006). The turning, and it alone, is learned from
the teacher's speakers.

Why the first layers: of clips of 224 speakers of the corpus that a turning was not fitted on, a line finds another of the same voice with
the log-mel bands alone in 81 %, with the first convolutions in 76 %, and less and less after each layer, down to 6 % after the fourth. Of the two,
the convolutions order 48 strangers more as an encoder that learned who people are (rank correlation of all pairs .54 against .29).
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
from oncue.model.training.evaluate.ears import RATE
from oncue.model.training.evaluate.front import FRAME, Front

Vector = NDArray[np.float32]
Listener = Callable[[Samples], Vector]
"""Samples at SAMPLE_RATE to a vector of length 1."""
_LONGEST_S = 8.0
_LOUD_DB = -30.0
_COMPONENTS, _DIRECTIONS = 200, 64
_SMALLEST, _SHRUNK = 1e-6, 0.05
"""The size of a component that is left out, and how much of what differs within a speaker is taken to be the same in all directions."""


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


def heard(front: Front, pcm: Samples) -> Vector:
    """What Whisper's first layers hear in a clip: mean and deviation over the frames that are loud, [2 * dim]."""
    sound = soxr.resample(pcm[: int(_LONGEST_S * SAMPLE_RATE)], SAMPLE_RATE, RATE).astype(np.float32)
    frames = front(sound / max(float(np.abs(sound).max()), 1e-6))
    level = np.sqrt((sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(1))[: len(frames)]
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
        centre, scale = clips.mean(0), clips.std(0) + 1e-6
        x = ((clips - centre) / scale).astype(np.float64)
        sizes, axes = np.linalg.eigh(x.T @ x / len(x))
        kept = slice(-min(_COMPONENTS, int((sizes > _SMALLEST).sum())), None)
        white = axes[:, kept] / np.sqrt(sizes[kept])
        x = x @ white
        names, owners = np.unique(speakers, return_inverse=True)
        each = len(x) / len(names)
        means = np.stack([x[owners == owner].mean(0) for owner in range(len(names))])
        rest = x - means[owners]
        within = rest.T @ rest / len(x) * each / (each - 1)
        within = (1 - _SHRUNK) * within + _SHRUNK * np.diag(within).mean() * np.eye(len(within))
        values, vectors = np.linalg.eigh(within)
        turned = vectors / np.sqrt(values)
        _, strengths, apart = np.linalg.svd((means - means.mean(0)) @ turned, full_matrices=False)
        between = np.maximum(strengths**2 / len(names) - 1 / each, 0)
        telling = (apart.T * np.sqrt(between / (between + 1)))[:, :_DIRECTIONS]
        return Turning(centre, (white @ turned @ telling / scale[:, None]).astype(np.float32))

    def save(self, path: Path) -> None:
        """As a file of numpy."""
        np.savez(path, centre=self.centre, directions=self.directions)

    @staticmethod
    def load(path: Path) -> Turning:
        """What `save` wrote."""
        with np.load(path) as file:
            return Turning(file["centre"], file["directions"])


def outside(front: Front, turning: Turning) -> Listener:
    """The second listener."""
    return lambda pcm: turning(heard(front, pcm))
