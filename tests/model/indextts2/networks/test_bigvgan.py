from __future__ import annotations

import pytest
import torch
from torch import Tensor

from oncue.model.indextts2.networks.bigvgan import BigVGAN, half_band
from oncue.model.indextts2.networks.config import VocoderConfig, released
from oncue.model.indextts2.networks.weightnorm import fold
from tests.model.indextts2.receptive_field import receptive_field
from tests.model.indextts2.seeded import load_golden, manifest, normal, seeded

STAGES = [name[6:] for name in load_golden("bigvgan").info["outputs"] if name.startswith("stage.")]
FILTER = (0.0020289647, 0.0093894657, -0.0255434588, -0.0576573834, 0.1285725832, 0.4432097971)


def small() -> BigVGAN:
    return seeded(BigVGAN(VocoderConfig.read(load_golden("bigvgan").config)))


@pytest.fixture(scope="module")
def vocoder() -> BigVGAN:
    return small()


def test_samples_are_the_references(vocoder: BigVGAN) -> None:
    golden = load_golden("bigvgan")
    golden.check("wav", vocoder(golden.input("mel").transpose(1, 2)))


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_is_the_references(vocoder: BigVGAN, stage: str) -> None:
    golden, seen = load_golden("bigvgan"), list[Tensor]()
    hook = vocoder.get_submodule(stage).register_forward_hook(lambda _m, _i, out: seen.append(out))
    vocoder(golden.input("mel").transpose(1, 2))
    hook.remove()
    golden.check(f"stage.{stage}", seen[0])


def test_the_filter_of_the_activations_is_the_one_written_down() -> None:
    want = torch.tensor([*FILTER, *reversed(FILTER)]).view(1, 1, 12)
    torch.testing.assert_close(half_band(), want, rtol=0, atol=5e-8)


def test_folding_the_weights_changes_no_bit(vocoder: BigVGAN) -> None:
    mel = normal("fold", (1, 6, 80))
    folded = small()
    fold(folded)
    assert torch.equal(folded(mel), vocoder(mel))
    assert not [key for key in folded.state_dict() if key.endswith(("weight_g", "weight_v"))]


def test_nothing_beyond_the_receptive_field_is_heard_and_its_edge_is_near(vocoder: BigVGAN) -> None:
    reach = receptive_field(VocoderConfig.read(load_golden("bigvgan").config))
    frames, hop = 2 * reach + 21, vocoder.hop
    mel = normal("reach", (1, frames, 80)).double()
    other = mel.clone()
    other[:, reach + 10] += 1.0  # one frame in the middle
    vocoder.double()
    changed = (vocoder(mel) != vocoder(other))[0].view(frames, hop).any(1).nonzero().squeeze(1)
    vocoder.float()
    assert changed.min() >= 10
    assert changed.max() <= 2 * reach + 10
    assert changed.max() - changed.min() > reach


def test_at_released_size_a_sample_hears_less_than_half_a_second_each_way() -> None:
    assert 30 <= receptive_field(released().vocoder) <= 43


def test_at_released_size_keys_and_shapes_are_the_checkpoints() -> None:
    with torch.device("meta"):
        vocoder = BigVGAN(released().vocoder)
    assert {key: tuple(value.shape) for key, value in vocoder.state_dict().items()} == manifest("bigvgan")
