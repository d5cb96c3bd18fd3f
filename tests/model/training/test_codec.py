from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model.tiny.layout import CONTENT_LEVELS
from model.training.codec import RECIPE, WARP, Codec, Plan, SpectralLoss, jitter_of, train, warped
from model.training.dataset import Dataset
from model.training.trainer import Trainer


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


def test_a_warp_moves_a_peak_up_or_down_by_no_more_than_it_may() -> None:
    torch.manual_seed(0)
    mel = torch.zeros(64, 5, 80)
    mel[:, :, 40:42] = 1.0
    peaks = warped(mel)[:, 0].argmax(1).float()
    assert peaks.min() < 39
    assert peaks.max() > 42
    assert (torch.log(peaks / 40.5).abs() < WARP + 0.05).all()


def test_a_warp_leaves_what_is_flat() -> None:
    assert torch.allclose(warped(torch.full((3, 4, 80), 0.7)), torch.full((3, 4, 80), 0.7))


@pytest.mark.parametrize("joint_share", [0.5, 0.0])
def test_a_run_that_ended_before_it_told_its_codes_tells_them_when_it_goes_on(
    tmp_path: Path, joint_share: float
) -> None:
    nothing = np.zeros(0, np.int64)
    data, codec, path = (
        Dataset((), np.zeros(0, np.float32), np.ones(0, np.float32), nothing, nothing, {}),
        Codec(),
        tmp_path / "codec.pt",
    )

    def trainer() -> Trainer:
        return Trainer({"codec": codec}, path, RECIPE, 1.0, torch.device("cpu"))

    ended = trainer()
    ended.budget.spent_s = 60.0
    ended.save(path)
    train(data, np.zeros((0, 1), np.float32), codec, trainer(), Plan(joint_share, tmp_path / "codes.pt"))
    assert (tmp_path / "codes.pt").exists() == (joint_share > 0)
