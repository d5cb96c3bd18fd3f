from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
import torch

from oncue.model.indextts2.networks.config import CodecConfig, released
from oncue.model.indextts2.networks.repcodec import RepCodec
from tests.model.indextts2.seeded import load_golden, manifest, seeded, unused_patterns

GOLDEN = load_golden("semantic_codec")


@cache
def codec() -> RepCodec:
    return seeded(RepCodec(CodecConfig.read(GOLDEN.config)))


def test_keys_and_shapes_are_the_checkpoints_but_for_its_decoder() -> None:
    with torch.device("meta"):
        state = RepCodec(released().codec).state_dict()
    read = {
        key: shape
        for key, shape in manifest("semantic_codec").items()
        if not any(re.fullmatch(pattern, key) for pattern in unused_patterns("semantic_codec"))
    }
    assert {key: tuple(value.shape) for key, value in state.items()} == read


def test_the_encoder_is_the_references_in_every_stage() -> None:
    layers: Any = codec().encoder
    backbone, projection = layers
    x = GOLDEN.input("spk_cond_emb")
    y = backbone.embed(x.transpose(1, 2))
    GOLDEN.check("stage.encoder.0.embed", y)
    y = backbone.norm(y.transpose(1, 2))
    GOLDEN.check("stage.encoder.0.norm", y)
    y = y.transpose(1, 2)
    for index, block in enumerate(backbone.convnext):
        y = block(y)
        GOLDEN.check(f"stage.encoder.0.convnext.{index}", y)
    GOLDEN.check("stage.encoder.0", backbone(x))
    GOLDEN.check("encoder_out", projection(backbone(x)))


def test_the_codes_are_the_references() -> None:
    GOLDEN.check("ids", codec().encode(GOLDEN.input("spk_cond_emb")))


def test_features_come_back_as_the_references_quantised_ones() -> None:
    GOLDEN.check("quantized", codec()(GOLDEN.input("spk_cond_emb")))


def test_codes_become_the_references_vectors() -> None:
    GOLDEN.check("vq2emb", codec().embed(GOLDEN["vq2emb_in"].long()).transpose(1, 2))


def test_every_row_of_a_batch_is_embedded() -> None:
    codes = torch.tensor([[1, 2, 3], [7, 8, 9]])
    assert torch.allclose(codec().embed(codes)[1], codec().embed(codes[1:])[0], atol=1e-5)


def test_loudness_of_a_vector_does_not_change_its_code() -> None:
    quantiser: Any = codec().quantizer.quantizers[0]
    x = GOLDEN["encoder_out"]
    bias = quantiser.in_project.bias.clone()
    try:
        quantiser.in_project.bias.zero_()
        assert torch.equal(quantiser.encode(3.0 * x), quantiser.encode(x))
    finally:
        quantiser.in_project.bias.copy_(bias)


def test_a_code_that_the_book_does_not_have_is_refused() -> None:
    with pytest.raises(IndexError):
        codec().embed(torch.tensor([[512]]))
