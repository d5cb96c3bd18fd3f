"""The drawing rule itself, against the numbers and kinds that were written down with the goldens."""

from __future__ import annotations

import pytest
import torch

from tests.model.indextts2.seeded import kind_of, load_golden, normal, small_weights, weight


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("mel_head.weight", (0.31254774, 0.7940514, 2.0770235, -0.33463314)),
        ("input.spk_cond_emb", (1.0185281, -1.0756947, -0.56597424, -0.7804695)),
    ],
)
def test_a_name_draws_the_numbers_written_down_for_it(key: str, first: tuple[float, ...]) -> None:
    torch.testing.assert_close(normal(key, (4,)), torch.tensor(first), rtol=0, atol=1e-7)


def test_every_key_of_the_small_networks_has_the_kind_that_was_recorded() -> None:
    for part in small_weights().values():
        for key, (shape, kind) in part["keys"].items():
            assert kind_of(key, len(shape)) == kind, key


def test_a_constant_is_never_drawn() -> None:
    with pytest.raises(ValueError, match="constant"):
        weight("estimator.t_embedder.freqs", (128,))


def test_a_golden_refuses_a_value_beyond_its_tolerance() -> None:
    golden = load_golden("conditioning")
    golden.check("spk_lat", golden["spk_lat"])
    with pytest.raises(AssertionError, match="spk_lat"):
        golden.check("spk_lat", golden["spk_lat"] + 1e-3)
