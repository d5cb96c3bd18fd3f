"""The estimator of the flow: a diffusion transformer (Peebles & Xie 2023) with U-ViT skips (Bao et al. 2023).

It tells, for noisy mel frames at a time between 0 (noise) and 1 (mel), which way they move. Everything that does not
change along the flow is computed once, in `condition`. Tables the checkpoint holds but inference never reads have no
place here. Solving is `cfm.py`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.indextts2.networks.config import DiTConfig
from oncue.model.indextts2.networks.layout import Layout
from oncue.model.indextts2.networks.wavenet import WaveNet
from oncue.model.indextts2.networks.weightnorm import NormedLinear

Angles = tuple[Tensor, Tensor]


def rotate(x: Tensor, angles: Angles) -> Tensor:
    """Turn neighbouring pairs of the last axis of x [batch, heads, time, dim] (rotary embedding, interleaved)."""
    cos, sin = angles
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, b * cos + a * sin], dim=-1).flatten(-2)


class TimestepEmbedder(nn.Module):
    """A time in [0, 1] as 128 cosines and sines of 1000 t, then a small network."""

    freqs: Tensor

    def __init__(self, dim: int, frequencies: int = 128) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(2 * frequencies, dim), nn.SiLU(), nn.Linear(dim, dim))
        falling = torch.arange(frequencies, dtype=torch.float32) / frequencies
        self.freqs: Tensor
        self.register_buffer("freqs", torch.exp(-math.log(10_000) * falling))

    def forward(self, time: Tensor) -> Tensor:
        """time [batch] -> [batch, dim]."""
        angle = 1000.0 * time.unsqueeze(1) * self.freqs
        return self.mlp(torch.cat([angle.cos(), angle.sin()], dim=1))


class AdaptiveNorm(nn.Module):
    """RMSNorm (Zhang & Sennrich 2019) with its own gain, then multiplied and shifted by what the time says."""

    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.project_layer = nn.Linear(dim, 2 * dim)
        self.norm = nn.RMSNorm(dim, eps=eps)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """x [batch, time, dim], the time's embedding [batch, dim] -> the shape of x."""
        multiplier, shift = self.project_layer(time).unsqueeze(1).chunk(2, dim=-1)
        return multiplier * self.norm(x) + shift


class DiTAttention(nn.Module):
    """Every frame of a row attends to every frame of it."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.wqkv = nn.Linear(dim, 3 * dim, bias=False)
        self.wo = nn.Linear(dim, dim, bias=False)

    def forward(self, x: Tensor, angles: Angles, mask: Tensor | None) -> Tensor:
        """x [batch, time, dim] -> the same shape."""
        query, key, value = self.wqkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(rotate(query, angles), rotate(key, angles), value, attn_mask=mask)
        return self.wo(mixed.transpose(1, 2).flatten(2))


class DiTFeedForward(nn.Module):
    """SwiGLU (Shazeer 2020); the inner width is two thirds of four times the outer, rounded up to 256."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        inner = math.ceil((8 * dim // 3) / 256) * 256
        self.w1 = nn.Linear(dim, inner, bias=False)
        self.w3 = nn.Linear(dim, inner, bias=False)
        self.w2 = nn.Linear(inner, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """x [..., dim] -> the same shape."""
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class DiTLayer(nn.Module):
    """Attention and feed-forward, each behind an adaptive norm; upper layers first mix in a skip from below."""

    def __init__(self, config: DiTConfig, *, receives: bool) -> None:
        super().__init__()
        self.attention = DiTAttention(config.dim, config.heads)
        self.feed_forward = DiTFeedForward(config.dim)
        self.attention_norm = AdaptiveNorm(config.dim, config.norm_eps)
        self.ffn_norm = AdaptiveNorm(config.dim, config.norm_eps)
        self.skip_in_linear = nn.Linear(2 * config.dim, config.dim) if receives else None

    def forward(self, x: Tensor, time: Tensor, angles: Angles, mask: Tensor | None, skip: Tensor | None) -> Tensor:
        """x and skip [batch, time, dim], the time's embedding [batch, dim] -> the shape of x."""
        if self.skip_in_linear is not None and skip is not None:
            x = self.skip_in_linear(torch.cat([x, skip], dim=-1))
        x = x + self.attention(self.attention_norm(x, time), angles, mask)
        return x + self.feed_forward(self.ffn_norm(x, time))


class DiTTransformer(nn.Module):
    """The lower half of the layers hands its outputs to the upper half, last to first; the middle one does neither."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.middle = config.layers // 2
        self.head_dim = config.dim // config.heads
        self.layers = nn.ModuleList(DiTLayer(config, receives=index > self.middle) for index in range(config.layers))
        self.norm = AdaptiveNorm(config.dim, config.norm_eps)

    def forward(self, x: Tensor, time: Tensor, layout: Layout) -> Tensor:
        """x [batch, time, dim], the time's embedding [batch, dim] -> the shape of x."""
        angles, skips = layout.rotary(self.head_dim), list[Tensor]()
        for index, layer in enumerate(self.layers):
            x = layer(x, time, angles, layout.mask, skips.pop() if index > self.middle else None)
            if index < self.middle:
                skips.append(x)
        return self.norm(x, time)


class FinalLayer(nn.Module):
    """A plain norm shifted and scaled by the time, and a linear layer."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm_final = nn.LayerNorm(dim, eps=1e-6, elementwise_affine=False)
        self.linear = NormedLinear(dim, dim)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(dim, 2 * dim))

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """x [batch, time, dim], the time's embedding [batch, dim] -> the shape of x."""
        shift, scale = self.adaLN_modulation(time).unsqueeze(1).chunk(2, dim=-1)
        return self.linear(self.norm_final(x) * (1 + scale) + shift)


class DiT(nn.Module):
    """Noisy mel, condition and time to velocity; rows of a padded batch are what they are alone."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.mels = config.mels
        merged = 2 * config.mels + config.dim + config.style_dim
        self.cond_projection = nn.Linear(config.content_dim, config.dim)
        self.cond_x_merge_linear = nn.Linear(merged, config.dim)
        self.t_embedder = TimestepEmbedder(config.dim)
        self.transformer = DiTTransformer(config)
        self.skip_linear = nn.Linear(config.dim + config.mels, config.dim)
        self.t_embedder2 = TimestepEmbedder(config.wavenet_dim)
        self.conv1 = nn.Linear(config.dim, config.wavenet_dim)
        self.wavenet = WaveNet(
            config.wavenet_dim, config.wavenet_layers, config.wavenet_kernel, config.wavenet_dilation_rate
        )
        self.res_projection = nn.Linear(config.dim, config.wavenet_dim)
        self.final_layer = FinalLayer(config.wavenet_dim)
        self.conv2 = nn.Conv1d(config.wavenet_dim, config.mels, 1)

    def condition(self, prompt: Tensor, content: Tensor, style: Tensor) -> Tensor:
        """What the first layer adds to the noisy mel, the same at every time: [batch, time, dim].

        `prompt` [batch, time, mels] is known mel and zero elsewhere, `content` [batch, time, content_dim] what is
        said, `style` [batch, style_dim] the speaker. All three zero is the unguided condition.
        """
        styles = style.unsqueeze(1).expand(-1, prompt.shape[1], -1)
        merge = self.cond_x_merge_linear
        fixed = torch.cat([prompt, self.cond_projection(content), styles], dim=-1)
        return F.linear(fixed, merge.weight[:, self.mels :], merge.bias)

    def forward(self, x: Tensor, condition: Tensor, time: Tensor, layout: Layout) -> Tensor:
        """Noisy mel x [batch, time, mels], `condition`'s result, times [batch] in [0, 1] -> velocity like x."""
        embedded = self.t_embedder(time)
        mixed = F.linear(x, self.cond_x_merge_linear.weight[:, : self.mels]) + condition
        mixed = self.transformer(mixed, embedded, layout)
        mixed = self.skip_linear(torch.cat([mixed, x], dim=-1))
        waves = self.wavenet(self.conv1(mixed).transpose(1, 2), self.t_embedder2(time), layout)
        out = self.final_layer(waves.transpose(1, 2) + self.res_projection(mixed), embedded)
        return self.conv2(out.transpose(1, 2)).transpose(1, 2)
