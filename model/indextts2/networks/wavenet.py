"""The gated convolutions behind the transformer of the flow estimator (WaveNet, van den Oord et al. 2016).

Each row is reflected at its own ends. Diffusion time enters every gate as a bias.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from oncue.model.indextts2.networks.layout import Layout
from oncue.model.indextts2.networks.weightnorm import NormedConv1d


class SameLengthConvolution(nn.Module):
    """A weight-normed convolution of the same length, under the two names its checkpoint gives it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.reach = dilation * (kernel - 1) // 2
        self.conv = nn.ModuleDict({"conv": NormedConv1d(inputs, outputs, kernel, dilation=dilation)})

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        """x [batch, inputs, time] -> [batch, outputs, time]."""
        return self.conv["conv"](layout.reflect(x, self.reach) if self.reach else x)


class WaveNet(nn.Module):
    """Layers of tanh times sigmoid with residual and skip outputs; the sum of the skips is the output."""

    def __init__(self, dim: int, layers: int, kernel: int, dilation_rate: int) -> None:
        super().__init__()
        self.dim = dim
        self.cond_layer = SameLengthConvolution(dim, 2 * dim * layers, 1)
        self.in_layers = nn.ModuleList(
            SameLengthConvolution(dim, 2 * dim, kernel, dilation_rate**layer) for layer in range(layers)
        )
        self.res_skip_layers = nn.ModuleList(
            SameLengthConvolution(dim, 2 * dim if layer < layers - 1 else dim, 1) for layer in range(layers)
        )

    def forward(self, x: Tensor, time: Tensor, layout: Layout) -> Tensor:
        """x [batch, dim, frames] and the time's embedding [batch, dim] -> [batch, dim, frames]."""
        biases = self.cond_layer(time.unsqueeze(2), layout).chunk(len(self.in_layers), dim=1)
        total = torch.zeros_like(x)
        for bias, gate, mix in zip(biases, self.in_layers, self.res_skip_layers, strict=True):
            signal, opening = (gate(x, layout) + bias).chunk(2, dim=1)
            mixed = mix(torch.tanh(signal) * torch.sigmoid(opening), layout)
            x, total = x + mixed[:, : self.dim], total + mixed[:, -self.dim :]
        return total
