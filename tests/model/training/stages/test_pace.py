from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from oncue.model.training.data.dataset import build
from oncue.model.training.networks.durations import Durations
from oncue.model.training.stages.durations import duration_loss, natural_lengths
from oncue.model.training.stages.pace import Sampler
from tests.model.training.data.test_dataset import shard


def test_lines_are_as_slow_as_they_are_against_their_own_text(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shard(tmp_path, 26)
    data, durations = build([tmp_path]), Durations().eval()
    sampler = Sampler(data, durations, 0)
    natural = [float(lengths.sum()) for lengths in natural_lengths(durations, data.items[:2])]
    wanted = np.log(sum(item.codes for item in data.items[:2]) / sum(natural))
    assert sampler.log_pace(np.array([0, 1])) == pytest.approx(wanted, rel=1e-5)
    assert sampler.mel(0).shape[0] == 100


def test_a_lines_own_rate_does_not_count_against_the_durations(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shard(tmp_path, 26)
    data, durations = build([tmp_path]), Durations()
    loss = duration_loss(durations, [data.items[0]] * 3)
    loss.backward()
    assert torch.isfinite(loss)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in durations.parameters())
