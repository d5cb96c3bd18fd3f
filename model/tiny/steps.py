"""Rows to arrays: what the decoder is given for one step of some neighbouring slots.

One array a kind of number, a row of it a slot, filled in place and bound to the runtime once. Rows that do not step keep
what they had: shapes depend on the slots that are computed, and a row's result on its own numbers alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Step
from oncue.model.tiny.layout import (
    ATTENTION_WINDOW,
    CODES_PER_SECOND,
    CONDITION_DIM,
    DIGIT_LEVELS,
    MAX_ADVANCE,
    NUM_DIGITS,
)
from oncue.model.tiny.rows import Row
from oncue.model.tiny.sampling import NUM_CHOICES
from oncue.model.tiny.tempo import SWAY_HZ

IMPOSSIBLE = np.float32(-1e9)
ADVANCE_TEMPERATURE = 0.25
DIGIT_TEMPERATURE = 0.4
EVENNESS = 4.0
"""Nats that a hurried decoder which is a code late (early) is given for (against) every move of its pointer. Left to itself it
hurries where it is sure and dwells where it is not, and at a quick pace words lose half their sounds in places.
"""
_MOVES = MAX_ADVANCE + 1
_TEMPERATURES = np.array([ADVANCE_TEMPERATURE] * _MOVES + [DIGIT_TEMPERATURE] * sum(DIGIT_LEVELS), np.float32)
_SWAYS = (2 * np.pi / CODES_PER_SECOND * np.array(list(SWAY_HZ.values()))).astype(np.float32)
"""Radians a code."""
NUM_TIMING = 6 + 2 * len(_SWAYS)
_PLACES, _STATES = np.arange(ATTENTION_WINDOW), np.arange(2 * ATTENTION_WINDOW)[:, None]
_MASKS = np.where((_STATES > _PLACES) & (_STATES % ATTENTION_WINDOW != _PLACES), np.float32(0), IMPOSSIBLE)
"""What is added to scores when a ring holds so many codes, and from ATTENTION_WINDOW on when it is full and they go on from there:
it is full to here, and the place that this step takes is no longer seen.
"""
_KNOWN = 1024
"""Positions whose cosines and sines are worked out once; more are added as they come."""

Array = NDArray[np.float32]


class Told:
    """What the rows of a step are told; `noise` has IMPOSSIBLE where a move is not allowed."""

    def __init__(self, rows: int, dim: int, head_dim: int) -> None:
        self.previous = np.zeros((rows, NUM_DIGITS), np.int64)  # digits plus one
        self.seen = np.zeros((rows, dim), np.float32)
        self.arrivals = np.zeros((rows, _MOVES, dim), np.float32)  # the text at each unit that may be come to
        self.timing = np.zeros((rows, NUM_TIMING), np.float32)
        self.condition = np.zeros((rows, CONDITION_DIM), np.float32)
        self.noise = np.zeros((rows, NUM_CHOICES), np.float32)
        self.mask = np.zeros((rows, 1, 1, ATTENTION_WINDOW), np.float32)
        self.cos = np.ones((rows, head_dim // 2), np.float32)
        self.sin = np.zeros((rows, head_dim // 2), np.float32)
        self._head_dim = head_dim
        self._turns = rotary(np.arange(_KNOWN), head_dim)

    def fill(self, rows: Sequence[Row | None], steps: Mapping[int, Step]) -> list[int]:
        """Take what the rows named by `steps`, by their index, are to be told, and give their positions."""
        index = list(steps)
        numbers, positions = [], []
        for at, step in steps.items():
            row = rows[at]
            assert row is not None, "a step of no row"
            assert row.reading is not None, "a step before its script was read"
            said = len(row.said)
            numbers.append((step.codes_left, row.natural_left, row.dwell, row.natural[row.pointer], said))
            positions.append(row.position)
            self.previous[at] = row.previous()
            self.seen[at] = row.reading.seen[row.pointer]
            self.arrivals[at] = row.reading.arrivals[row.pointer : row.pointer + _MOVES]
            self.condition[at] = row.condition
            noise = self.noise[at]
            np.multiply(row.noise.at(said), _TEMPERATURES, out=noise)
            pace = step.codes_left / max(row.natural_left, 1.0)
            noise[1:_MOVES] += np.float32(EVENNESS * row.hurry * min(max(row.late(pace), -1.0), 1.0))
            least, most = _moves(row, step)
            noise[:least] = noise[most + 1 : _MOVES] = IMPOSSIBLE
        self.timing[index] = timing_features(np.array(numbers, np.float32))
        self._place(index, positions)
        return positions

    def _place(self, index: Sequence[int], positions: Sequence[int]) -> None:
        """Where in their histories the rows are: which way they are turned, and what of the ring they see."""
        if max(positions) >= len(self._turns[0]):
            self._turns = rotary(np.arange(2 * max(positions)), self._head_dim)
        cos, sin = self._turns
        self.cos[index], self.sin[index] = cos[positions], sin[positions]
        window = ATTENTION_WINDOW
        self.mask[index, 0, 0] = _MASKS[[at if at < window else window + at % window for at in positions]]


def timing_features(numbers: Array) -> Array:
    """Codes left, natural codes left in the text, codes spent in the unit, its natural length and codes said since the
    segment began, [..., 5] -> [..., NUM_TIMING], for a countdown that is known.

    A sway that had to be read off the history would die out: where the next pitch is uncertain, the likeliest is none.
    """
    left, natural_left, dwell, natural, said = (numbers[..., column] for column in range(5))
    left, unit, turns = np.maximum(left, np.float32(0.5)), np.log1p(natural), len(_SWAYS)
    phases = said[..., None] * _SWAYS
    out = np.empty((*left.shape, NUM_TIMING), np.float32)
    tempo = np.log(left / np.maximum(natural_left, np.float32(0.25)))
    out[..., 0] = np.minimum(np.maximum(tempo, np.float32(-1.2)), np.float32(1.2))
    out[..., 1] = np.log(left) * np.float32(0.25)
    out[..., 2] = np.exp(-left / 8)
    out[..., 3] = 1
    out[..., 4] = np.log1p(dwell) - unit
    out[..., 5] = unit
    np.sin(phases, out=out[..., -2 * turns : -turns])
    np.cos(phases, out=out[..., -turns:])
    return out


def rotary(positions: NDArray[np.int64], dim: int) -> tuple[Array, Array]:
    """Cosines and sines of RoPE (Su et al. 2021) for positions [...] -> [..., dim / 2] each."""
    rate = np.float32(10_000) ** (-np.arange(0, dim, 2, dtype=np.float32) / np.float32(dim))
    angle = positions.astype(np.float32)[..., None] * rate
    return np.cos(angle), np.sin(angle)


def _moves(row: Row, step: Step) -> tuple[int, int]:
    """The least and the furthest the pointer may move: as the row can, and at least as far as it must."""
    least, most = row.moves()
    if step.min_advance > most:
        most = min(step.min_advance, MAX_ADVANCE, row.last_unit - row.pointer)
    return min(max(least, step.min_advance), most), most
