"""The perceiver's own laws; its agreement with the reference is in test_conditioning."""

from __future__ import annotations

import torch

from oncue.model.indextts2.networks.perceiver import Perceiver, RootMeanSquareNorm
from tests.model.indextts2.seeded import seeded, small_config


def perceiver() -> Perceiver:
    return seeded(Perceiver(small_config().gpt.speaker), prefix="perceiver_encoder.")


def frames(count: int) -> torch.Tensor:
    return torch.randn(1, count, 32, generator=torch.Generator().manual_seed(5))


def test_there_are_as_many_latents_however_many_frames() -> None:
    for count in (1, 7, 40):
        latents = perceiver()(frames(count), torch.ones(1, count, dtype=torch.bool))
        assert latents.shape == (1, 32, 64)


def test_the_order_of_frames_does_not_matter_to_it() -> None:
    mask = torch.ones(1, 9, dtype=torch.bool)
    torch.testing.assert_close(perceiver()(frames(9), mask), perceiver()(frames(9).flip(1), mask), rtol=0, atol=1e-5)


def test_masked_frames_are_not_there() -> None:
    mask = torch.arange(9).unsqueeze(0) < 6
    want = perceiver()(frames(9)[:, :6], mask[:, :6])
    torch.testing.assert_close(perceiver()(frames(9), mask), want, rtol=0, atol=1e-5)


def test_with_nothing_to_hear_the_latents_still_see_themselves() -> None:
    assert bool(torch.isfinite(perceiver()(frames(4), torch.zeros(1, 4, dtype=torch.bool))).all())


def test_the_norm_gives_unit_mean_square_at_unit_gain() -> None:
    y = RootMeanSquareNorm(16)(torch.randn(3, 16, generator=torch.Generator().manual_seed(1)))
    torch.testing.assert_close(y.square().mean(-1), torch.ones(3))
