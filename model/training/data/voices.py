"""What is known of every speaker of the corpus: what the frozen encoder and the long-term spectrum say of each of his lines.

A network that learns is told of a speaker what one to three of his lines tell, never the line it is asked for alone, as a
cloned voice is told of by one recording, and often as strangers' recordings of them tell it. The spectrum is sometimes left out,
and its slope is moved, as microphones do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.layout import SPECTRUM_BANDS
from oncue.model.tiny.speaker import joined
from oncue.model.training.data.dataset import Dataset

_MOST_LINES = 3
_NO_SPECTRUM = 0.15
_RECORDED = 0.4
"""Share of the times when all that is told comes from recordings that are not clean."""


@dataclass(frozen=True, slots=True)
class Known:
    """What some clips tell."""

    vectors: NDArray[np.float32]  # [clips, SPEAKER_DIM]
    spectra: NDArray[np.float32]  # [clips, SPECTRUM_BANDS]

    def of(self, clips: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The mean vector and the mean spectrum of these clips."""
        return self.vectors[clips].mean(0), self.spectra[clips].mean(0)


class Voices:
    """Vectors and spectra of the lines of each speaker, clean and as they might have been recorded."""

    def __init__(self, clean: Known, recorded: Known, speakers: NDArray[np.int64]) -> None:
        self._clean, self._recorded = clean, recorded
        self._lines = {int(s): np.flatnonzero(speakers == s) for s in np.unique(speakers)}

    def of(self, speaker: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """What some lines tell of a speaker, [VOICE_DIM]."""
        own = self._lines[speaker]
        some = rng.choice(own, min(len(own), int(rng.integers(1, _MOST_LINES + 1))), replace=False)
        vector, spectrum = (self._recorded if rng.random() < _RECORDED else self._clean).of(some)
        tilt = rng.normal(0, 0.1) * np.linspace(-1, 1, SPECTRUM_BANDS)
        told = ((spectrum + tilt) * (rng.random() >= _NO_SPECTRUM)).astype(np.float32)
        return joined(vector, told)

    def line(self, line: int) -> NDArray[np.float32]:
        """What one clean line tells of its speaker, [VOICE_DIM]."""
        return joined(*self._clean.of(np.array([line])))

    def mean(self, speaker: int) -> NDArray[np.float32]:
        """What all lines tell of a speaker, [VOICE_DIM]."""
        return joined(*self._clean.of(self._lines[speaker]))

    @staticmethod
    def load(path: Path, data: Dataset) -> Voices:
        """What `stages.voices` wrote for these lines."""
        with np.load(path) as file:
            clean = Known(file["speaker"], file["spectrum"])
            recorded = Known(file["recorded_speaker"], file["recorded_spectrum"])
        return Voices(clean, recorded, np.array([item.speaker for item in data.items]))
