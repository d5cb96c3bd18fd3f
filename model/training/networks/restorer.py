"""What a recording took from a voice, put back before the speaker encoder hears it: bands that a telephone lacks, noise, a room.

The encoder learned from recordings of wide band and takes a telephone's band for the colour of the voice. This network
hears the same mel frames and says by how much each band of each frame must be raised or lowered; of a clean recording it
changes next to nothing, for such are among those it learns from.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from oncue.model.tiny.speaker import BANDS, FAINTEST
from oncue.model.training.networks.causal import CentredConvNeXt

MOST = 4.0
"""In natural log of power: what an output of 1 raises a band by."""
CENTRE, SPREAD = -6.0, 4.0
"""Of the natural log of the power in a band, roughly."""


class Restorer(nn.Module):
    """Mel frames of a recording to those of the voice, [batch, frames, BANDS] in power, as long."""

    def __init__(self, dim: int = 64, blocks: int = 3) -> None:
        super().__init__()
        self.enter = nn.Linear(2 * BANDS, dim)
        self.blocks = nn.ModuleList(CentredConvNeXt(dim, 7, 2) for _ in range(blocks))
        self.norm = nn.LayerNorm(dim)
        self.leave = nn.Linear(dim, BANDS)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def log(self, mel: Tensor) -> Tensor:
        """The natural log of the restored power. Beside each frame the network is told the mean of all, for that is what a
        microphone and a telephone change.
        """
        heard = (mel + FAINTEST).log()
        scaled = (heard - CENTRE) / SPREAD
        mean = scaled.mean(1, keepdim=True)
        y = self.enter(torch.cat([scaled - mean, mean.expand_as(scaled)], -1))
        for block in self.blocks:
            y = block(y)
        return heard + MOST * self.leave(self.norm(y))

    def forward(self, mel: Tensor) -> Tensor:
        """[batch, frames, BANDS] -> the same, restored."""
        out: Tensor = self.log(mel).exp()
        return out
