from __future__ import annotations

import torch

from oncue.model.training.networks.transformer import Transformer


def build() -> Transformer:
    torch.manual_seed(0)
    return Transformer(dim=16, heads=2, hidden=32, layers=2, window=5).eval()


def test_what_left_the_window_of_every_layer_is_forgotten() -> None:
    body, x = build(), torch.randn(1, 12, 16)
    other = x.clone()
    other[:, 0] = 3 * torch.randn(16)
    with torch.inference_mode():
        assert torch.allclose(body(x)[:, 9:], body(other)[:, 9:], atol=1e-6)
        assert not torch.equal(body(x)[:, 4], body(other)[:, 4])
