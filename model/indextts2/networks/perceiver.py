"""A perceiver: any number of frames summed up in a fixed number of learned latents.

Jaegle et al. 2021 (arXiv 2103.03206), the latents among their own keys, as the checkpoints were trained.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.indextts2.networks.config import EncoderConfig


class RootMeanSquareNorm(nn.Module):
    """Unit length times the root of the dimension times a learned gain."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        """x [..., dim] -> the same shape."""
        return F.normalize(x, dim=-1) * x.shape[-1] ** 0.5 * self.gamma


class GatedGELU(nn.Module):
    """The first half, gated by the GELU of the second."""

    def forward(self, x: Tensor) -> Tensor:
        """x [..., 2 * dim] -> [..., dim]."""
        value, gate = x.chunk(2, dim=-1)
        return F.gelu(gate) * value


class LatentAttention(nn.Module):
    """Latents look at themselves and at the frames."""

    def __init__(self, dim: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(dim, heads * head_dim, bias=False)
        self.to_kv = nn.Linear(dim, 2 * heads * head_dim, bias=False)
        self.to_out = nn.Linear(heads * head_dim, dim, bias=False)

    def forward(self, latents: Tensor, frames: Tensor, mask: Tensor) -> Tensor:
        """Latents [batch, latents, dim], frames [batch, time, dim], mask [batch, latents + time]."""
        context = torch.cat([latents, frames], dim=1)
        q, k, v = (
            y.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for y in (self.to_q(latents), *self.to_kv(context).chunk(2, dim=-1))
        )
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        out: Tensor = self.to_out(attended.transpose(1, 2).flatten(2))
        return out


def feed_forward(dim: int, mult: int) -> nn.Sequential:
    """Widened by two thirds of `mult`, for a gate takes half of it."""
    inner = dim * mult * 2 // 3
    return nn.Sequential(nn.Linear(dim, 2 * inner), GatedGELU(), nn.Linear(inner, dim))


class Perceiver(nn.Module):
    """Frames [batch, time, config.dim] to latents [batch, latents, latent_dim]."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        dim = config.latent_dim
        self.latents = nn.Parameter(torch.zeros(config.latents, dim))
        self.proj_context = nn.Linear(config.dim, dim)
        self.layers = nn.ModuleList(
            nn.ModuleList(
                [
                    LatentAttention(dim, config.heads, config.perceiver_head_dim),
                    feed_forward(dim, config.perceiver_mult),
                ]
            )
            for _ in range(config.perceiver_blocks)
        )
        self.norm = RootMeanSquareNorm(dim)

    def forward(self, frames: Tensor, mask: Tensor) -> Tensor:
        """`mask` [batch, time] is true where there is sound; the latents themselves are always seen."""
        context = self.proj_context(frames)
        x = self.latents.expand(frames.shape[0], -1, -1)
        seen = F.pad(mask, (x.shape[1], 0), value=True)
        for attention, widen in self._layers():
            x = attention(x, context, seen) + x
            x = widen(x) + x
        normed: Tensor = self.norm(x)
        return normed

    def _layers(self) -> list[tuple[nn.Module, nn.Module]]:
        pairs = []
        for pair in self.layers:
            assert isinstance(pair, nn.ModuleList)
            pairs.append((pair[0], pair[1]))
        return pairs
