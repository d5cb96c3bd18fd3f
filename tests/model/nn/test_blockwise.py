from __future__ import annotations

import torch
from torch import nn

from oncue.model.nn import blockwise


def test_a_row_comes_out_the_same_to_the_bit_beside_any_number_of_others() -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(256, 768), torch.randn(32, 256)
    with torch.inference_mode():
        alone = blockwise.apply(layer, x[: blockwise.BLOCK])
        for rows in range(blockwise.BLOCK, 33, blockwise.BLOCK):
            assert torch.equal(blockwise.apply(layer, x[:rows])[: blockwise.BLOCK], alone)


def test_it_is_the_layer_itself() -> None:
    torch.manual_seed(1)
    for bias in (True, False):
        layer, x = nn.Linear(7, 5, bias=bias), torch.randn(10, 7)
        assert torch.allclose(blockwise.apply(layer, x), layer(x), atol=1e-6)
