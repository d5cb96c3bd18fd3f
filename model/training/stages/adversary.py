"""The ears a vocoder learns against: small networks that tell patches of real spectrograms from made ones.

What a spectral loss alone leaves is the mean of all ways to say a sound, which is too smooth. Each ear hears the log
magnitudes of one resolution in overlapping patches, by one network for all bands that is told which band it hears (a patch
discriminator, Isola et al. 2017; at several resolutions as in UnivNet, Jang et al. 2021; least squares, Mao et al. 2017). Patches
keep it cheap enough for a processor: it costs less than the vocoder.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.training.networks.frames import framed

RESOLUTIONS = ((960, 240), (320, 160))
"""Window and step in samples."""
_PATCH, _STEP = (5, 24), 16
"""Frames and bins of a patch, and bins from one to the next."""
_SLOPE = 0.1
_FLOOR = 1e-5


class Ear(nn.Module):
    """One resolution. Its convolutions are products of shifted slices, many times faster here than the library's own."""

    window: Tensor

    def __init__(self, size: int, hop: int, dim: int = 48) -> None:
        super().__init__()
        self.size, self.hop = size, hop
        self.register_buffer("window", torch.hann_window(size), persistent=False)
        bands = (size // 2 + 1 - _PATCH[1]) // _STEP + 1
        self.enter = nn.Linear(_PATCH[0] * _PATCH[1], dim)
        self.band = nn.Parameter(torch.zeros(bands, dim))
        self.near = nn.Linear(9 * dim, dim)
        self.wide = nn.Linear(9 * dim, dim)
        self.leave = nn.Linear(dim, 1)

    def forward(self, pcm: Tensor) -> list[Tensor]:
        """pcm [batch, samples] -> what it makes of it layer by layer, the last one the verdict of each patch."""
        spectrum = torch.fft.rfft(framed(pcm, self.size, self.hop) * self.window)
        power = torch.view_as_real(spectrum).square().sum(-1)  # [batch, frames, bins]
        heard = 0.25 * torch.log(power + _FLOOR * self.size)
        patches = heard.unfold(2, _PATCH[1], _STEP)  # [batch, frames, bands, _PATCH[1]]
        first = F.leaky_relu(self.enter(_in_time(patches, _PATCH[0], 1)) + self.band, _SLOPE)
        second = F.leaky_relu(self.near(_in_time(_in_frequency(first), 3, 1)), _SLOPE)
        third = F.leaky_relu(self.wide(_in_time(_in_frequency(second), 3, 2)), _SLOPE)
        return [first, second, third, self.leave(third)]


def _in_time(x: Tensor, taps: int, apart: int) -> Tensor:
    """x [batch, frames, bands, dim] -> every frame with those after it, [batch, fewer frames, bands, taps * dim]."""
    frames = x.shape[1] - (taps - 1) * apart
    return torch.cat([x[:, tap * apart : tap * apart + frames] for tap in range(taps)], dim=-1)


def _in_frequency(x: Tensor) -> Tensor:
    """x [batch, frames, bands, dim] -> every band with its neighbours, [batch, frames, bands, 3 * dim]."""
    padded = F.pad(x, (0, 0, 1, 1))
    return torch.cat([padded[:, :, tap : tap + x.shape[2]] for tap in range(3)], dim=-1)


class Ears(nn.Module):
    """All resolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.ears = nn.ModuleList(Ear(size, hop) for size, hop in RESOLUTIONS)

    def forward(self, pcm: Tensor) -> list[list[Tensor]]:
        """What each ear makes of pcm [batch, samples]."""
        return [ear(pcm) for ear in self.ears]

    def loss(self, made: Tensor, real: Tensor) -> Tensor:
        """What the ears learn by: 1 for what is real, 0 for what is made."""
        total = made.new_zeros(())
        for of_made, of_real in zip(self(made.detach()), self(real), strict=True):
            total = total + of_made[-1].square().mean() + (of_real[-1] - 1).square().mean()
        return total / len(self.ears)

    def judge(self, made: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """What the vocoder learns by: to be taken for real, and to be heard alike in every layer (feature matching)."""
        fooled, alike = made.new_zeros(()), made.new_zeros(())
        with torch.no_grad():
            wanted = self(real)
        for of_made, of_real in zip(self(made), wanted, strict=True):
            fooled = fooled + (of_made[-1] - 1).square().mean()
            for one, two in zip(of_made[:-1], of_real[:-1], strict=True):
                alike = alike + (one - two).abs().mean() / two.abs().mean()
        return fooled / len(self.ears), alike / (3 * len(self.ears))
