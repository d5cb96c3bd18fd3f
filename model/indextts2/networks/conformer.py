"""The conformer that reads a speech encoder's features: half the frames, each with the whole recording in view.

Gulati et al. 2020 (arXiv 2005.08100) without the macaron half, relative positions after Dai et al. 2019 but with the
table read by absolute index, for the checkpoints were trained without the shift. Training is not done here.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.indextts2.networks.config import EncoderConfig

MAX_FRAMES = 5000


class SinusoidTable(nn.Module):
    """Sines and cosines, kept in the state because the checkpoints hold them."""

    pe: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        rate = torch.exp(torch.arange(0, dim, 2) * (-math.log(10_000.0) / dim))
        angle = torch.arange(MAX_FRAMES).unsqueeze(1) * rate  # [frames, dim / 2]
        self.register_buffer("pe", torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).unsqueeze(0))


class Subsampling(nn.Module):
    """Features [batch, time, features] to [batch, (time - 3) // 2 + 1, dim], scaled by the root of dim."""

    def __init__(self, features: int, dim: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, dim, 3, 2), nn.ReLU())
        self.out = nn.Sequential(nn.Linear(dim * ((features - 3) // 2 + 1), dim))
        self.pos_enc = SinusoidTable(dim)
        self.scale = math.sqrt(dim)

    def forward(self, x: Tensor) -> Tensor:
        """Shapes as above."""
        planes = self.conv(x.unsqueeze(1))  # [batch, dim, time, features]
        scaled: Tensor = self.out(planes.transpose(1, 2).flatten(2)) * self.scale
        return scaled

    def positions(self, frames: int) -> Tensor:
        """Rows of the position table [1, frames, dim]."""
        return self.pos_enc.pe[:, :frames]


class RelativeAttention(nn.Module):
    """Attention with a content and a position term, each with its own learned bias of the query."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.linear_q = nn.Linear(dim, dim)
        self.linear_k = nn.Linear(dim, dim)
        self.linear_v = nn.Linear(dim, dim)
        self.linear_out = nn.Linear(dim, dim)
        self.linear_pos = nn.Linear(dim, dim, bias=False)
        self.pos_bias_u = nn.Parameter(torch.zeros(heads, dim // heads))
        self.pos_bias_v = nn.Parameter(torch.zeros(heads, dim // heads))

    def forward(self, x: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        """x [batch, time, dim], positions [1, time, dim], mask [batch, time] true where there is sound."""
        q = self.linear_q(x).unflatten(-1, (self.heads, -1))  # [batch, time, heads, head_dim]
        k, v, p = (
            layer(y).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer, y in ((self.linear_k, x), (self.linear_v, x), (self.linear_pos, positions))
        )
        content = (q + self.pos_bias_u).transpose(1, 2) @ k.transpose(-1, -2)
        position = (q + self.pos_bias_v).transpose(1, 2) @ p.transpose(-1, -2)
        hidden = ~mask[:, None, None, :]
        scores = ((content + position) / math.sqrt(q.shape[-1])).masked_fill(hidden, -torch.inf)
        weights = scores.softmax(-1).masked_fill(hidden, 0.0)
        attended: Tensor = self.linear_out((weights @ v).transpose(1, 2).flatten(2))
        return attended


class ConvolutionModule(nn.Module):
    """Gate, depthwise convolution, norm, SiLU; frames beyond the mask are silence on both sides of it."""

    def __init__(self, dim: int, kernel: int) -> None:
        super().__init__()
        self.pointwise_conv1 = nn.Conv1d(dim, 2 * dim, 1)
        self.depthwise_conv = nn.Conv1d(dim, dim, kernel, padding=(kernel - 1) // 2, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.pointwise_conv2 = nn.Conv1d(dim, dim, 1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [batch, time, dim], mask [batch, time]."""
        silent = ~mask.unsqueeze(1)
        planes = x.transpose(1, 2).masked_fill(silent, 0.0)
        planes = self.depthwise_conv(F.glu(self.pointwise_conv1(planes), dim=1))
        planes = F.silu(self.norm(planes.transpose(1, 2))).transpose(1, 2)
        mixed: Tensor = self.pointwise_conv2(planes).masked_fill(silent, 0.0).transpose(1, 2)
        return mixed


class ConformerFeedForward(nn.Module):
    """Two layers with SiLU between."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.w_1 = nn.Linear(dim, hidden)
        self.w_2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        """x [..., dim] -> the same shape."""
        widened: Tensor = self.w_2(F.silu(self.w_1(x)))
        return widened


class ConformerBlock(nn.Module):
    """Attention, convolution and feed-forward, each behind its own norm, and one norm at the end."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.self_attn = RelativeAttention(config.dim, config.heads)
        self.conv_module = ConvolutionModule(config.dim, config.kernel)
        self.feed_forward = ConformerFeedForward(config.dim, config.hidden)
        self.norm_mha = nn.LayerNorm(config.dim)
        self.norm_conv = nn.LayerNorm(config.dim)
        self.norm_ff = nn.LayerNorm(config.dim)
        self.norm_final = nn.LayerNorm(config.dim)

    def forward(self, x: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        """x [batch, time, dim], positions [1, time, dim], mask [batch, time]."""
        x = x + self.self_attn(self.norm_mha(x), positions, mask)
        x = x + self.conv_module(self.norm_conv(x), mask)
        final: Tensor = self.norm_final(x + self.feed_forward(self.norm_ff(x)))
        return final


class Conformer(nn.Module):
    """Features to half as many frames, with the mask that goes with them."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.embed = Subsampling(config.features, config.dim)
        self.after_norm = nn.LayerNorm(config.dim)
        self.encoders = nn.ModuleList(ConformerBlock(config) for _ in range(config.blocks))

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Features [batch, time, features] of which `lengths` [batch] frames count.

        Returns frames [batch, (time - 3) // 2 + 1, dim] and their mask [batch, the same].
        """
        time = features.shape[1]
        mask = (torch.arange(time, device=features.device) < lengths.unsqueeze(1))[:, 2::2]
        x = self.embed(features)
        positions = self.embed.positions(x.shape[1])
        for block in self.encoders:
            x = block(x, positions, mask)
        return self.after_norm(x), mask
