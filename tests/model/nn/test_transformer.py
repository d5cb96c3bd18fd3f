from __future__ import annotations

import torch

from oncue.model.nn.transformer import Transformer


def build() -> Transformer:
    torch.manual_seed(0)
    return Transformer(dim=16, heads=2, hidden=32, layers=2, window=5).eval()


def test_steps_through_the_ring_equal_the_whole_sequence() -> None:
    body, x = build(), torch.randn(3, 14, 16)
    with torch.inference_mode():
        whole, ring = body(x), body.ring(3)
        steps = [body.step(x[:, at], ring, torch.full((3,), at)) for at in range(14)]
    assert torch.allclose(torch.stack(steps, 1), whole, atol=1e-5)


def test_an_idle_step_leaves_no_trace() -> None:
    body, x = build(), torch.randn(2, 9, 16)
    with torch.inference_mode():
        whole, ring = body(x), body.ring(2)
        for at in range(9):
            body.step(torch.stack([x[0, at], torch.randn(16)]), ring, torch.tensor([at, at]))
            out = body.step(torch.stack([x[0, at], x[1, at]]), ring, torch.tensor([at, at]))
            assert torch.allclose(out, whole[:, at], atol=1e-5)


def test_what_left_the_window_of_every_layer_is_forgotten() -> None:
    body, x = build(), torch.randn(1, 12, 16)
    other = x.clone()
    other[:, 0] = 3 * torch.randn(16)
    with torch.inference_mode():
        assert torch.allclose(body(x)[:, 9:], body(other)[:, 9:], atol=1e-6)
        assert not torch.equal(body(x)[:, 4], body(other)[:, 4])
