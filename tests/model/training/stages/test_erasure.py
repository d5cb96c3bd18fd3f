"""What the eraser promises: no linear trace of the concept, and otherwise as little change as can be."""

from __future__ import annotations

import numpy as np
import pytest

from oncue.model.training.evaluate.probes import probe
from oncue.model.training.stages.erasure import by_group, eraser


def material(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors of 30 groups, whose styles move them along two axes of sixteen."""
    rng = np.random.default_rng(seed)
    groups, styles = np.repeat(np.arange(30), 40), np.tile(np.arange(4), 300)
    vectors = 2 * rng.standard_normal((30, 16))[groups] + rng.standard_normal((1200, 16))
    vectors[:, 3] += 3.0 * (styles == 1)
    vectors[:, 5] += 2.0 * (styles == 2) - 2.0 * (styles == 3)
    return vectors.astype(np.float32), styles, groups


def test_a_linear_probe_is_down_to_chance_and_still_knows_the_groups() -> None:
    vectors, styles, groups = material()
    erased = eraser(vectors, np.eye(4)[styles], groups)(vectors).astype(np.float32)
    assert np.mean(probe(vectors, styles)) > 0.5
    assert np.mean(probe(erased, styles)) < 0.32
    assert np.mean(probe(erased, groups)) > 0.9 * np.mean(probe(vectors, groups))


def test_the_erased_do_not_covary_with_the_concept_within_groups() -> None:
    vectors, styles, groups = material()
    erased = eraser(vectors, np.eye(4)[styles], groups)(vectors)
    means = np.stack([erased[styles == style].mean(0) for style in range(4)])
    assert np.abs(means - means.mean(0)).max() < 1e-3


def test_erasing_again_changes_nothing_and_the_mean_stays() -> None:
    vectors, styles, groups = material()
    erase = eraser(vectors, np.eye(4)[styles], groups)
    once = erase(vectors)
    assert np.allclose(erase(once), once)
    assert np.allclose(once.mean(0), vectors.mean(0), atol=1e-5)
    assert np.linalg.matrix_rank(erase.keep) == 16 - 3  # as many directions as styles, less one


def test_a_concept_that_is_not_there_costs_nothing() -> None:
    vectors, _, groups = material()
    assert eraser(vectors, np.ones((1200, 3)), groups)(vectors) == pytest.approx(vectors, abs=1e-5)


def test_a_concept_that_turns_with_the_group_is_only_erased_with_the_groups_axes() -> None:
    vectors, styles, groups = material()
    high = (groups % 2)[:, None] * 2.0 - 1
    vectors[:, :1] += 8.0 * high  # what parts the groups most
    vectors[:, 9:10] += 6.0 * high * (styles == 1)[:, None]
    concept = np.eye(4)[styles]
    plain, turned = (
        eraser(vectors, c, groups)(vectors).astype(np.float32) for c in (concept, by_group(vectors, concept, groups, 1))
    )
    one = groups % 2 == 1
    assert np.mean(probe(plain[one], styles[one])) > 0.4
    assert np.mean(probe(turned[one], styles[one])) < 0.33


def test_without_axes_a_concept_stands_as_it_is() -> None:
    vectors, styles, groups = material()
    assert np.array_equal(by_group(vectors, np.eye(4)[styles], groups, 0), np.eye(4)[styles])
    assert by_group(vectors, np.eye(4)[styles], groups, 2).shape == (1200, 12)
