from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor, nn

from oncue.model.indextts2.networks.campplus import CamPlus
from oncue.model.indextts2.networks.config import StyleConfig
from tests.model.indextts2.seeded import load_golden, manifest, seeded, small_weights

GOLDEN = load_golden("frontend")
STAGES = [name for name in GOLDEN.arrays if name.startswith("stage.")]


@cache
def network() -> CamPlus:
    return seeded(CamPlus(StyleConfig()), small_weights()["campplus"]["matrix_scale"])


@cache
def stages() -> dict[str, Tensor]:
    """The output of every part for the input of 101 frames, by its name."""
    found: dict[str, Tensor] = {}

    def keep(name: str) -> object:
        def hook(_module: nn.Module, _given: object, output: Tensor) -> None:
            found[name] = output

        return hook

    handles = [part.register_forward_hook(keep(name)) for name, part in network().named_modules()]
    network().embed(GOLDEN.input("campplus.feat")[:, :101])
    for handle in handles:
        handle.remove()
    return found


def test_keys_and_shapes_are_the_checkpoints() -> None:
    with torch.device("meta"):
        state = CamPlus(StyleConfig()).state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == manifest("campplus")


@pytest.mark.parametrize("frames", [49, 100, 101, 201])
def test_the_style_of_any_length_is_the_references(frames: int) -> None:
    GOLDEN.check(f"style_synthetic_T{frames}", network().embed(GOLDEN.input("campplus.feat")[:, :frames]))


def test_the_style_of_two_and_a_half_seconds_is_the_references() -> None:
    GOLDEN.check("style_synthetic", network().embed(GOLDEN.input("campplus.feat")))


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_the_references(stage: str) -> None:
    GOLDEN.check(stage, stages()[stage.removeprefix("stage.").removesuffix("_T101")])


def test_the_style_of_a_recording_is_the_references() -> None:
    GOLDEN.check("style_wave16", network()(GOLDEN["fbank"].unsqueeze(0)))


def test_a_louder_recording_has_the_same_style() -> None:
    fbank = GOLDEN["fbank"].unsqueeze(0)
    assert torch.allclose(network()(fbank + 2.0), network()(fbank), atol=1e-4)


def test_a_row_is_the_same_alone_and_in_a_batch() -> None:
    fbank = GOLDEN["fbank"].unsqueeze(0)
    pair = network()(torch.cat([fbank.flip(1), fbank]))
    assert torch.allclose(pair[1], network()(fbank)[0], atol=1e-4)
