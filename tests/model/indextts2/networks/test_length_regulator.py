from __future__ import annotations

import re
from functools import cache

import pytest
import torch

from oncue.model.indextts2.networks.config import CodecConfig, RegulatorConfig, released
from oncue.model.indextts2.networks.length_regulator import (
    LatentProjection,
    LengthRegulator,
    nearest_sources,
    semantic_features,
)
from oncue.model.indextts2.networks.repcodec import RepCodec
from tests.model.indextts2.seeded import load_golden, manifest, seeded, unused_patterns

GOLDEN = load_golden("length_regulator")


@cache
def regulator() -> LengthRegulator:
    sizes = GOLDEN.config["length_regulator"]
    return seeded(
        LengthRegulator(RegulatorConfig(sizes["in_channels"], sizes["channels"], sizes["content_codebook_size"]))
    )


@cache
def projection() -> LatentProjection:
    return seeded(LatentProjection(GOLDEN.config["gpt_layer"]["dims"]))


def part_of_manifest(part: str) -> dict[str, tuple[int, ...]]:
    prefix = f"net.{part}."
    unused = unused_patterns("s2mel")
    read = {key: s for key, s in manifest("s2mel").items() if not any(re.fullmatch(name, key) for name in unused)}
    return {key.removeprefix(prefix): shape for key, shape in read.items() if key.startswith(prefix)}


def test_keys_and_shapes_are_the_checkpoints_but_for_what_is_never_read() -> None:
    with torch.device("meta"):
        state = LengthRegulator(released().s2mel.regulator).state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == part_of_manifest("length_regulator")
    assert set(part_of_manifest("length_regulator")) | {"mask_token", "embedding.weight"} == {
        key.removeprefix("net.length_regulator.") for key in manifest("s2mel") if "length_regulator" in key
    }


def test_keys_and_shapes_of_the_projection_are_the_checkpoints() -> None:
    with torch.device("meta"):
        state = LatentProjection(released().s2mel.adapter).state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == part_of_manifest("gpt_layer")


def test_the_projection_is_the_references() -> None:
    GOLDEN.check("gpt_layer", projection()(GOLDEN.input("gpt_latent")))


def test_the_projection_of_released_size_is_the_references() -> None:
    whole = seeded(LatentProjection(released().s2mel.adapter))
    GOLDEN.check("gpt_layer_1280", whole(GOLDEN.input("gpt_latent_1280")))


def test_codes_and_latents_together_are_the_references() -> None:
    codec = seeded(RepCodec(CodecConfig.read(GOLDEN.config["semantic_codec"])))
    codes = GOLDEN.input("codes")
    GOLDEN.check("codes", codes)
    GOLDEN.check("S_infer", semantic_features(codec, projection(), codes, GOLDEN.input("gpt_latent")))


@pytest.mark.parametrize("frames", [40, 50, 51, 86, 131])
def test_a_line_of_any_length_is_the_references(frames: int) -> None:
    GOLDEN.check(f"regulated_{frames}", regulator()(GOLDEN["S_infer"], frames))


@pytest.mark.parametrize(("rows", "frames"), [(25, 43), (26, 44)])
def test_a_shorter_line_is_the_references(rows: int, frames: int) -> None:
    GOLDEN.check(f"regulated_first{rows}_{frames}", regulator()(GOLDEN["S_infer"][:, :rows], frames))


def test_every_stage_is_the_references() -> None:
    GOLDEN.check("stage.content_in_proj_86", regulator().content_in_proj(GOLDEN["S_infer"]))
    x = regulator().spread(GOLDEN["S_infer"], nearest_sources(50, 86))
    for index, part in enumerate(regulator().model):
        x = part(x)
        GOLDEN.check(f"stage.model.{index}_86", x)


def test_the_condition_of_the_prompt_is_the_references() -> None:
    whole = load_golden("end_to_end")
    codec = seeded(RepCodec(CodecConfig.read(whole.config["semantic_codec"])))
    whole.check("prompt_condition", regulator()(codec(whole.input("spk_cond_emb")), whole.facts["ref_mel_frames"]))


def test_rows_are_found_in_single_precision() -> None:
    exact = torch.tensor([frame * 26 // 44 for frame in range(44)])
    assert not torch.equal(nearest_sources(26, 44), exact)
    assert torch.equal(nearest_sources(25, 43), torch.tensor([frame * 25 // 43 for frame in range(43)]))


@pytest.mark.parametrize(("rows", "frames"), [(1, 1), (1, 7), (9, 3), (1499, 2578)])
def test_rows_are_never_passed_nor_taken_back(rows: int, frames: int) -> None:
    sources = nearest_sources(rows, frames)
    assert sources[0] == 0
    assert sources[-1] <= rows - 1
    assert (sources.diff() >= 0).all()


def test_moments_are_what_the_norms_took_away() -> None:
    moments = regulator().moments(GOLDEN["S_infer"], 86)
    before = GOLDEN["stage.model.0_86"]
    assert moments.shape == (4, 2)
    assert torch.allclose(moments[0], torch.stack([before.mean(), before.square().mean()]), atol=1e-5)
