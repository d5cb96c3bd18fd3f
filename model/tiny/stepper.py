"""One decoder step of a group of slots: hidden states, pointer advances, digits, stops.

Pure in its rows: it reads them and says what each would do; `speech` lets them do it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from model.api import Step
from model.nn.sampling import sample
from model.tiny.decoder import Decoder
from model.tiny.layout import MAX_ADVANCE
from model.tiny.rows import Row
from model.tiny.steps import dice_of, gather

ADVANCE_TEMPERATURE = 0.25
DIGIT_TEMPERATURE = 0.4


@dataclass(frozen=True, slots=True)
class Choice:
    """What a row says next; `healthy` is false when a value was not a number."""

    digits: tuple[int, ...]
    advance: int
    wants_stop: bool
    healthy: bool


class Stepper:
    """Runs the decoder with the same shapes however many rows are there."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def step(self, rows: Sequence[Row | None], steps: Mapping[int, Step], ring: Tensor) -> list[Choice]:
        """A choice for each row of the group; those of rows without a step mean nothing."""
        decoder = self._decoder
        x, text = gather(rows, steps, decoder.dim)
        position = torch.tensor([row.position if row else 0 for row in rows])
        hidden = decoder.body.step(decoder.embed(x, text)[:, 0], ring, position)
        dice = np.stack([dice_of(row) for row in rows])
        logits = decoder.heads.advance(hidden)
        moves = sample(logits.masked_fill(~_allowed(rows, steps), -1e9) / ADVANCE_TEMPERATURE, dice[:, 0])
        ground = decoder.heads.ground(hidden, torch.tensor(moves), self._arrived(rows, moves))
        stops = (decoder.heads.stop(F.gelu(ground))[:, 0] > 0).tolist()
        digits = self._digits(ground, dice[:, 1:])
        healthy = (torch.isfinite(ground).all(dim=1) & torch.isfinite(logits).all(dim=1)).tolist()
        return [Choice(*values) for values in zip(digits, moves, stops, healthy, strict=True)]

    def _arrived(self, rows: Sequence[Row | None], moves: Sequence[int]) -> Tensor:
        nothing = torch.zeros(self._decoder.dim)
        return torch.stack(
            [row.text[row.pointer + move] if row else nothing for row, move in zip(rows, moves, strict=True)]
        )

    def _digits(self, ground: Tensor, dice: NDArray[np.float64]) -> list[tuple[int, ...]]:
        """Say the digits one after another, each knowing those before it."""
        heads, columns = self._decoder.heads, []
        for index, head in enumerate(heads.digit):
            column = sample(head(F.gelu(ground)) / DIGIT_TEMPERATURE, dice[:, index])
            columns.append(column)
            if index < len(heads.said):
                ground = ground + heads.said[index](torch.tensor(column))
        return list(zip(*columns, strict=True))


def _allowed(rows: Sequence[Row | None], steps: Mapping[int, Step]) -> Tensor:
    """Moves within each row's text and at least as far as it must, [rows, MAX_ADVANCE + 1]."""
    move = torch.arange(MAX_ADVANCE + 1)
    out = []
    for index, row in enumerate(rows):
        room = min(MAX_ADVANCE, row.last_unit - row.pointer) if row else 0
        least = min(steps[index].min_advance, room) if index in steps else 0
        out.append((move >= least) & (move <= room))
    return torch.stack(out)
