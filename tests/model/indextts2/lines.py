"""Small lines to decode in tests: the seeded decoder, the goldens' prompt, and a whole line at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from oncue.model.indextts2.networks.conditioning import Conditioner
from oncue.model.indextts2.networks.gpt import GPT, CodePositions, Prompt, code_positions
from oncue.model.indextts2.streaming.sampling import SamplingConfig, dice
from oncue.model.indextts2.streaming.slots import DecoderSlots, Draw, Drawn, Fill
from tests.model.indextts2.seeded import load_golden, seeded, small_config

GREEDY = SamplingConfig(temperature=1.0, top_k=1, top_p=1.0, repetition_penalty=1.0)


@cache
def small_gpt() -> GPT:
    return seeded(GPT(small_config().gpt))


@cache
def golden_prompt() -> Prompt:
    """The prompt of the goldens: one voice, another's feeling at full intensity, twelve text ids."""
    golden, conditioner = load_golden("gpt"), seeded(Conditioner(small_config().gpt))
    speech, feeling = golden.input("spk_cond_emb"), golden.input("emo_cond_emb")
    emotion = conditioner.emotion(feeling)
    return Prompt(conditioner.speaker(speech)[0], emotion[0], tuple(golden["text_ids"][0].tolist()))


def causal(_layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attend to everything before, nothing kept."""
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def second_pass(gpt: GPT, prompt: Prompt, said: Sequence[int]) -> Tensor:
    """Latents [codes, dim] of a finished line as the release computes them: one more pass over all of it."""
    prefix = gpt.prefix(prompt)
    positions = code_positions(1, len(said), "contiguous", prefix.device)
    x = torch.cat([prefix, gpt.code_inputs(torch.tensor(list(said)), positions)])
    latents, _ = gpt.heads(gpt.gpt(x.unsqueeze(0), causal)[0, len(prefix) - 1 : -1])
    return latents


def prompt_of(seed: int, text: int = 9) -> Prompt:
    """Some other line."""
    draw = torch.Generator().manual_seed(seed)
    ids = torch.randint(2, 200, (text,), generator=draw).tolist()
    return Prompt(torch.randn(32, 64, generator=draw), torch.randn(64, generator=draw), tuple(ids))


def slots_of(
    slots: int = 3,
    positions: CodePositions = "contiguous",
    sampling: SamplingConfig | None = None,
    groups: Sequence[int] = (),
) -> DecoderSlots:
    return DecoderSlots(small_gpt(), slots, 110, positions, sampling, groups)


def fill(slot: int, prompt: Prompt, codes: tuple[int, ...] = ()) -> Fill:
    return Fill(slot, small_gpt().prefix(prompt), codes)


def draw(slot: int, seed: int, position: int, stop_bias: float | None = None) -> Draw:
    return Draw(slot, *dice(seed, position), stop_bias)


def decode(state: DecoderSlots, slot: int, count: int, seed: int = 0, first: int = 0) -> list[Drawn]:
    """`count` codes of one slot, stops ruled out."""
    return [state.step([draw(slot, seed, first + index)])[0] for index in range(count)]


def codes(drawn: Sequence[Drawn]) -> tuple[int, ...]:
    said = [item.code for item in drawn]
    assert None not in said
    return tuple(code for code in said if code is not None)


def alone(prompt: Prompt, slot: int, count: int, seed: int = 0, slots: int = 3) -> tuple[tuple[int, ...], Tensor]:
    """Codes and latents of a line with nothing beside it."""
    state = slots_of(slots)
    state.prefill([fill(slot, prompt)])
    said = codes(decode(state, slot, count, seed))
    return said, state.latents(slot, 0, count).clone()
