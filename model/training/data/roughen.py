"""Recordings as people make them, put on in the mel domain: level, noise, reverberation and narrow bands."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from oncue.model.training.networks.encoders import log_mel


def roughen(mel: Tensor, generator: torch.Generator) -> Tensor:
    """Level, noise, reverberation and narrow band on log-mel [batch, frames, bands], each on a share of rows."""
    batch, _, bands = mel.shape

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(batch, 1, 1, generator=generator) * (high - low) + low

    def share(of: float) -> Tensor:
        return torch.rand(batch, 1, 1, generator=generator) < of

    power = torch.exp(2.3 * (mel + uniform(-0.15, 0.15)))
    tail, reverberant = uniform(0.5, 0.85), power
    for delay in (1, 2, 4, 8):
        late = F.pad(power[:, :-delay], (0, 0, delay, 0))
        reverberant = reverberant + late * tail.pow(delay + 2)
    power = torch.where(share(0.25), reverberant, power)
    hiss = torch.randn(mel.shape, generator=generator).mul(0.5).exp()
    power = torch.where(share(0.5), power + torch.exp(2.3 * uniform(-4.5, -1.8)) * hiss, power)
    cut = uniform(0.62, 1.0) * bands
    narrow = (torch.arange(bands).view(1, 1, -1) > cut) & share(0.25)
    power = torch.where(narrow, torch.full_like(power, 1e-5), power)
    return log_mel(power)
