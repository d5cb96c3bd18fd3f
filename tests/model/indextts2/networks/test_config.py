"""Sizes: the released ones fit what the checkpoints hold, and a published file is read by its own names."""

from __future__ import annotations

import pytest

from oncue.model.indextts2.networks.config import IndexTTSConfig, released
from tests.model.indextts2.seeded import load_golden, manifest, small_config


def test_the_released_tables_have_the_rows_of_the_checkpoint() -> None:
    gpt, keys = released().gpt, manifest("gpt")
    assert keys["text_embedding.weight"] == (gpt.text_rows, gpt.dim)
    assert keys["text_pos_embedding.emb.weight"] == (gpt.text_positions, gpt.dim)
    assert keys["mel_pos_embedding.emb.weight"] == (gpt.code_positions, gpt.dim)
    assert keys["mel_head.weight"] == (gpt.codes, gpt.dim)
    assert keys["perceiver_encoder.latents"] == (gpt.speaker.latents, gpt.speaker.latent_dim)


def test_a_published_file_is_read_by_its_own_names() -> None:
    config = small_config()
    assert (config.gpt.dim, config.gpt.layers, config.gpt.stop_code) == (64, 3, 513)
    assert config.s2mel.adapter == tuple(load_golden("sampling").config["gpt_layer"]["dims"])
    assert config.vocoder.resblock_kernels == (3, 7, 11)


def test_a_file_without_a_section_is_refused_with_its_name() -> None:
    with pytest.raises(KeyError, match="gpt"):
        IndexTTSConfig.read({}, {})


def test_there_are_as_many_prototype_groups_as_emotions() -> None:
    assert len(released().emotion_groups) == 8
    assert sum(released().emotion_groups) == 73
