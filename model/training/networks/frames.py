"""Overlapping frames of a sound, with gradients: slices, because the backward of an unfold is slow on a processor."""

from __future__ import annotations

import torch
from torch import Tensor


def framed(pcm: Tensor, size: int, hop: int) -> Tensor:
    """pcm [batch, samples] -> [batch, frames, size], `hop` samples apart; `hop` divides `size`."""
    blocks = pcm[:, : pcm.shape[1] // hop * hop].view(len(pcm), -1, hop)
    parts = size // hop
    frames = blocks.shape[1] - parts + 1
    return torch.cat([blocks[:, part : part + frames] for part in range(parts)], dim=-1)
