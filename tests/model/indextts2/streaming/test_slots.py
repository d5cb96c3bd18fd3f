"""Decoding in slots: the reference's codes and states, and that no slot ever feels another."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from oncue.model.indextts2.networks.gpt import CodePositions
from oncue.model.indextts2.streaming.sampling import SamplingConfig
from oncue.model.indextts2.streaming.slots import DecoderSlots, Draw, Drawn, Fill
from tests.model.indextts2.lines import (
    GREEDY,
    alone,
    codes,
    decode,
    draw,
    fill,
    golden_prompt,
    prompt_of,
    second_pass,
    slots_of,
    small_gpt,
)
from tests.model.indextts2.seeded import load_golden

GOLDEN = load_golden("gpt")
COUNT = 24
LAW = settings(max_examples=8, deadline=None, derandomize=True, database=None)
CASES: list[tuple[str, CodePositions, float]] = [
    ("official", "released", 1.0),
    ("official.rep10", "released", 10.0),
    ("contiguous", "contiguous", 1.0),
    ("contiguous.rep10", "contiguous", 10.0),
]


@pytest.mark.parametrize(("case", "positions", "penalty"), CASES)
def test_greedy_decoding_gives_the_reference_s_codes_states_and_logits(
    case: str, positions: CodePositions, penalty: float
) -> None:
    sampling = SamplingConfig(temperature=1.0, top_k=1, top_p=1.0, repetition_penalty=penalty)
    state = slots_of(2, positions, sampling)
    state.prefill([fill(1, golden_prompt())])
    GOLDEN.check(f"{case}.codes", torch.tensor(codes(decode(state, 1, COUNT))))
    latents = state.latents(1, 0, COUNT)
    GOLDEN.check(f"{case}.latent", latents)
    GOLDEN.check(f"{case}.logits", small_gpt().mel_head(latents))


@pytest.mark.parametrize(("case", "positions"), [("official", "released"), ("contiguous", "contiguous")])
def test_states_before_the_last_norm_are_the_reference_s(case: str, positions: CodePositions) -> None:
    state = slots_of(1, positions, GREEDY)
    seen: list[Tensor] = []
    handle = small_gpt().gpt.ln_f.register_forward_hook(lambda _, __, output: seen.append(output[0, -1]))
    state.prefill([fill(0, golden_prompt())])
    decode(state, 0, COUNT - 1)
    handle.remove()
    GOLDEN.check(f"{case}.hidden_lnf", torch.stack(seen))


def test_the_raw_logits_of_the_reference_s_sampled_run_are_those_of_a_line_that_said_its_codes() -> None:
    run, state = load_golden("sampling"), slots_of(1, "released")
    state.prefill([fill(0, golden_prompt(), tuple(run["run.codes"].tolist()))])
    run.check("run.raw_logits", small_gpt().mel_head(state.latents(0, 0, COUNT)))


def test_with_contiguous_positions_the_states_are_those_of_a_second_pass() -> None:
    said, latents = alone(prompt_of(1), slot=0, count=20)
    torch.testing.assert_close(latents, second_pass(small_gpt(), prompt_of(1), said), rtol=0, atol=2e-5)


def test_a_step_reads_nothing_back_before_its_result() -> None:
    # Under fake tensors every read of a value raises, as it would break a recorded step.
    state = slots_of(2)
    with FakeTensorMode(allow_non_fake_inputs=True), torch.inference_mode():
        state._advance(2)


@LAW
@given(order=st.lists(st.sampled_from([0, 2]), min_size=6, max_size=18), seed=st.integers(0, 2**64 - 1))
def test_a_slot_beside_desynchronised_neighbours_equals_itself_alone_to_the_bit(order: list[int], seed: int) -> None:
    state = slots_of(3)
    state.prefill([fill(1, prompt_of(7))])
    state.prefill([fill(0, prompt_of(8))])
    state.prefill([fill(2, prompt_of(9, text=30))])
    said = []
    for position in range(6):
        beside = order[position::6]
        steps = [draw(slot, 99, state.codes_of(slot)) for slot in dict.fromkeys(beside)]
        drawn = state.step([*steps, draw(1, seed, position)])
        said.append(drawn[-1])
    want, latents = alone(prompt_of(7), 1, 6, seed)
    assert codes(said) == want
    assert torch.equal(state.latents(1, 0, 6), latents)


def test_a_neighbour_full_of_nans_says_none_and_harms_nobody() -> None:
    state = slots_of(3)
    broken = fill(0, prompt_of(3))
    state.prefill([Fill(0, broken.prefix * math.nan)])
    state.prefill([fill(1, prompt_of(7))])
    both = [state.step([draw(0, 1, position), draw(1, 5, position)]) for position in range(5)]
    assert all(pair[0].code is None for pair in both)
    want, latents = alone(prompt_of(7), 1, 5, seed=5)
    assert codes([pair[1] for pair in both]) == want
    assert torch.equal(state.latents(1, 0, 5), latents)


def test_a_released_slot_is_as_new_even_after_nans() -> None:
    state = slots_of(3)
    state.prefill([Fill(1, fill(1, prompt_of(3, text=40)).prefix * math.nan)])
    state.step([draw(1, 1, 0)])
    state.release(1)
    assert not bool(state._keys[:, 1].any() or state._values[:, 1].any() or state._latents[1].any())
    state.prefill([fill(1, prompt_of(7))])
    want, latents = alone(prompt_of(7), 1, 8, seed=5)
    assert codes(decode(state, 1, 8, seed=5)) == want
    assert torch.equal(state.latents(1, 0, 8), latents)


def test_to_release_a_free_slot_is_harmless() -> None:
    state = slots_of(2)
    state.release(1)
    assert state.codes_of(1) == 0


def test_lines_started_together_say_what_they_say_alone() -> None:
    state = slots_of(3)
    state.prefill([fill(2, prompt_of(4, text=20)), fill(0, prompt_of(5, text=3))])
    for slot, prompt in ((2, prompt_of(4, text=20)), (0, prompt_of(5, text=3))):
        want, latents = alone(prompt, slot, 10, seed=slot)
        assert codes(decode(state, slot, 10, seed=slot)) == want
        torch.testing.assert_close(state.latents(slot, 0, 10), latents, rtol=0, atol=2e-5)


def test_a_smaller_group_is_computed_where_it_holds_every_slot_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    state = slots_of(4, groups=(1, 2))
    computed: list[int] = []

    def run(group: int) -> None:
        computed.append(group)
        state._advance(group)

    monkeypatch.setattr(state, "_run", run)
    state.prefill([fill(0, prompt_of(4))])
    state.prefill([fill(2, prompt_of(5))])
    state.step([draw(0, 1, 0)])
    state.step([draw(2, 1, 0), draw(0, 1, 1)])
    assert computed == [1, 4]


def test_a_line_refilled_with_what_it_said_goes_on_as_if_nothing_had_happened() -> None:
    want, latents = alone(prompt_of(6), 1, 14, seed=2)
    state = slots_of(3)
    state.prefill([fill(1, prompt_of(6))])
    before = codes(decode(state, 1, 9, seed=2))
    state.prefill([fill(1, prompt_of(6), before)])
    assert before + codes(decode(state, 1, 5, seed=2, first=9)) == want
    torch.testing.assert_close(state.latents(1, 0, 14), latents, rtol=0, atol=2e-5)


def test_a_line_refilled_under_another_condition_keeps_the_states_of_what_it_said() -> None:
    state = slots_of(2)
    state.prefill([fill(0, prompt_of(6))])
    before = codes(decode(state, 0, 6))
    said = state.latents(0, 0, 6).clone()
    state.prefill([fill(0, prompt_of(16), before)])
    assert torch.equal(state.latents(0, 0, 6), said)
    assert state.codes_of(0) == 6
    after = state.latents(0, 0, 6 + len(decode(state, 0, 1)))[6]
    assert not torch.allclose(after, alone(prompt_of(6), 0, 7)[1][6], atol=1e-2)


def test_a_line_put_into_a_fresh_slot_with_its_codes_has_their_states() -> None:
    said, latents = alone(prompt_of(6), 0, 10)
    state = slots_of(3)
    state.prefill([fill(0, prompt_of(6), said)])
    torch.testing.assert_close(state.latents(0, 0, 10), latents, rtol=0, atol=2e-5)


def _ends(stop_bias: float | None, seeds: int = 12) -> list[Drawn]:
    state = slots_of(1)
    state.prefill([fill(0, prompt_of(2))])
    return [state.step([draw(0, seed, 0, stop_bias)])[0] for seed in range(seeds)]


def test_a_stop_that_is_ruled_out_never_happens_and_a_pressing_one_always_does() -> None:
    assert not any(drawn.stop for drawn in _ends(None))
    assert all(drawn.stop for drawn in _ends(60.0))


def test_neither_stop_nor_start_is_ever_said_as_a_code() -> None:
    config = small_gpt().config
    with_pressure = {drawn.code for drawn in _ends(3.0)}
    assert not with_pressure & {config.start_code, config.stop_code, None}


def test_a_slot_that_is_full_is_refused_before_anything_is_computed() -> None:
    state = DecoderSlots(small_gpt(), 1, 50)
    state.prefill([fill(0, prompt_of(1, text=12))])  # 34 + 12 + 3 = 49 positions
    assert state.room(0) == 1
    state.step([draw(0, 1, 0)])
    with pytest.raises(ValueError, match="full"):
        state.step([draw(0, 1, 1)])
    assert state.codes_of(0) == 1


def test_a_prefix_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="49 positions does not fit into a slot of 49"):
        DecoderSlots(small_gpt(), 1, 49).prefill([fill(0, prompt_of(1, text=12))])


def test_without_a_gpu_there_is_nothing_to_record() -> None:
    state = slots_of(1)
    state.capture()
    assert state._graphs == {}


def test_a_draw_of_a_slot_without_a_line_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="without a line"):
        slots_of(1).step([Draw(0, 0.5, 0.5, None)])
