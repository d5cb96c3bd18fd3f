"""One decoder step of some neighbouring slots: hidden states, pointer advances, digits, stops.

Pure in its rows: it reads them and says what each would do; `speech` lets them do it. It is the decoder's own
arithmetic (`Decoder.forward`) put so that little is done twice: what a line reads of its text is worked out when it begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.api import Step
from oncue.model.nn import blockwise
from oncue.model.tiny.decoder import Decoder
from oncue.model.tiny.layout import DIGIT_LEVELS, MAX_ADVANCE
from oncue.model.tiny.rows import Row
from oncue.model.tiny.steps import Gathered, gather

ADVANCE_TEMPERATURE = 0.25
DIGIT_TEMPERATURE = 0.4
_MOVES = MAX_ADVANCE + 1
_TEMPERATURES = np.array([ADVANCE_TEMPERATURE] * _MOVES + [DIGIT_TEMPERATURE] * sum(DIGIT_LEVELS), np.float32)
_PARTS = tuple(pairwise(accumulate((_MOVES, *DIGIT_LEVELS))))
"""Where the choices of each digit lie behind those of the move."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a row says next; `healthy` is false when a value was not a number."""

    digits: tuple[int, ...]
    advance: int
    wants_stop: bool
    healthy: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where rows have come to in their texts, and what they know when they say a code there."""

    moves: Tensor  # [rows]
    ground: Tensor  # [rows, dim]
    noise: Tensor  # [rows, NUM_CHOICES]
    healthy: Tensor  # [rows]

    @property
    def grounds(self) -> Tensor:
        """What the stop is decided by, [rows, dim]."""
        return F.gelu(self.ground)


class Stepper:
    """Runs the decoder so that a row comes out the same whatever rows are beside it."""

    def __init__(self, decoder: Decoder) -> None:
        """The decoder's weights are final from here on."""
        self._decoder = decoder
        self._previous = torch.cat(list(decoder.previous.parameters()))
        self._offsets = torch.tensor([0, *accumulate(levels + 1 for levels in DIGIT_LEVELS)][:-1])
        self._heads = [head for head in decoder.heads.digit if isinstance(head, nn.Linear)]
        self._said = list(decoder.heads.said.parameters())

    def step(self, rows: Sequence[Row | None], steps: Mapping[int, Step], ring: Tensor) -> list[Choice]:
        """A choice for each row; those of rows without a step mean nothing. `ring` is that of these rows alone."""
        return self.choose(self.arrive(rows, steps, ring))

    def arrive(self, rows: Sequence[Row | None], steps: Mapping[int, Step], ring: Tensor) -> Arrival:
        """The first half of a step: the pointers are moved."""
        decoder, heads = self._decoder, self._decoder.heads
        x = gather(rows, steps, decoder.dim)
        hidden = decoder.body.step(self._enter(x), ring, x.position)
        noise = torch.from_numpy(x.noise * _TEMPERATURES)
        logits = blockwise.apply(heads.advance, hidden)
        moves = (logits + noise[:, :_MOVES]).argmax(-1)
        came = zip(rows, moves.tolist(), strict=True)
        arrived = torch.stack([_arrived(row, move, decoder.dim) for row, move in came])
        ground = blockwise.apply(heads.mix, F.gelu(hidden + F.embedding(moves, heads.moved.weight) + arrived))
        return Arrival(moves, ground, noise, torch.isfinite(ground.sum(1) + logits.sum(1)))

    def choose(self, arrival: Arrival) -> list[Choice]:
        """The second half: the digits are said."""
        stops = blockwise.apply(self._decoder.heads.stop, arrival.grounds)[:, 0] > 0
        digits = self._digits(arrival.ground, arrival.noise)
        columns = (arrival.moves.tolist(), stops.tolist(), arrival.healthy.tolist())
        return [Choice(*values) for values in zip(digits, *columns, strict=True)]

    def _enter(self, x: Gathered) -> Tensor:
        """What the transformer is given, [rows, dim]: `Decoder.embed` for one code of every row."""
        decoder = self._decoder
        y = F.embedding_bag(x.previous + self._offsets, self._previous, mode="sum") + x.seen
        y = y + blockwise.apply(decoder.timing, x.timing) + blockwise.apply(decoder.condition, x.condition)
        return y + blockwise.apply(decoder.enter, F.gelu(y))

    def _digits(self, ground: Tensor, noise: Tensor) -> list[tuple[int, ...]]:
        """Say the digits one after another, each knowing those before it."""
        columns: list[Tensor] = []
        for index, (head, (first, last)) in enumerate(zip(self._heads, _PARTS, strict=True)):
            column = (blockwise.apply(head, F.gelu(ground)) + noise[:, first:last]).argmax(-1)
            columns.append(column)
            if index < len(self._said):
                ground = ground + F.embedding(column, self._said[index])
        return [tuple(row) for row in torch.stack(columns, 1).tolist()]


def _arrived(row: Row | None, move: int, dim: int) -> Tensor:
    """The text at the unit a row comes to; an idle row's move may lie beyond its text."""
    if row is None or row.reading is None:
        return torch.zeros(dim)
    return row.reading.arrived[min(row.pointer + move, row.last_unit)]
