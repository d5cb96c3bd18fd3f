"""Corpus to training arrays: pitch tracks and digits, and the text pointer of every code.

Runs once per corpus, in several processes, and leaves one file that the later stages map into memory.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.layout import CODE_SAMPLES, HOP, MAX_ADVANCE, NUM_PITCH, PITCH_CENTRE, PITCH_LEVELS, PITCH_STEP
from oncue.model.tiny.pitch import track
from oncue.model.training.data.corpus import Corpus, load

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Aligned:
    """The pointer of each code of one utterance and the phone of each frame; pointers index its phones."""

    pointer: Ints  # [codes]
    advance: Ints  # [codes]
    dwell: Ints  # [codes], codes already spent in the unit
    frame_unit: Ints  # [codes * FRAMES_PER_CODE]


def align(ends: Ints, codes: int) -> Aligned:
    """Ends in samples of each unit and the number of codes -> pointers that never move more than MAX_ADVANCE.

    A pointer names the unit that the code's last sample lies in; the last code names the last unit.
    """
    last = len(ends) - 1
    wanted = np.minimum(np.searchsorted(ends, (np.arange(codes) + 1) * CODE_SAMPLES - 1, side="right"), last)
    pointer = np.zeros(codes, np.int64)
    at = 0
    for index, target in enumerate(wanted):
        at = min(int(target), at + MAX_ADVANCE)
        pointer[index] = at
    advance = np.diff(pointer, prepend=0)
    dwell = np.zeros(codes, np.int64)
    for index in range(1, codes):
        dwell[index] = 0 if advance[index] else dwell[index - 1] + 1
    frames = codes * (CODE_SAMPLES // HOP)
    frame_unit = np.minimum(np.searchsorted(ends, (np.arange(frames) + 1) * HOP - 1, side="right"), last)
    return Aligned(pointer, advance, dwell, frame_unit)


def pitch_digits(log_f0: NDArray[np.float32], mean_log_f0: float, scale: float) -> Ints:
    """Frame track (NaN unvoiced) of a voice with this mean and pitch scale -> digits [codes, NUM_PITCH]: the value at
    the end of each half code.
    """
    per_half = CODE_SAMPLES // HOP // NUM_PITCH
    ends = log_f0[per_half - 1 :: per_half]
    bins = np.rint((np.nan_to_num(ends, nan=0.0) - mean_log_f0) / (PITCH_STEP * scale)) + PITCH_CENTRE
    digits = np.where(np.isnan(ends), 0, np.clip(bins, 1, PITCH_LEVELS - 1)).astype(np.int64)
    return digits[: len(digits) // NUM_PITCH * NUM_PITCH].reshape(-1, NUM_PITCH)


def _tracks(arguments: tuple[Path, int, int]) -> NDArray[np.float32]:
    folder, first, last = arguments
    corpus = load(folder)
    tracks = [
        track(np.multiply(corpus.utterance(index).audio, np.float32(1 / 32768), dtype=np.float32))
        for index in range(first, last)
    ]
    return np.concatenate(tracks)


def pitch_tracks(folder: Path, corpus: Corpus, workers: int) -> NDArray[np.float32]:
    """All utterances' pitch tracks one after another (len // HOP values each), cached in the folder."""
    cache = folder / "pitch.npy"
    if not cache.exists():
        edges = np.linspace(0, len(corpus), workers * 8 + 1).astype(int)
        jobs = [(folder, int(a), int(b)) for a, b in pairwise(edges)]
        with ProcessPoolExecutor(workers) as pool:
            tracks = np.concatenate(list(pool.map(_tracks, jobs)))
        np.save(cache.with_suffix(".part.npy"), tracks)
        cache.with_suffix(".part.npy").replace(cache)
    loaded: NDArray[np.float32] = np.load(cache, mmap_mode="r")
    return loaded
