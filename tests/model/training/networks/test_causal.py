from __future__ import annotations

import torch
from torch.nn import functional as F

from oncue.model.training.networks.causal import CentredConvNeXt, ConvNeXt, DepthwiseCausal, depthwise


def test_the_sum_of_shifted_products_is_the_librarys_convolution() -> None:
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 20, 5), torch.randn(7, 5), torch.randn(5)
    library = F.conv1d(x.transpose(1, 2), weight.t().unsqueeze(1), bias, groups=5).transpose(1, 2)
    assert torch.allclose(depthwise(x, weight, bias), library, atol=1e-5)


def test_a_causal_convolution_in_pieces_equals_the_whole() -> None:
    torch.manual_seed(0)
    layer, x = DepthwiseCausal(4, 7), torch.randn(3, 30, 4)
    whole, _ = layer(x)
    state, parts = None, []
    for piece in x.split([1, 2, 11, 16], dim=1):
        part, state = layer(piece, state)
        parts.append(part)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-6)


def test_a_block_in_pieces_equals_the_whole_under_any_condition() -> None:
    torch.manual_seed(0)
    block, x, condition = ConvNeXt(8, 5, 2, 3), torch.randn(2, 19, 8), torch.randn(2, 3)
    assert block.film is not None
    torch.nn.init.normal_(block.film.weight)
    film = block.film_of(condition)
    whole, _ = block(x, film)
    first, state = block(x[:, :6], film)
    second, _ = block(x[:, 6:], film, state)
    assert torch.allclose(torch.cat([first, second], 1), whole, atol=1e-5)


def test_padding_never_reaches_what_is_not_padding() -> None:
    torch.manual_seed(0)
    block, x = CentredConvNeXt(6), torch.randn(1, 12, 6)
    mask = (torch.arange(12) < 7).float().view(1, 12, 1)
    other = torch.where(mask > 0, x, torch.full_like(x, 9.0))
    assert torch.allclose(block(x, mask)[:, :7], block(other, mask)[:, :7], atol=1e-6)
