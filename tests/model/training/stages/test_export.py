from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from oncue.model.training.data.dataset import build
from oncue.model.training.data.speakers import HOUSE
from oncue.model.training.networks.networks import Networks
from oncue.model.training.stages.durations import natural_lengths
from oncue.model.training.stages.export import DEFAULT, Parts, house, networks_of
from tests.model.training.data.test_dataset import shard


def test_without_checkpoints_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="train that stage first"):
        networks_of(Parts(*(tmp_path / f"{name}.pt" for name in "abcdefg")))


def test_a_voice_of_the_house_has_the_pace_and_pitch_that_its_clips_have(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shard(tmp_path, len(HOUSE))
    networks, clips = Networks(), build([tmp_path])
    networks.freeze()
    voices = house(networks, clips)
    assert set(voices) == {voice.name for voice in HOUSE}
    assert next(iter(voices)) == DEFAULT
    natural = natural_lengths(networks.durations, clips.items[:2])
    wanted = sum(item.codes for item in clips.items[:2]) / sum(lengths.sum() for lengths in natural)
    assert voices["ada"].pace == pytest.approx(wanted, rel=1e-5)
    assert float(voices["ada"].arrays["mean_log_f0"][0]) == pytest.approx(np.log(150), abs=1e-3)
