"""BigVGAN v2 (Lee et al. 2023): mel to samples, with periodic activations free of aliasing.

Not causal: a sample hears some forty mel frames on either side (`tests/model/indextts2/receptive_field.py` counts them). Cutting
a line into windows with that overlap is `streaming/second_stage.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.indextts2.networks.config import VocoderConfig
from oncue.model.indextts2.networks.weightnorm import NormedConv1d, NormedConvTranspose1d

TAPS = 12
"""Taps of the filter around every activation, which runs at twice the rate."""
_PRE_KERNEL = _POST_KERNEL = 7


def half_band(taps: int = TAPS) -> Tensor:
    """A low-pass of half the band, Kaiser-windowed, of unit sum (Oppenheim & Schafer, Kaiser's formula), [1, 1, taps].

    The transition is 0.6 of the band wide, which with this many taps sets the window's shape.
    """
    attenuation = 2.285 * (taps // 2 - 1) * math.pi * 1.2 + 7.95
    window = torch.kaiser_window(taps, periodic=False, beta=0.1102 * (attenuation - 8.7), dtype=torch.float64)
    wave = window * torch.sinc((torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / 2)
    return (wave / wave.sum()).float().view(1, 1, taps)


class LowPass(nn.Module):
    """Holds the filter under the checkpoint's name and halves the rate."""

    filter: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filter", half_band())

    def forward(self, x: Tensor) -> Tensor:
        """x [rows, 1, 2 · time] -> [rows, 1, time]; the ends are repeated outwards."""
        return F.conv1d(F.pad(x, (TAPS // 2 - 1, TAPS // 2), mode="replicate"), self.filter, stride=2)


class Upsample(nn.Module):
    """Doubles the rate: the two phases of the filter side by side, so that no zero is ever multiplied."""

    filter: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filter", half_band())

    def forward(self, x: Tensor) -> Tensor:
        """x [rows, 1, time] -> [rows, 1, 2 · time]; the ends are repeated outwards."""
        backwards = 2 * self.filter.flip(2)
        phases = torch.cat([F.pad(backwards[..., 0::2], (0, 1)), F.pad(backwards[..., 1::2], (1, 0))])  # [2, 1, 7]
        both = F.conv1d(F.pad(x, (TAPS // 4, TAPS // 4), mode="replicate"), phases)  # [rows, 2, time]
        return both.transpose(1, 2).flatten(1).unsqueeze(1)


class SnakeBeta(nn.Module):
    """x + sin²(a x) / b, with a and b per channel kept as logarithms (Ziyin et al. 2020)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels, time] -> the same shape."""
        frequency, size = self.alpha.exp().unsqueeze(1), self.beta.exp().unsqueeze(1)
        return x + torch.sin(x * frequency).square() / (size + 1e-9)


class Activation(nn.Module):
    """The activation at twice the rate, so that the harmonics it makes are filtered and not folded."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.act = SnakeBeta(channels)
        self.upsample = Upsample()
        self.downsample = nn.ModuleDict({"lowpass": LowPass()})

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels, time] -> the same shape."""
        batch, channels, time = x.shape
        fine = self.act(self.upsample(x.reshape(batch * channels, 1, time)).view(batch, channels, 2 * time))
        coarse: Tensor = self.downsample["lowpass"](fine.view(batch * channels, 1, 2 * time))
        return coarse.view(batch, channels, time)


class ResBlock(nn.Module):
    """Pairs of convolutions, one dilated and one not, each after an activation; every pair is residual."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        reach = (kernel - 1) // 2
        self.convs1 = nn.ModuleList(
            NormedConv1d(channels, channels, kernel, dilation=step, padding=step * reach) for step in dilations
        )
        self.convs2 = nn.ModuleList(NormedConv1d(channels, channels, kernel, padding=reach) for _ in dilations)
        self.activations = nn.ModuleList(Activation(channels) for _ in range(2 * len(dilations)))

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, channels, time] -> the same shape."""
        for index, (wide, narrow) in enumerate(zip(self.convs1, self.convs2, strict=True)):
            y = wide(self.activations[2 * index](x))
            x = x + narrow(self.activations[2 * index + 1](y))
        return x


class BigVGAN(nn.Module):
    """Mel frames to `hop` samples each; nothing is kept between calls."""

    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        self.hop = math.prod(config.upsample_rates)
        self.blocks_per_stage = len(config.resblock_kernels)
        widths = [config.channels >> stage for stage in range(len(config.upsample_rates) + 1)]
        self.conv_pre = NormedConv1d(config.mels, widths[0], _PRE_KERNEL, padding=_PRE_KERNEL // 2)
        self.ups = nn.ModuleList(
            nn.Sequential(NormedConvTranspose1d(before, after, kernel, rate))
            for before, after, kernel, rate in zip(
                widths[:-1], widths[1:], config.upsample_kernels, config.upsample_rates, strict=True
            )
        )
        self.resblocks = nn.ModuleList(
            ResBlock(width, kernel, dilations)
            for width in widths[1:]
            for kernel, dilations in zip(config.resblock_kernels, config.resblock_dilations, strict=True)
        )
        self.activation_post = Activation(widths[-1])
        self.conv_post = NormedConv1d(widths[-1], 1, _POST_KERNEL, padding=_POST_KERNEL // 2, bias=False)

    @torch.no_grad()
    def forward(self, mel: Tensor) -> Tensor:
        """Log mel [batch, frames, mels] -> samples [batch, frames · hop] in [-1, 1]."""
        x = self.conv_pre(mel.transpose(1, 2))
        for stage, upsample in enumerate(self.ups):
            x = upsample(x)
            first = stage * self.blocks_per_stage
            blocks = self.resblocks[first : first + self.blocks_per_stage]
            x = torch.stack([block(x) for block in blocks]).mean(0)
        return self.conv_post(self.activation_post(x)).squeeze(1).clamp(-1.0, 1.0)
