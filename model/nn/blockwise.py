"""Linear layers whose result for a row never depends on how many other rows there are.

A library chooses its kernel, and with it the order of its sums, by the number of rows. So rows are multiplied BLOCK
at a time, always: what is one call for one line is four calls for sixteen, and every row comes out the same to the bit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BLOCK = 4
"""Rows of one product. One row alone costs hardly less than four: the weights have to be read either way."""


def apply(layer: nn.Linear, x: Tensor) -> Tensor:
    """x [rows, in] -> [rows, out]; rows that are no multiple of BLOCK leave a smaller block at the end."""
    weight, bias = layer.weight, layer.bias
    if len(x) <= BLOCK:
        return F.linear(x, weight, bias)
    return torch.cat([F.linear(block, weight, bias) for block in x.split(BLOCK)])
