"""How fast somebody speaks, heard in a recording whose text nobody knows.

A small network over log-mel frames, trained on lines whose rate against their own text is known. It tells codes for each
natural one, as `EmotionConditioning.pace` does: 1.2 is a slow speaker. Level and channel are taken out before it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.tiny.mel import BANDS
from oncue.model.training.networks.causal import CentredConvNeXt


class PaceEncoder(nn.Module):
    """Log-mel frames to the natural log of the pace: statistics of frames that know their neighbours."""

    def __init__(self, dim: int = 64, blocks: int = 3) -> None:
        super().__init__()
        self.enter = nn.Conv1d(BANDS, dim, 5, stride=2, padding=2)
        self.blocks = nn.ModuleList(CentredConvNeXt(dim, 9, 2) for _ in range(blocks))
        self.leave = nn.Linear(2 * dim, dim)
        self.last = nn.Linear(dim, 1)

    def forward(self, mel: Tensor) -> Tensor:
        """mel [batch, frames, BANDS] -> [batch]."""
        centred = mel - mel.mean(1, keepdim=True)
        y = self.enter(centred.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            y = block(y)
        pooled = torch.cat([y.mean(1), y.std(1)], dim=-1)
        out: Tensor = self.last(F.gelu(self.leave(pooled)))[:, 0]
        return out
