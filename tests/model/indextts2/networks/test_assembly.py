"""All networks together: the keys of the released files, and the goldens from features to sound."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from oncue.model.indextts2.checkpoints.manifest import shipped
from oncue.model.indextts2.networks.assembly import build
from oncue.model.indextts2.networks.cfm import FlowRow
from oncue.model.indextts2.networks.config import released
from oncue.model.indextts2.networks.gpt import CodePositions, Prompt
from oncue.model.indextts2.streaming.sampling import SamplingConfig
from oncue.model.indextts2.streaming.slots import DecoderSlots, Draw, Fill
from tests.model.indextts2.family import networks
from tests.model.indextts2.lines import second_pass
from tests.model.indextts2.seeded import load_golden

PARTS = ("gpt", "s2mel", "semantic_codec", "campplus", "bigvgan")
CODES, FRAMES, PROMPT_FRAMES = 40, 68, 54


@pytest.mark.parametrize("part", PARTS)
def test_networks_of_released_size_have_exactly_the_keys_and_shapes_of_the_released_files(part: str) -> None:
    with torch.device("meta"):
        targets = build(released()).targets()[part]
    found = {
        target.prefix + key: tuple(value.shape)
        for target in targets
        for key, value in target.module.state_dict().items()
    }
    manifest = shipped(part)
    assert {key: found[key] for key in manifest.wanted} == manifest.wanted
    others = {key: shape for key, shape in found.items() if key not in manifest.wanted}
    assert all(manifest.keys[key] == shape and manifest.is_unused(key) for key, shape in others.items())


def prompt() -> Prompt:
    golden, conditioner = load_golden("end_to_end"), networks().conditioner
    speech, feeling = golden.input("spk_cond_emb"), golden.input("emo_cond_emb")
    emotion = conditioner.emotion(feeling)
    text = tuple(golden.input("text")[0].tolist())
    return Prompt(conditioner.speaker(speech)[0], emotion[0], text)


def decode(positions: CodePositions) -> tuple[list[int], Tensor]:
    """Greedy codes with the release's penalty, and the states that predicted them."""
    greedy = SamplingConfig(temperature=1.0, top_k=1, top_p=1.0, repetition_penalty=10.0)
    slots = DecoderSlots(networks().gpt, 1, 110, positions, greedy)
    slots.prefill([Fill(0, networks().gpt.prefix(prompt()))])
    drawn = [slots.step([Draw(0, 0.0, 0.0, None)])[0].code for _ in range(CODES)]
    return [code for code in drawn if code is not None], slots.latents(0, 0, CODES).clone()


@pytest.mark.parametrize(("name", "positions"), [("contiguous", "contiguous"), ("official", "released")])
def test_from_features_to_sound_every_step_is_the_reference(name: str, positions: CodePositions) -> None:
    golden, nets = load_golden("end_to_end"), networks()
    codes, latents = decode(positions)
    golden.check(f"{name}.codes", np.array(codes))
    golden.check(f"{name}.latent_ar", latents.unsqueeze(0))
    second = second_pass(nets.gpt, prompt(), codes)
    golden.check(f"{name}.latent_second_pass", second.unsqueeze(0))
    content = nets.semantic(torch.tensor(codes), second)
    golden.check(f"{name}.S_infer", content.unsqueeze(0))
    condition = nets.regulator(content.unsqueeze(0), FRAMES)
    golden.check(f"{name}.cond", condition)
    known = nets.regulator(nets.codec(golden.input("spk_cond_emb")), PROMPT_FRAMES)
    golden.check("prompt_condition", known)
    noise = golden.input("noise")[0, :, : PROMPT_FRAMES + FRAMES].t()
    row = FlowRow(
        prompt=golden["ref_mel"][0].t(),
        noise=noise[PROMPT_FRAMES:],
        content=torch.cat([known, condition], dim=1)[0],
        style=golden["style"][0],
    )
    mel = nets.flow.solve([row], 25, 0.7)[0].mel
    golden.check(f"{name}.mel", mel.t().unsqueeze(0))
    golden.check(f"{name}.wav", 32767 * nets.vocoder(mel.unsqueeze(0))[0])
