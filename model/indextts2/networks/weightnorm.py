"""Layers whose weight is kept as a direction and a length (Salimans & Kingma 2016), as checkpoints store them.

Loaded by the keys `weight_g` and `weight_v`; `fold` multiplies them out once when nothing will be loaded any more.
Training is not served: gradients are whatever autograd makes of the formula.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class WeightNorm(nn.Module):
    """weight = weight_g · weight_v / |weight_v|, the norm taken over all but the first axis."""

    weight_g: nn.Parameter
    weight_v: nn.Parameter
    folded: Tensor | None

    def __init__(self, shape: tuple[int, ...], bias: int) -> None:
        super().__init__()
        self.weight_g = nn.Parameter(torch.ones(shape[0], *(1 for _ in shape[1:])))
        self.weight_v = nn.Parameter(torch.randn(shape) * shape[1] ** -0.5)
        self.bias = nn.Parameter(torch.zeros(bias)) if bias else None
        self.register_buffer("folded", None, persistent=False)

    @property
    def weight(self) -> Tensor:
        """The weight itself, of the shape of `weight_v`."""
        if self.folded is not None:
            return self.folded
        norm = torch.linalg.vector_norm(self.weight_v.flatten(1), dim=1).view_as(self.weight_g)
        return self.weight_v * (self.weight_g / norm)


class NormedLinear(WeightNorm):
    """A linear layer, weight-normed."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__((outputs, inputs), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x [..., inputs] -> [..., outputs]."""
        return F.linear(x, self.weight, self.bias)


class NormedConv1d(WeightNorm):
    """A convolution, weight-normed; `padding` zeros on both sides."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, dilation: int = 1, padding: int = 0, bias: bool = True
    ) -> None:
        super().__init__((outputs, inputs, kernel), outputs if bias else 0)
        self.dilation, self.padding = dilation, padding

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, inputs, time] -> [batch, outputs, time + 2 · padding - dilation · (kernel - 1)]."""
        return F.conv1d(x, self.weight, self.bias, padding=self.padding, dilation=self.dilation)


class NormedConvTranspose1d(WeightNorm):
    """A transposed convolution whose output is `stride` times as long, weight-normed."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__((inputs, outputs, kernel), outputs)
        self.stride, self.padding = stride, (kernel - stride) // 2

    def forward(self, x: Tensor) -> Tensor:
        """x [batch, inputs, time] -> [batch, outputs, time · stride]."""
        return F.conv_transpose1d(x, self.weight, self.bias, stride=self.stride, padding=self.padding)


def fold(module: nn.Module) -> None:
    """Multiply out every weight inside; what was folded can no longer be loaded, and says so by its missing keys."""
    for layer in module.modules():
        if isinstance(layer, WeightNorm) and layer.folded is None:
            layer.folded = layer.weight.detach()
            del layer.weight_g, layer.weight_v
