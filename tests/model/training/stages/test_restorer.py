from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from oncue.model.tiny.speaker import BANDS, WINDOW_FRAMES
from oncue.model.training.data.dataset import build
from oncue.model.training.networks.restorer import Restorer
from oncue.model.training.networks.speaker import SpeakerEncoder
from oncue.model.training.stages import restorer
from oncue.model.training.stages.restorer import RECIPE, named_among, pairs_of, train
from oncue.model.training.stages.trainer import Trainer
from tests.model.training.data.test_dataset import shard


def test_of_the_pairs_some_are_clean_and_all_are_of_their_speaker(tmp_path: Path) -> None:
    shard(tmp_path, 3)
    data = build([tmp_path])
    pairs = pairs_of(data, np.arange(len(data.items)), 30, np.random.default_rng(0))
    assert pairs.spoilt.shape == pairs.clean.shape == (30, WINDOW_FRAMES, BANDS)
    assert set(pairs.speakers.tolist()) <= {item.speaker for item in data.items}
    same = (pairs.spoilt == pairs.clean).all((1, 2))
    assert 0 < same.sum() < 30


def test_a_vector_is_named_well_where_it_lies_at_its_own_and_lines_of_one_speaker_are_not_told_apart() -> None:
    wanted = torch.eye(4)
    speakers = torch.tensor([0, 1, 2, 3])
    assert float(named_among(wanted, wanted, speakers)) < 1e-4
    assert float(named_among(wanted.roll(1, 0), wanted, speakers)) > 5
    assert float(named_among(wanted.roll(1, 0), wanted, torch.zeros(4, dtype=torch.int64))) == pytest.approx(0)


def test_a_step_with_the_encoder_moves_the_network_and_not_the_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard(tmp_path, 3)
    monkeypatch.setattr(restorer, "_FRAMES_ALONE", 0.0)
    monkeypatch.setattr(restorer, "_BATCH_VOICES", 2)
    data, encoder, network = build([tmp_path]), SpeakerEncoder(), Restorer()
    encoder.requires_grad_(requires_grad=False)
    before = [value.clone() for value in encoder.state_dict().values()]
    pairs = pairs_of(data, np.arange(len(data.items)), 8, np.random.default_rng(0))
    trainer = Trainer({"restorer": network}, tmp_path / "out.pt", RECIPE, 1e-4, torch.device("cpu"))
    train(pairs, network, encoder, trainer, np.random.default_rng(1))
    assert trainer.step >= 1
    assert float(network.leave.weight.detach().abs().max()) > 0
    assert all(torch.equal(x, y) for x, y in zip(before, encoder.state_dict().values(), strict=True))
