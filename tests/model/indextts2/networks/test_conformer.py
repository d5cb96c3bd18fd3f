"""The conformer's own laws; its agreement with the reference is in test_conditioning."""

from __future__ import annotations

import math

import pytest
import torch

from oncue.model.indextts2.networks.conformer import Conformer, SinusoidTable
from tests.model.indextts2.seeded import seeded, small_config


@pytest.mark.parametrize("time", [3, 4, 5, 20, 21])
def test_frames_and_mask_have_the_subsampled_length(time: int) -> None:
    frames, mask = seeded(Conformer(small_config().gpt.emotion))(torch.zeros(1, time, 1024), torch.tensor([time]))
    assert frames.shape[1] == mask.shape[1] == (time - 3) // 2 + 1
    assert bool(mask.all())


def test_the_position_table_holds_sines_and_cosines_of_falling_rate() -> None:
    table = SinusoidTable(8).pe[0]
    for position, column in ((7, 0), (7, 3), (400, 6)):
        angle = position * 10_000 ** (-(column // 2 * 2) / 8)
        want = math.cos(angle) if column % 2 else math.sin(angle)
        torch.testing.assert_close(table[position, column], torch.tensor(want), rtol=0, atol=1e-5)


def test_the_order_of_frames_matters() -> None:
    encoder = seeded(Conformer(small_config().gpt.emotion), prefix="emo_conditioning_encoder.")
    features = torch.randn(1, 15, 1024, generator=torch.Generator().manual_seed(3))
    length = torch.tensor([15])
    assert not torch.allclose(encoder(features, length)[0].flip(1), encoder(features.flip(1), length)[0], atol=1e-2)
