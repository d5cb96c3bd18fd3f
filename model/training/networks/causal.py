"""Causal convolution blocks that run the same whole or in pieces.

The law: `forward(x, state)` over any split of the time axis, states handed on, equals `forward(x, None)`
over the whole (up to float rounding). A state is the tail of the input and nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def depthwise(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Valid depthwise convolution of x [batch, time, dim] with weight [kernel, dim].

    A sum of shifted products: on a CPU it is as fast as the library's convolution in float32 and ten times
    faster in bfloat16, and its rounding does not depend on the number of frames.
    """
    kernel = len(weight)
    time = x.shape[1] - kernel + 1
    out = torch.addcmul(bias, x[:, :time], weight[0])
    for tap in range(1, kernel):
        out = torch.addcmul(out, x[:, tap : tap + time], weight[tap])
    return out


class DepthwiseCausal(nn.Module):
    """Depthwise convolution over the last `kernel` frames."""

    def __init__(self, dim: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.weight = nn.Parameter(torch.randn(kernel, dim) * kernel**-0.5)
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x [batch, time, dim] and the last kernel - 1 inputs -> output of the same shape and the new tail."""
        if state is None:
            state = x.new_zeros(x.shape[0], self.kernel - 1, x.shape[2])
        full = torch.cat([state.to(x.dtype), x], dim=1)  # [batch, kernel - 1 + time, dim]
        out = depthwise(full, self.weight.to(x.dtype), self.bias.to(x.dtype))
        return out, full[:, full.shape[1] - self.kernel + 1 :]


class ConvNeXt(nn.Module):
    """ConvNeXt block (Liu et al. 2022), causal, with an optional per-row scale and shift (FiLM, Perez et al. 2018)."""

    def __init__(self, dim: int, kernel: int = 7, expansion: int = 3, condition_dim: int = 0) -> None:
        super().__init__()
        self.mix = DepthwiseCausal(dim, kernel)
        self.norm = nn.LayerNorm(dim)
        self.film = nn.Linear(condition_dim, 2 * dim) if condition_dim else None
        self.up = nn.Linear(dim, expansion * dim)
        self.down = nn.Linear(expansion * dim, dim)
        self.gain = nn.Parameter(torch.full((dim,), 0.3))
        if self.film is not None:
            nn.init.zeros_(self.film.weight)
            nn.init.zeros_(self.film.bias)

    def film_of(self, condition: Tensor) -> Tensor:
        """What a condition [batch, condition_dim] does to the block, scale and shift [batch, 1, 2 * dim]."""
        assert self.film is not None, "this block knows no condition"
        out: Tensor = self.film(condition).unsqueeze(1)
        return out

    def forward(self, x: Tensor, film: Tensor | None = None, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x [batch, time, dim], what `film_of` gives -> the same shape and the new state."""
        y, tail = self.mix(x, state)
        y = self.norm(y)
        if film is not None:
            scale, shift = film.chunk(2, dim=-1)
            y = torch.addcmul(y + shift, y, scale)
        return x + self.gain * self.down(F.gelu(self.up(y))), tail


class CentredConvNeXt(nn.Module):
    """The same block looking both ways, for encoders that see the whole input."""

    def __init__(self, dim: int, kernel: int = 7, expansion: int = 3) -> None:
        super().__init__()
        self.pad = kernel // 2
        self.weight = nn.Parameter(torch.randn(kernel, dim) * kernel**-0.5)
        self.bias = nn.Parameter(torch.zeros(dim))
        self.norm = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, expansion * dim)
        self.down = nn.Linear(expansion * dim, dim)
        self.gain = nn.Parameter(torch.full((dim,), 0.3))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """x [batch, time, dim]; mask [batch, time, 1] is zero where there is padding."""
        if mask is not None:
            x = x * mask
        y = depthwise(F.pad(x, (0, 0, self.pad, self.pad)), self.weight.to(x.dtype), self.bias.to(x.dtype))
        return x + self.gain * self.down(F.gelu(self.up(self.norm(y))))
