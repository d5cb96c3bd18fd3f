"""Rows to tensors: what the decoder is given for one step of a group of slots.

Shapes never depend on how many slots are taken; idle rows are zeros and their results are thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.api import Step
from model.tiny.decoder import READ_AHEAD, StepInput, timing_features
from model.tiny.layout import NUM_DIGITS, NUM_EMOTIONS, VOICE_DIM
from model.tiny.rows import Row


def gather(rows: Sequence[Row | None], steps: Mapping[int, Step], dim: int) -> tuple[StepInput, Tensor]:
    """Inputs of one step (time = 1) and the text each row reads [rows, READ_AHEAD, dim]; pointers are 0 in it."""
    live = [row if index in steps else None for index, row in enumerate(rows)]
    numbers = [
        (steps[index].codes_left, row.natural_left, float(row.dwell), row.natural[row.pointer]) if row else (1.0,) * 4
        for index, row in enumerate(live)
    ]
    codes_left, natural_left, dwell, natural = torch.tensor(numbers).unbind(1)
    timing = timing_features(codes_left, natural_left, dwell, natural, torch.ones(len(rows)))
    nothing = torch.zeros(READ_AHEAD, dim)
    text = torch.stack([row.text[row.pointer : row.pointer + READ_AHEAD] if row else nothing for row in live])
    previous = torch.tensor([row.previous() if row else (0,) * NUM_DIGITS for row in live])
    blank = torch.zeros(VOICE_DIM + NUM_EMOTIONS)
    condition = torch.stack([row.condition if row else blank for row in live])
    pointer = torch.zeros(len(rows), 1, dtype=torch.long)
    return StepInput(previous.unsqueeze(1), pointer, timing.unsqueeze(1), condition.unsqueeze(1)), text


def dice_of(row: Row | None) -> NDArray[np.float64]:
    """Uniform numbers of one step, indexed by seed and position: one for the advance and one for each digit."""
    if row is None:
        return np.full(1 + NUM_DIGITS, 0.5)
    generator = np.random.Generator(
        np.random.Philox(key=np.array([row.seed, 2], np.uint64), counter=[0, 0, 0, row.position])
    )
    return generator.random(1 + NUM_DIGITS)
