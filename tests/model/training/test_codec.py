from __future__ import annotations

import torch

from model.tiny.layout import CONTENT_LEVELS
from model.training.codec import SpectralLoss, jitter_of


def test_the_loss_is_zero_for_the_target_and_grows_with_the_error() -> None:
    torch.manual_seed(0)
    loss, target, noise = SpectralLoss(), torch.randn(2, 6000) * 0.1, torch.randn(2, 6000)
    figures = [float(loss(target + noise * size, target)[0]) for size in (0.0, 0.02, 0.2)]
    assert figures[0] == 0
    assert figures[0] < figures[1] < figures[2]


def test_the_loss_has_a_gradient_where_there_is_silence() -> None:
    made = torch.zeros(1, 4000, requires_grad=True)
    SpectralLoss()(made + 0, torch.zeros(1, 4000))[0].backward()
    assert made.grad is not None
    assert torch.isfinite(made.grad).all()


def test_jitter_moves_a_share_of_digits_by_at_most_one_level() -> None:
    torch.manual_seed(0)
    values = torch.randint(0, CONTENT_LEVELS, (50, 40, 6)) * (2 / (CONTENT_LEVELS - 1)) - 1
    moved = jitter_of(values, 0.1)
    assert moved.abs().max() <= 2 / (CONTENT_LEVELS - 1) + 1e-6
    assert 0.07 < (moved.abs() > 1e-6).float().mean() < 0.11
    assert (values + moved).abs().max() <= 1 + 1e-6
