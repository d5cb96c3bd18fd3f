"""The decoder over whole sequences against the reference, and its keys against the released checkpoint."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from oncue.model.indextts2.networks.conditioning import Conditioner
from oncue.model.indextts2.networks.config import released
from oncue.model.indextts2.networks.gpt import GPT, LengthSlot
from tests.model.indextts2.lines import causal, golden_prompt, second_pass, small_gpt
from tests.model.indextts2.seeded import load_golden, manifest, unused_patterns

GOLDEN = load_golden("gpt")


def test_the_prefix_is_the_reference_s() -> None:
    GOLDEN.check("prefix_embeds", small_gpt().prefix(golden_prompt()).unsqueeze(0))


def test_every_residual_stream_of_the_prefill_is_the_reference_s() -> None:
    gpt = small_gpt()
    entering: list[Tensor] = []

    def keep(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        entering.append(inputs[0][0])

    handles = [block.register_forward_pre_hook(keep) for block in gpt.gpt.h]
    after = gpt.gpt(gpt.prefix(golden_prompt()).unsqueeze(0), causal)[0]
    for handle in handles:
        handle.remove()
    for index, stream in enumerate([*entering, after]):
        GOLDEN.check(f"prefill_hidden.{index}", stream)


@pytest.mark.parametrize("case", ["official", "official.rep10", "contiguous", "contiguous.rep10"])
def test_the_second_pass_gives_the_reference_s_latents(case: str) -> None:
    latents = second_pass(small_gpt(), golden_prompt(), GOLDEN[f"{case}.codes"].tolist())
    GOLDEN.check(f"{case}.second_pass_latent", latents)


def test_start_and_stop_ids_inside_a_text_are_dropped() -> None:
    prompt = golden_prompt()
    spoiled = replace(prompt, text=(0, *prompt.text[:5], 1, 0, *prompt.text[5:], 1))
    assert torch.equal(small_gpt().prefix(spoiled), small_gpt().prefix(prompt))


def test_a_text_longer_than_the_table_is_refused_with_the_limit() -> None:
    with pytest.raises(ValueError, match="61 text tokens is over the model's 60"):
        small_gpt().prefix(replace(golden_prompt(), text=(5,) * 61))


def test_both_documented_places_of_the_length_hold_its_position_row_beside_the_first_speed_row() -> None:
    gpt, prompt = small_gpt(), replace(golden_prompt(), planned_codes=37.4)
    row, speed = gpt.mel_pos_embedding.emb.weight[37], gpt.speed_emb.weight
    lengths: tuple[LengthSlot, ...] = ("untold", "before_last", "last")
    untold, before, last = (gpt.condition(prompt, length)[32:] for length in lengths)
    assert torch.equal(untold, speed[[1, 0]])
    assert torch.equal(before, torch.stack([row, speed[0]]))
    assert torch.equal(last, torch.stack([speed[0], row]))


def test_a_length_beyond_the_table_is_told_as_its_last_row() -> None:
    gpt = small_gpt()
    told = gpt.condition(replace(golden_prompt(), planned_codes=1e9), "last")[-1]
    assert torch.equal(told, gpt.mel_pos_embedding.emb.weight[-1])


def test_to_tell_a_length_one_must_be_planned() -> None:
    with pytest.raises(ValueError, match="number of planned codes is needed"):
        small_gpt().condition(golden_prompt(), "last")


def test_full_size_modules_have_exactly_the_keys_and_shapes_of_the_checkpoint() -> None:
    with torch.device("meta"):
        modules = (GPT(released().gpt), Conditioner(released().gpt))
    built = {key: tuple(value.shape) for module in modules for key, value in module.state_dict().items()}
    unused = [re.compile(pattern) for pattern in unused_patterns("gpt")]
    wanted = {key: s for key, s in manifest("gpt").items() if not any(pattern.fullmatch(key) for pattern in unused)}
    assert len(built) == sum(len(module.state_dict()) for module in modules), "two modules claim one key"
    assert built == wanted


def test_in_half_precision_the_residual_stream_stays_float32() -> None:
    gpt = GPT(small_gpt().config).eval().requires_grad_(requires_grad=False)
    gpt.load_state_dict(small_gpt().state_dict())
    gpt.bfloat16()
    entering: list[Tensor] = []
    gpt.gpt.h[1].register_forward_pre_hook(lambda _, inputs: entering.append(inputs[0]))
    states = gpt.gpt(gpt.prefix(golden_prompt()).unsqueeze(0), causal)[0]
    assert entering[0].dtype == torch.float32
    want = GOLDEN["prefill_hidden.3"]
    assert float((states.float() - want).norm() / want.norm()) < 0.03
