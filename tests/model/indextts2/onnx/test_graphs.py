"""The graphs against the reference's own outputs, on the CPU: the seeded weights and tolerances that torch is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import Tensor, nn

from oncue.model.graphs import Builder
from oncue.model.indextts2.networks.bigvgan import BigVGAN
from oncue.model.indextts2.networks.cfm import FlowMatching
from oncue.model.indextts2.networks.config import released
from oncue.model.indextts2.networks.dit import DiT
from oncue.model.indextts2.networks.gpt import GPT
from oncue.model.indextts2.onnx import graphs
from oncue.model.indextts2.onnx.serving import Place, ServedEstimator, ServedStep, ServedVocoder
from oncue.model.indextts2.options import SpeechOptions
from oncue.model.indextts2.streaming.grid import StreamConfig
from oncue.model.indextts2.streaming.sampling import SamplingConfig
from oncue.model.indextts2.streaming.slots import DecoderSlots
from tests.model.indextts2.family import networks
from tests.model.indextts2.lines import codes, decode, draw, fill, golden_prompt, prompt_of, small_gpt
from tests.model.indextts2.networks.test_cfm import FRAMES, KNOWN, estimate, golden_row
from tests.model.indextts2.seeded import load_golden

CPU = Place("onnx", torch.device("cpu"))
OPTIONS = SpeechOptions(slots=2, capacity=110, stream=StreamConfig(prompt_frames=100))


@cache
def served_step() -> ServedStep:
    return ServedStep(replace(networks(), gpt=small_gpt()), OPTIONS, CPU)


@cache
def served_estimator() -> ServedEstimator:
    return ServedEstimator(networks(), OPTIONS, CPU)


def served_slots(sampling: SamplingConfig, slots: int = 2) -> DecoderSlots:
    return DecoderSlots(small_gpt(), slots, 110, sampling=sampling, network=served_step())


@pytest.mark.parametrize(("case", "penalty"), [("contiguous", 1.0), ("contiguous.rep10", 10.0)])
def test_greedy_steps_give_the_references_codes_states_and_logits(case: str, penalty: float) -> None:
    golden = load_golden("gpt")
    state = served_slots(SamplingConfig(temperature=1.0, top_k=1, top_p=1.0, repetition_penalty=penalty))
    state.prefill([fill(1, golden_prompt())])
    golden.check(f"{case}.codes", torch.tensor(codes(decode(state, 1, 24))))
    golden.check(f"{case}.latent", state.latents(1, 0, 24))
    golden.check(f"{case}.logits", small_gpt().mel_head(state.latents(1, 0, 24)))


def test_a_slot_beside_another_gives_what_it_gives_alone() -> None:
    def spoken(neighbour: int | None) -> Tensor:
        state = served_slots(SamplingConfig())
        state.prefill([fill(0, prompt_of(3))])
        if neighbour is not None:
            state.prefill([fill(1, prompt_of(neighbour, 20))])
        for position in range(12):
            beside = [] if neighbour is None else [draw(1, 9, position)]
            state.step([draw(0, 4, position), *beside])
        return state.latents(0, 0, 12).clone()

    alone = spoken(None)
    assert torch.equal(spoken(5), alone)
    assert torch.equal(spoken(6), alone)


def test_a_decoder_in_half_precision_is_near_the_one_that_is_not() -> None:
    gpt = GPT(small_gpt().config).eval().requires_grad_(requires_grad=False)
    gpt.load_state_dict(small_gpt().state_dict())
    half = ServedStep(replace(networks(), gpt=gpt.half()), OPTIONS, CPU)
    exact = served_step()
    x, kept = torch.randn(2, 64, generator=torch.Generator().manual_seed(1)), torch.zeros(3, 2, 4, 110, 16)
    nothing = torch.zeros(2, dtype=torch.long)
    latents, logits, *_ = half(x, kept.half(), kept.half(), nothing)
    want, wanted, *_ = exact(x, kept, kept, nothing)
    assert float((latents - want).norm() / want.norm()) < 0.01
    assert float((logits - wanted).norm() / wanted.norm()) < 0.01


def test_a_call_of_the_estimator_is_the_references_in_a_padded_batch_too() -> None:
    golden, flow, served = load_golden("cfm"), networks().flow, served_estimator()
    golden.check("estimator", estimate(flow, 0.37, by=served))
    golden.check("estimator_t0", estimate(flow, 0.0, by=served))
    got = estimate(flow, 0.37, ("x", "x_b"), (FRAMES, 50), by=served)
    golden.check("estimator_batch_masked", got[0], 0)
    golden.check("estimator_batch_masked", got[1, :, :44], (1, slice(None), slice(44)))
    want = estimate(flow, 0.37, ("x", "x_b"), (FRAMES, 50))
    torch.testing.assert_close(got[1, :, :50], want[1, :, :50], rtol=0, atol=1e-4)


@pytest.mark.parametrize(("name", "guidance"), [("cfm_8", 0.7), ("cfm_8_cfg0", 0.0)])
def test_a_flow_solved_through_it_is_the_references(name: str, guidance: float) -> None:
    (solved,) = networks().flow.served(served_estimator()).solve([golden_row()], 8, guidance)
    load_golden("cfm").check(name, solved.mel.t(), (0, slice(None), slice(KNOWN, None)))


@pytest.mark.parametrize("frames", [1, 20])
def test_the_vocoder_gives_the_references_samples(frames: int) -> None:
    golden, served = load_golden("bigvgan"), ServedVocoder(networks(), OPTIONS, CPU)
    mel = golden.input("mel").transpose(1, 2)
    golden.check("wav", served(mel))
    some = mel[:, :frames].repeat(2, 1, 1)
    assert float((served(some) - networks().vocoder(some)).abs().max()) < 1e-5


@pytest.mark.parametrize(
    ("network", "write", "most"),
    [
        (lambda: GPT(released().gpt), graphs.step, 400_000),
        (lambda: DiT(released().s2mel.dit), graphs.estimate, 400_000),
        (lambda: BigVGAN(released().vocoder), graphs.vocode, 1_200_000),
    ],
)
def test_graphs_of_the_released_sizes_hold_no_weights(
    network: Callable[[], nn.Module], write: Callable[[Builder, nn.Module], None], most: int
) -> None:
    with torch.device("meta"):
        built = network()
    model, weights = graphs.build("released", built, lambda g: write(g, built))
    assert len(model.SerializeToString()) < most
    assert sum(value.numel() for value in weights.values()) > 50_000_000
    assert {each.name for each in model.graph.initializer if each.external_data} == set(weights)


def test_the_flow_that_is_served_leaves_the_one_it_was_made_of_alone() -> None:
    flow = networks().flow
    assert isinstance(flow.served(served_estimator()), FlowMatching)
    assert flow.served_by is None
