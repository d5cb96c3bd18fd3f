"""Script to codes: an autoregressive decoder that carries an explicit pointer into the text.

Every step reads the text at the pointer, first decides how far the pointer moves during the code, then
says the digits of the code one after another. There is no cross-attention, so it can neither skip nor
loop. A countdown (how many codes are left, how slow that is against the natural length) steers tempo.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.text.phones import NUM_TONES, SYMBOLS
from oncue.model.tiny.layout import (
    ATTENTION_WINDOW,
    CODES_PER_SECOND,
    CONDITION_DIM,
    DIGIT_LEVELS,
    MAX_ADVANCE,
    NUM_DIGITS,
    READ_AHEAD,
)
from oncue.model.tiny.steps import NUM_TIMING
from oncue.model.tiny.tempo import SWAY_HZ
from oncue.model.training.networks.causal import CentredConvNeXt
from oncue.model.training.networks.transformer import Transformer

_SWAYS = 2 * torch.pi * torch.tensor(list(SWAY_HZ.values())) / CODES_PER_SECOND
"""Radians a code."""


@dataclass(frozen=True, slots=True)
class StepInput:
    """What a step is told, for every code of a batch (time) or for one code of every row (time = 1)."""

    previous: Tensor  # [batch, time, NUM_DIGITS], digits of the code before plus one; zero at the start
    pointer: Tensor  # [batch, time], before this code
    timing: Tensor  # [batch, time, NUM_TIMING], see `timing_features`
    condition: Tensor  # [batch, time or 1, CONDITION_DIM]


def timing_features(
    codes_left: Tensor, natural_left: Tensor, dwell: Tensor, natural_unit: Tensor, known: Tensor, said: Tensor
) -> Tensor:
    """Codes left, natural codes left in the text, codes spent in the unit and its natural length, whether the
    countdown is known, and codes said since the segment began, all [...] -> [..., NUM_TIMING].

    A sway that had to be read off the history would die out: where the next pitch is uncertain, the likeliest is none.
    """
    left = codes_left.clamp(min=0.5)
    tempo = torch.log(left / natural_left.clamp(min=0.25)).clamp(-1.2, 1.2)
    near = torch.exp(-left / 8)
    spent = torch.log1p(dwell) - torch.log1p(natural_unit)
    flag = known.float()
    columns = (tempo * flag, torch.log(left) * 0.25 * flag, near * flag, flag, spent, torch.log1p(natural_unit))
    phases = said.unsqueeze(-1) * _SWAYS.to(said.device)
    return torch.cat([torch.stack(columns, dim=-1), phases.sin(), phases.cos()], dim=-1)


def small_embedding(entries: int, dim: int) -> nn.Embedding:
    """An embedding whose entries begin small, so that a sum of eight of them is about one."""
    table = nn.Embedding(entries, dim)
    nn.init.normal_(table.weight, std=0.3)
    return table


class TextEncoder(nn.Module):
    """Phones, tones and word starts to one vector a unit, looking both ways."""

    def __init__(self, dim: int, blocks: int = 4) -> None:
        super().__init__()
        self.phone = nn.Embedding(len(SYMBOLS), dim)
        self.tone = nn.Embedding(NUM_TONES, dim)
        self.word = nn.Embedding(2, dim)
        self.blocks = nn.ModuleList(CentredConvNeXt(dim, 7, 2) for _ in range(blocks))
        self.norm = nn.LayerNorm(dim)

    def forward(self, phones: Tensor, tones: Tensor, word_starts: Tensor) -> Tensor:
        """Indices [batch, units] (zero is padding) -> [batch, units + READ_AHEAD, dim], zero beyond the end."""
        mask = (phones > 0).unsqueeze(-1).float()
        y = self.phone(phones) + self.tone(tones) + self.word(word_starts)
        for block in self.blocks:
            y = block(y, mask)
        return F.pad(self.norm(y) * mask, (0, 0, 0, READ_AHEAD))


class Heads(nn.Module):
    """Pointer advance, then a chain over the digits: each sees those before it."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.advance = nn.Linear(dim, MAX_ADVANCE + 1)
        self.moved = nn.Embedding(MAX_ADVANCE + 1, dim)
        self.arrived = nn.Linear(dim, dim, bias=False)
        self.mix = nn.Linear(dim, dim)
        self.stop = nn.Linear(dim, 1)
        self.digit = nn.ModuleList(nn.Linear(dim, levels) for levels in DIGIT_LEVELS)
        self.said = nn.ModuleList(small_embedding(levels, dim) for levels in DIGIT_LEVELS[:-1])

    def ground(self, hidden: Tensor, advance: Tensor, text: Tensor) -> Tensor:
        """Hidden state, advance taken and the text arrived at -> what the digits start from, [..., dim]."""
        out: Tensor = self.mix(F.gelu(hidden + self.moved(advance) + self.arrived(text)))
        return out

    def logits(self, ground: Tensor, digits: Tensor) -> list[Tensor]:
        """Teacher-forced logits of every digit: ground [..., dim], digits [..., NUM_DIGITS]."""
        out = []
        for index, head in enumerate(self.digit):
            out.append(head(F.gelu(ground)))
            if index < NUM_DIGITS - 1:
                ground = ground + self.said[index](digits[..., index])
        return out


class Decoder(nn.Module):
    """Text encoder, input mixing, transformer and heads. `dropout` is for learning: a few hours of speech are soon known by heart."""

    def __init__(
        self, dim: int = 256, heads: int = 4, hidden: int = 1024, layers: int = 4, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.dropped = nn.Dropout(dropout)
        self.dim = dim
        self.text = TextEncoder(dim)
        self.previous = nn.ModuleList(small_embedding(levels + 1, dim) for levels in DIGIT_LEVELS)
        self.reading = nn.Linear(READ_AHEAD * dim, dim)
        self.timing = nn.Linear(NUM_TIMING, dim)
        self.condition = nn.Linear(CONDITION_DIM, dim)
        self.enter = nn.Linear(dim, dim)
        self.body = Transformer(dim, heads, hidden, layers, ATTENTION_WINDOW, dropout)
        self.heads = Heads(dim)

    def embed(self, x: StepInput, text: Tensor) -> Tensor:
        """Step inputs and encoded text [batch, units + READ_AHEAD, dim] -> [batch, time, dim]."""
        y: Tensor = self.timing(x.timing) + self.condition(x.condition)
        for index, table in enumerate(self.previous):
            y = y + table(x.previous[..., index])
        rows = torch.arange(len(text), device=text.device).unsqueeze(1)
        ahead = [text[rows, x.pointer + offset] for offset in range(READ_AHEAD)]
        y = y + self.reading(torch.cat(ahead, dim=-1))
        return self.dropped(y + self.enter(F.gelu(y)))

    def forward(
        self, x: StepInput, text: Tensor, advance: Tensor, digits: Tensor
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Teacher-forced logits of advances [batch, time, MAX_ADVANCE + 1], of being the last code [batch, time],
        and of each digit.
        """
        hidden = self.body(self.embed(x, text))
        rows = torch.arange(len(text), device=text.device).unsqueeze(1)
        arrived = text[rows, x.pointer + advance]
        ground = self.dropped(self.heads.ground(hidden, advance, arrived))
        stop = self.heads.stop(F.gelu(ground))[..., 0]
        return self.heads.advance(hidden), stop, self.heads.logits(ground, digits)
