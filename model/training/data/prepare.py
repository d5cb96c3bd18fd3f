"""A line of the corpus to training arrays: pitch digits, and the text pointer of every code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncue.model.text.phones import INDEX, PAUSES
from oncue.model.tiny.layout import (
    CODE_SAMPLES,
    HOP,
    MAX_ADVANCE,
    NUM_PITCH,
    PITCH_CENTRE,
    PITCH_LEVELS,
    PITCH_STEP,
    SAMPLE_RATE,
)

Ints = NDArray[np.int64]
_HEARD_DB = -40.0
"""Against the loudest frame: what is fainter is silence."""
_DIES_FRAMES, _LEAST_FRAMES = 2, 3
"""Frames after the last loud one that still belong to a phone, and what a phone has at least."""
_CLOSING_S = (0.24, 0.64)
_MARKS = frozenset(INDEX[mark] for mark in PAUSES)


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


def settled(ends: Ints, phones: Ints, audio: NDArray[np.int16]) -> Ints:
    """Ends of units where a phone before a pause ends when it is no longer heard.

    The teacher gives the silence before a mark to the phone before it, most of all at the end of a line (.3 to .5 s); our
    pauses are what is silent, so that a planner can stretch them and a stretched vowel is heard.
    """
    frames = len(audio) // HOP
    power = (audio[: frames * HOP].astype(np.float32).reshape(frames, HOP) ** 2).mean(1)
    loud = power > power.max() * 10 ** (_HEARD_DB / 10)
    out = ends.copy()
    for unit in np.flatnonzero(np.isin(phones, list(_MARKS))):
        if unit == 0 or phones[unit - 1] in _MARKS:
            continue
        begin = int(out[unit - 2]) if unit > 1 else 0
        heard = np.flatnonzero(loud[begin // HOP : ends[unit - 1] // HOP])
        last = begin // HOP + (int(heard[-1]) + 1 if len(heard) else 0)
        out[unit - 1] = min(ends[unit - 1], max((last + _DIES_FRAMES) * HOP, begin + _LEAST_FRAMES * HOP))
    return out


def closing_cut(ends: Ints, rng: np.random.Generator) -> int:
    """Samples that are kept of a line: its last pause is cut to one of many lengths, as people leave them."""
    return int(min(ends[-1], ends[-2] + rng.uniform(*_CLOSING_S) * SAMPLE_RATE)) if len(ends) > 1 else int(ends[-1])
