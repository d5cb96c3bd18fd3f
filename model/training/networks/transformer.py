"""Decoder blocks with a sliding attention window, over whole sequences, as they learn.

Keys are rotated by their absolute position (RoPE, Su et al. 2021). In serving they live in a ring of `window` entries per
row (`oncue.model.tiny.stepper`), so the state has a fixed shape however long a line is.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rotary(positions: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines for positions [...] -> [..., dim / 2] each."""
    rate = 10_000 ** (-torch.arange(0, dim, 2, device=positions.device).float() / dim)
    angle = positions.float().unsqueeze(-1) * rate
    return angle.cos(), angle.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the halves of the last axis of x [..., dim]."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


class Block(nn.Module):
    """Pre-norm attention and feed-forward."""

    def __init__(self, dim: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropped = nn.Dropout(dropout)
        self.norm1 = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.norm2 = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, hidden)
        self.down = nn.Linear(hidden, dim)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x [batch, time, dim] -> query, key, value [batch, heads, time, dim / heads]."""
        batch, time, dim = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, time, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        return q, k, v

    def merge(self, x: Tensor, attended: Tensor) -> Tensor:
        """Add attention [batch, heads, time, dim / heads] and the feed-forward to x."""
        x = x + self.dropped(self.out(attended.transpose(1, 2).flatten(2)))
        return x + self.dropped(self.down(F.gelu(self.up(self.norm2(x)))))


class Transformer(nn.Module):
    """A stack of blocks; what they add is dropped with a chance of `dropout` while they learn (Srivastava et al. 2014)."""

    def __init__(self, dim: int, heads: int, hidden: int, layers: int, window: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(dim, heads, hidden, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(dim)
        self.window = window
        self.heads = heads
        self.head_dim = dim // heads
        for block in self._stack():
            nn.init.normal_(block.out.weight, std=0.02 / (2 * layers) ** 0.5)
            nn.init.normal_(block.down.weight, std=0.02 / (2 * layers) ** 0.5)

    def _stack(self) -> Iterator[Block]:
        for block in self.blocks:
            assert isinstance(block, Block)
            yield block

    def forward(self, x: Tensor) -> Tensor:
        """Whole sequences x [batch, time, dim], causal within the window."""
        time = x.shape[1]
        at = torch.arange(time, device=x.device)
        distance = at[:, None] - at[None, :]
        mask = (distance >= 0) & (distance < self.window)
        cos, sin = rotary(at, self.head_dim)
        for block in self._stack():
            q, k, v = block.split(x)
            q, k = rotate(q, cos.to(q.dtype), sin.to(q.dtype)), rotate(k, cos.to(k.dtype), sin.to(k.dtype))
            x = block.merge(x, F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
        out: Tensor = self.norm(x)
        return out
