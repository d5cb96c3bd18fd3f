from __future__ import annotations

import pytest
import torch

from oncue.model.indextts2.networks.weightnorm import (
    NormedConv1d,
    NormedConvTranspose1d,
    NormedLinear,
    WeightNorm,
    fold,
)
from tests.model.indextts2.seeded import normal, seeded

LAYERS = (
    (NormedLinear(6, 4), (2, 6)),
    (NormedConv1d(6, 4, 3, dilation=2, padding=2), (2, 6, 9)),
    (NormedConvTranspose1d(6, 4, 8, 4), (2, 6, 5)),
)


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_every_row_of_the_weight_is_as_long_as_its_gain(layer: WeightNorm, shape: tuple[int, ...]) -> None:
    seeded(layer)
    length = layer.weight.flatten(1).norm(dim=1)
    torch.testing.assert_close(length, layer.weight_g.flatten())
    assert layer(normal("x", shape)).isfinite().all()


def test_lengths_are_what_the_docstrings_say() -> None:
    assert LAYERS[1][0](normal("x", (2, 6, 9))).shape == (2, 4, 9)
    assert LAYERS[2][0](normal("x", (2, 6, 5))).shape == (2, 4, 20)


def test_a_folded_layer_answers_the_same_and_refuses_to_be_loaded() -> None:
    layer, x = seeded(NormedLinear(6, 4)), normal("x", (3, 6))
    before, state = layer(x), {key: value.clone() for key, value in layer.state_dict().items()}
    fold(layer)
    assert torch.equal(layer(x), before)
    with pytest.raises(RuntimeError, match="weight_g"):
        layer.load_state_dict(state)
