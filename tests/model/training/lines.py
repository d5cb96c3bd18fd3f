"""Lines that have only what a test is about, and data sets of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from oncue.model.tiny.layout import SPEAKER_DIM, SPECTRUM_BANDS
from oncue.model.training.data.dataset import Dataset, Prepared
from oncue.model.training.data.prepare import Aligned
from oncue.model.training.data.voices import Known, Voices

NONE: Any = np.zeros(0, np.int64)


def line(speaker: int = 0, emotion: int = 0, intensity: float = 0.0, audio: Any = NONE, log_f0: Any = NONE) -> Prepared:
    """A line without phones."""
    aligned, pitch = Aligned(NONE, NONE, NONE, NONE), np.asarray(log_f0, np.float32)
    voiced, told = np.ones(len(pitch), bool), np.ones(len(pitch), np.float32)
    return Prepared(
        audio, NONE, NONE, NONE, NONE, aligned, NONE, pitch, voiced, pitch, told, speaker, 0, emotion, intensity
    )


def voices(speakers: int = 1) -> Voices:
    """One line of each speaker, told by ones."""
    vectors, spectra = (np.ones((speakers, dim), np.float32) for dim in (SPEAKER_DIM, SPECTRUM_BANDS))
    known = Known(vectors, spectra)
    return Voices(known, known, np.arange(speakers))


def dataset(items: Sequence[Prepared], without_lines: Sequence[int] = ()) -> Dataset:
    """All of them to train on and to validate with; the speakers `without_lines` have none."""
    speakers, every = np.array([item.speaker for item in items]), np.arange(len(items))
    own = {int(s): every[speakers == s] for s in (*np.unique(speakers), *without_lines)}
    return Dataset(tuple(items), np.zeros(len(own), np.float32), np.ones(len(own), np.float32), every, every, own)
