"""What is known of every speaker of the corpus: what the frozen encoder and the long-term spectrum say of each of his lines.

A network that learns is told of a speaker what one to three of his lines tell, never the line it is asked for alone, as a
cloned voice is told of by one recording. The spectrum is sometimes left out, and its slope is moved, as microphones do.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.layout import SPECTRUM_BANDS
from oncue.model.tiny.speaker import joined
from oncue.model.training.data.dataset import Dataset

_MOST_LINES = 3
_NO_SPECTRUM = 0.15


class Voices:
    """Vectors and spectra of the lines of each speaker."""

    def __init__(self, vectors: NDArray[np.float32], spectra: NDArray[np.float32], speakers: NDArray[np.int64]) -> None:
        self._vectors, self._spectra = vectors, spectra
        self._lines = {int(s): np.flatnonzero(speakers == s) for s in np.unique(speakers)}

    def of(self, speaker: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """What some lines tell of a speaker, [VOICE_DIM]."""
        own = self._lines[speaker]
        some = rng.choice(own, min(len(own), int(rng.integers(1, _MOST_LINES + 1))), replace=False)
        spectrum = self._spectra[some].mean(0)
        tilt = rng.normal(0, 0.1) * np.linspace(-1, 1, SPECTRUM_BANDS)
        spectrum = (spectrum + tilt) * (rng.random() >= _NO_SPECTRUM)
        return joined(self._vectors[some].mean(0), spectrum)

    def mean(self, speaker: int) -> NDArray[np.float32]:
        """What all lines tell of a speaker, [VOICE_DIM]."""
        own = self._lines[speaker]
        return joined(self._vectors[own].mean(0), self._spectra[own].mean(0))

    @staticmethod
    def load(path: Path, data: Dataset) -> Voices:
        """What `stages.voices` wrote for these lines."""
        with np.load(path) as file:
            return Voices(file["speaker"], file["spectrum"], np.array([item.speaker for item in data.items]))
