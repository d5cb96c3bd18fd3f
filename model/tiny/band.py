"""What a recording leaves out of a voice's long-term spectrum, filled in by what is usual beside the rest of it.

A recording at 16 kHz or by telephone ends where the voice goes on, and a network that is told so takes the end for the voice's own
colour. What is missing is given its mean under a normal distribution of the corpus' spectra, given the bands that are there
(Anderson 1957, "Maximum likelihood estimates for a multivariate normal distribution when some observations are missing").
What a narrow band does to the speaker encoder's vector is the restorer's business, and to the pitch that of `pitch.with_bass`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from oncue.model.tiny.mel import FLOOR, TENS_OF_DB

FILE = Path(__file__).parent / "weights" / "spectra.safetensors"
_SILENT = float(np.log(FLOOR)) / TENS_OF_DB + 0.8
"""A band whose level is below this, on the scale of `log_mel`, has no sound: 8 dB above the floor."""
_EDGE = 3
"""Bands beside those without sound that have lost some of theirs."""
_FEWEST_MISSING, _FEWEST_HEARD = 6, 20
"""Bands: fewer have no sound in voices, too, and from fewer nothing can be told."""
_UNSURE = 0.003
"""Variance of a band that the others say nothing of."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spectra:
    """Long-term spectra of many voices: their mean [bands] and their covariance [bands, bands]."""

    mean: Array
    covariance: Array

    @staticmethod
    def of(spectra: Array) -> Spectra:
        """From [lines, bands]."""
        return Spectra(spectra.mean(0), np.cov(spectra.T).astype(np.float32))

    def filled(self, levels: Array, heard: NDArray[np.bool_]) -> Array:
        """Levels [bands] with those that are not heard as they most likely are beside the others, and around their mean.

        How loud a recording is says nothing: all is held against the mean of the bands that are heard.
        """
        against = np.eye(len(levels)) - heard / heard.sum()
        mean, covariance = against @ self.mean, against @ self.covariance @ against.T
        own = covariance[np.ix_(heard, heard)] + _UNSURE * np.eye(int(heard.sum()))
        seen = levels[heard] - levels[heard].mean()
        out = np.empty(len(levels))
        out[heard] = seen
        out[~heard] = mean[~heard] + covariance[np.ix_(~heard, heard)] @ np.linalg.solve(own, seen - mean[heard])
        return (out - out.mean()).astype(np.float32)

    def save(self, path: Path) -> None:
        """As `read` wants it."""
        save_file({"mean": self.mean, "covariance": self.covariance}, path)

    @staticmethod
    def read(path: Path) -> Spectra:
        """What `save` wrote."""
        found = load_file(path)
        return Spectra(found["mean"], found["covariance"])


def whole(levels: Array) -> Array:
    """The mean level of each band of a recording -> the voice's long-term spectrum around its mean, both [bands]."""
    silent = levels < _SILENT
    heard = np.convolve(silent, np.ones(2 * _EDGE + 1), "same") < 0.5
    if np.count_nonzero(silent) < _FEWEST_MISSING or np.count_nonzero(heard) < _FEWEST_HEARD:
        return (levels - levels.mean()).astype(np.float32)
    return _usual().filled(levels, heard)


@cache
def _usual() -> Spectra:
    return Spectra.read(FILE)
