from __future__ import annotations

import numpy as np

from model.training.probes import probe


def test_a_probe_finds_what_is_there_and_only_chance_where_nothing_is() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(10), 12)
    centres = rng.standard_normal((10, 16))
    there = (centres[labels] + 0.2 * rng.standard_normal((120, 16))).astype(np.float32)
    noise = rng.standard_normal((120, 16)).astype(np.float32)
    assert np.mean(probe(there, labels)) > 0.95
    assert np.mean(probe(noise, labels)) < 0.35
    assert len(probe(noise, labels)) == 60


def test_labels_may_be_any_numbers() -> None:
    labels = np.array([7, 7, 7, 7, 900, 900, 900, 900])
    vectors = np.where(labels[:, None] == 7, -1.0, 1.0).astype(np.float32)
    assert all(probe(vectors, labels))


def test_only_a_network_finds_what_is_not_linear() -> None:
    rng = np.random.default_rng(2)
    corners = rng.integers(0, 2, (800, 2))
    labels, vectors = corners[:, 0] ^ corners[:, 1], (corners + 0.1 * rng.standard_normal((800, 2))).astype(np.float32)
    assert np.mean(probe(vectors, labels)) < 0.8
    assert np.mean(probe(vectors, labels, hidden=32)) > 0.95
