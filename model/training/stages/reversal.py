"""Gradient reversal (Ganin & Lempitsky 2015): what a head learns to find is taken out of what it looks at."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _Reverse(torch.autograd.Function):
    """Identity forward, negative gradient backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: float) -> Tensor:
        ctx.weight = weight
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.weight * gradients[0], None


def reverse_gradient(x: Tensor, weight: float) -> Tensor:
    """x unchanged; its gradient comes back times -weight."""
    out: Tensor = _Reverse.apply(x, weight)
    return out
