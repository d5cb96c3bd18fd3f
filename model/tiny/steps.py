"""Rows to tensors: what the decoder is given for one step of some neighbouring slots.

Idle rows are zeros and their results are thrown away, so shapes depend on the slots that are computed and not on who
is in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from oncue.model.api import Step
from oncue.model.tiny.decoder import timing_features
from oncue.model.tiny.layout import CONDITION_DIM, MAX_ADVANCE, NUM_DIGITS
from oncue.model.tiny.rows import NUM_CHOICES, Row

IMPOSSIBLE = -1e9
_IDLE = (1.0, 1.0, 1.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Gathered:
    """One row a slot; `noise` has IMPOSSIBLE where a move is not allowed."""

    previous: Tensor  # [rows, NUM_DIGITS], digits plus one
    timing: Tensor  # [rows, NUM_TIMING]
    condition: Tensor  # [rows, CONDITION_DIM]
    seen: Tensor  # [rows, dim]
    position: Tensor  # [rows]
    noise: NDArray[np.float32]  # [rows, NUM_CHOICES]


def gather(rows: Sequence[Row | None], steps: Mapping[int, Step], dim: int) -> Gathered:
    """What one step of `rows` is told; those without an entry in `steps`, which counts them from 0, are idle."""
    live = [row if index in steps else None for index, row in enumerate(rows)]
    numbers = [
        (steps[index].codes_left, row.natural_left, float(row.dwell), row.natural[row.pointer], float(len(row.said)))
        if row
        else _IDLE
        for index, row in enumerate(live)
    ]
    codes_left, natural_left, dwell, natural, said = torch.tensor(numbers).unbind(1)
    blank, nothing, quiet = torch.zeros(CONDITION_DIM), torch.zeros(dim), np.zeros(NUM_CHOICES, np.float32)
    noise = np.stack([row.noise.at(len(row.said)) if row else quiet for row in live])
    for index, row in enumerate(live):
        if row:
            least, most = _moves(row, steps[index])
            noise[index, :least] = noise[index, most + 1 : MAX_ADVANCE + 1] = IMPOSSIBLE
    return Gathered(
        torch.tensor([row.previous() if row else (0,) * NUM_DIGITS for row in live]),
        timing_features(codes_left, natural_left, dwell, natural, torch.ones(len(rows)), said),
        torch.stack([row.condition if row else blank for row in live]),
        torch.stack([row.reading.seen[row.pointer] if row and row.reading else nothing for row in live]),
        torch.tensor([row.position if row else 0 for row in rows]),
        noise,
    )


def _moves(row: Row, step: Step) -> tuple[int, int]:
    """The least and the furthest the pointer may move: as the row can, and at least as far as it must."""
    least, most = row.moves()
    if step.min_advance > most:
        most = min(step.min_advance, MAX_ADVANCE, row.last_unit - row.pointer)
    return min(max(least, step.min_advance), most), most
