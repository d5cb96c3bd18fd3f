"""Decoder blocks with a sliding attention window: whole sequences in training, one step per row in serving.

Keys live in a ring of `window` entries per row, rotated by their absolute position (RoPE, Su et al. 2021),
so the state has a fixed shape however long a line is. A row that does not advance loses nothing: its
next step overwrites what the idle step wrote. A row's result never depends on how many others there are (`blockwise`).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.nn import blockwise


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

    def __init__(self, dim: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
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
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    """A stack of blocks; see the module for the two ways to run it."""

    def __init__(self, dim: int, heads: int, hidden: int, layers: int, window: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(dim, heads, hidden) for _ in range(layers))
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

    def ring(self, rows: int) -> Tensor:
        """An empty ring [layers, 2, rows, heads, window, head_dim]."""
        return torch.zeros(len(self.blocks), 2, rows, self.heads, self.window, self.head_dim)

    def fill(self, x: Tensor, ring: Tensor) -> None:
        """Put a history x [1, time, dim] of at most `window` steps into one row's ring [layers, 2, heads, window,
        head_dim]: the next step is at position `time`.
        """
        time = x.shape[1]
        assert time <= self.window, "the history is longer than the window"
        cos, sin = rotary(torch.arange(time), self.head_dim)
        for block, (keys, values) in zip(self._stack(), ring, strict=True):
            q, k, v = block.split(x)
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
            keys[:, :time], values[:, :time] = k[0], v[0]
            x = block.merge(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))

    def step(self, x: Tensor, ring: Tensor, position: Tensor) -> Tensor:
        """One step of every row: x [rows, dim], absolute positions [rows]; writes the ring of these rows in place."""
        rows, window = len(x), self.window
        filled = (torch.arange(window)[None, :] <= position[:, None]).view(rows, 1, 1, window)
        cos, sin = (part.view(rows, 1, 1, -1) for part in rotary(position, self.head_dim))
        at = (torch.arange(rows), position % window)
        y = x
        for block, (keys, values) in zip(self._stack(), ring, strict=True):
            qkv = blockwise.apply(block.qkv, _normal(block.norm1, y)).view(rows, 3, self.heads, self.head_dim)
            turned = rotate(qkv[:, :2], cos, sin)  # [rows, 2, heads, head_dim]
            keys.transpose(1, 2)[at] = turned[:, 1]
            values.transpose(1, 2)[at] = qkv[:, 2]
            query = turned[:, 0].unsqueeze(2)
            attended = F.scaled_dot_product_attention(query, keys, values, attn_mask=filled)
            y = y + blockwise.apply(block.out, attended.reshape(rows, -1))
            y = y + blockwise.apply(block.down, F.gelu(blockwise.apply(block.up, _normal(block.norm2, y))))
        return _normal(self.norm, y)


def _normal(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    """The norm itself, without the machinery around a module, which costs as much as the arithmetic here."""
    return F.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
