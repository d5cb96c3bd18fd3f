"""How long each unit naturally is: a small two-way network over the script, at the reference rate.

It gives the planner its natural lengths and the decoder its sense of tempo, so it knows no voice.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from oncue.model.text.phones import NUM_TONES, SYMBOLS
from oncue.model.training.networks.causal import CentredConvNeXt


class Durations(nn.Module):
    """Phones to mean and log deviation of the log of their length in codes."""

    def __init__(self, dim: int = 128, blocks: int = 3) -> None:
        super().__init__()
        self.phone = nn.Embedding(len(SYMBOLS), dim)
        self.tone = nn.Embedding(NUM_TONES, dim)
        self.word = nn.Embedding(2, dim)
        self.blocks = nn.ModuleList(CentredConvNeXt(dim, 7, 2) for _ in range(blocks))
        self.leave = nn.Linear(dim, 2)

    def forward(self, phones: Tensor, tones: Tensor, word_starts: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Indices [batch, units], mask [batch, units] -> mean log length and log deviation, [batch, units]."""
        weight = mask.unsqueeze(-1).float()
        y = self.phone(phones) + self.tone(tones) + self.word(word_starts)
        for block in self.blocks:
            y = block(y, weight)
        mean, spread = self.leave(y).unbind(-1)
        return mean, spread.clamp(-3, 1)


def expected_codes(mean: Tensor, spread: Tensor) -> Tensor:
    """Expected length in codes of a log-normal with these parameters."""
    return torch.exp(mean + 0.5 * torch.exp(2 * spread))
