from __future__ import annotations

from typing import cast

import numpy as np

from oncue.model.api import Samples, SpeechModel, Voice
from oncue.model.training.evaluate.probes import figures_of_timbre, probe
from tests.model.training.lines import line


class Ear:
    """Keeps the loudness of a clip as its timbre, and refuses what is silent."""

    def voice(self, pcm: Samples, _: int) -> Voice:
        if not pcm.any():
            raise ValueError("silent")
        return Voice("ear", {"timbre": np.full(4, np.abs(pcm).mean(), np.float32)})


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


def test_a_timbre_is_asked_for_the_style_of_lines_that_have_one_and_a_voice() -> None:
    audio = [np.full(96_000, 3000 * loudness, np.int16) for loudness in range(9)]
    items = [line(0, style, 1.0, audio[style + 1], np.zeros(400)) for style in range(8) for _ in range(6)]
    items += [line(0, 0, 0.0, audio[5], np.zeros(400)), line(0, 3, 1.0, audio[0], np.zeros(400))]
    found = figures_of_timbre(items, cast(SpeechModel, Ear()))
    assert [figure.n for figure in found] == [24, 24]
    assert found[1].value == 1
