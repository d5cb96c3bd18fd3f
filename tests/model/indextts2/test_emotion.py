"""Emotion vectors: the reference's mixture, and the rule of sums."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from oncue.model.api import EMOTION_NAMES
from oncue.model.indextts2.emotion import MAX_SUM, Prototypes, balanced
from tests.model.indextts2.seeded import load_golden

GOLDEN = load_golden("conditioning")


def prototypes() -> Prototypes:
    styles, vectors = (GOLDEN.input(name).numpy() for name in ("spk_matrix", "emo_matrix"))
    return Prototypes(styles, vectors, tuple(GOLDEN.facts["emo_num"]))


def weights(**named: float) -> tuple[float, ...]:
    return tuple(named.get(name, 0.0) for name in EMOTION_NAMES)


def test_the_nearest_prototypes_and_their_mixture_are_the_reference_s() -> None:
    rows = prototypes().nearest(GOLDEN.input("style_a")[0].numpy())
    GOLDEN.check("emo_vector_index", torch.tensor(rows))
    own = GOLDEN["emovec_spk"][0].numpy()
    GOLDEN.check("emovec_vector_mode", prototypes().mix(GOLDEN.facts["emo_vector"], rows, own))


def test_no_weight_at_all_leaves_the_voice_its_own_feeling() -> None:
    own = np.arange(64, dtype=np.float32)
    assert np.array_equal(prototypes().mix(weights(), (0,) * 8, own), own)


def test_a_whole_weight_is_the_prototype_itself() -> None:
    mixed = prototypes().mix(weights(angry=1.0), (0, 4, *(0,) * 6), np.full(64, 9.0, np.float32))
    assert np.allclose(mixed, GOLDEN.input("emo_matrix")[3 + 4].numpy())


def test_weights_beyond_one_are_refused_with_their_sum() -> None:
    with pytest.raises(ValueError, match=r"sum to 1\.50"):
        prototypes().mix(weights(happy=0.75, sad=0.75), (0,) * 8, np.zeros(64, np.float32))


@pytest.mark.parametrize("broken", [(0.5,) * 7, (0.5,) * 7 + (-0.1,), (float("nan"),) * 8])
def test_weights_that_are_no_emotion_vector_are_refused_with_its_names(broken: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="happy, angry, sad"):
        balanced(broken)


def test_drawn_prototypes_depend_on_the_seed_and_lie_in_their_groups() -> None:
    drawn = [prototypes().drawn(seed) for seed in (0, 1, 2**63, 2**64 - 1)]
    assert drawn[0] == prototypes().drawn(0)
    assert len(set(drawn)) == 4
    groups = GOLDEN.facts["emo_num"]
    assert all(0 <= row < count for rows in drawn for row, count in zip(rows, groups, strict=True))


def test_balanced_weights_never_take_more_than_their_share_and_keep_their_proportions() -> None:
    few = balanced(weights(happy=0.4))
    assert few == pytest.approx(weights(happy=0.4 * 0.9375))
    many = balanced((1.0,) * 8)
    assert sum(many) == pytest.approx(MAX_SUM)
    assert many[0] / many[7] == pytest.approx(0.9375 / 0.5625)


def test_prototypes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="5 styles and 6 vectors"):
        Prototypes(np.zeros((5, 3), np.float32), np.zeros((6, 4), np.float32), (1,) * 8)
