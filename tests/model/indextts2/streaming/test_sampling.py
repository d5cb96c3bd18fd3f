"""Processors against the reference, and the laws of drawing and stopping."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.indextts2.streaming.sampling import (
    PLACEHOLDER,
    SamplingConfig,
    StopBias,
    choose,
    dice,
    penalise,
    process,
    truncate,
)
from tests.model.indextts2.seeded import load_golden

GOLDEN = load_golden("sampling")
RELEASED = SamplingConfig()
LAW = settings(max_examples=25, deadline=None, derandomize=True, database=None)


def seen_of(history: list[int], vocabulary: int, start: int) -> torch.Tensor:
    seen = torch.zeros(1, vocabulary, dtype=torch.bool)
    seen[0, [PLACEHOLDER, start, *history]] = True
    return seen


def test_a_whole_run_is_processed_as_the_reference_did() -> None:
    codes = GOLDEN["run.codes"].tolist()
    for step in range(len(codes)):
        scores = process(GOLDEN["run.raw_logits"][step : step + 1], seen_of(codes[:step], 514, 512), RELEASED)
        kept = scores[0].isfinite()
        assert torch.equal(kept, GOLDEN["run.scores"][step].isfinite())
        GOLDEN.check("run.scores", scores[0, kept], (step, kept))


@pytest.mark.parametrize("case", range(7))
@pytest.mark.parametrize("beams", [False, True])
def test_the_same_ids_survive_with_the_same_scores(case: int, *, beams: bool) -> None:
    logits = GOLDEN.input(f"case{case}.logits")
    seen = seen_of(GOLDEN[f"case{case}.history"].tolist(), 8194, 8192)
    name = f"case{case}.beam_kept" if beams else f"case{case}.kept"
    scores = process(logits.log_softmax(-1) if beams else logits, seen, RELEASED, min_kept=2 if beams else 1)[0]
    ids = scores.isfinite().nonzero()[:, 0]
    order = GOLDEN[f"{name}_ids"].long().argsort()
    GOLDEN.check(f"{name}_ids", ids, order)
    GOLDEN.check(f"{name}_scores", scores[ids], order)
    if not beams:
        GOLDEN.check(f"{name}_probs", scores.softmax(-1)[ids], order)


def test_a_penalised_id_is_never_more_likely_than_before() -> None:
    logits = torch.tensor([[2.0, -2.0, 0.0]])
    assert penalise(logits, torch.ones(1, 3, dtype=torch.bool), 8.0).tolist() == [[0.25, -16.0, 0.0]]
    assert torch.equal(penalise(logits, torch.zeros(1, 3, dtype=torch.bool), 10.0), logits)


def test_one_best_and_no_nucleus_is_greedy() -> None:
    scores = truncate(torch.tensor([[0.1, 0.9, 0.5], [3.0, 1.0, 2.0]]), 1, 1.0)
    assert scores.isfinite().nonzero().tolist() == [[0, 1], [1, 0]]


def test_ids_as_good_as_the_last_of_the_best_stay() -> None:
    assert int(truncate(torch.tensor([[1.0, 1.0, 1.0, 0.0]]), 2, 1.0).isfinite().sum()) == 3


@LAW
@given(number=st.floats(0, 1, exclude_max=True), keep=st.integers(1, 12), seed=st.integers(0, 10_000))
def test_what_is_chosen_was_kept(number: float, keep: int, seed: int) -> None:
    scores = torch.randn(1, 12, generator=torch.Generator().manual_seed(seed)) * 8
    scores = truncate(scores, keep, 0.9)
    chosen = choose(scores, torch.tensor([number], dtype=torch.float64))
    assert bool(scores[0, chosen].isfinite())


def test_numbers_spread_evenly_choose_each_id_as_often_as_it_is_likely() -> None:
    scores = torch.log(torch.tensor([[0.5, 0.2, 0.3]])).expand(1000, 3)
    numbers = (torch.arange(1000, dtype=torch.float64) + 0.5) / 1000
    assert torch.bincount(choose(scores, numbers)).tolist() == [500, 200, 300]


def test_the_number_just_below_one_chooses_the_last_id_kept() -> None:
    scores = torch.tensor([[0.0, 1.0, -torch.inf, -torch.inf]])
    assert choose(scores, torch.tensor([1 - 2**-53], dtype=torch.float64)).tolist() == [1]


def test_numbers_depend_on_seed_and_position_alone() -> None:
    assert dice(5, 7) == dice(5, 7)
    drawn = {number for seed in (-1, 0, 2**64 - 2) for position in range(50) for number in dice(seed, position)}
    assert len(drawn) == 300
    assert all(0 <= number < 1 for number in drawn)


@LAW
@given(st.floats(-5000, 5000), st.floats(0, 5000))
def test_the_nearer_the_planned_end_the_less_speaks_against_the_stop(codes_left: float, further: float) -> None:
    bias = StopBias()
    assert bias.at(codes_left) >= bias.at(codes_left + further)
    assert abs(bias.at(codes_left)) <= bias.limit


def test_near_the_planned_end_the_decoder_is_left_alone() -> None:
    bias = StopBias(slope=0.5, band_codes=3.0, limit=4.0)
    assert [bias.at(left) for left in (1.0, 4.0, -2.0)] == [0.0, 0.0, 0.0]
    assert (bias.at(6.0), bias.at(-6.0), bias.at(900.0)) == (-1.0, 2.0, -4.0)
    assert StopBias(slope=0.0).at(-500.0) == 0.0


@pytest.mark.parametrize(
    "broken", [{"temperature": 0.0}, {"top_k": 0}, {"top_p": 0.0}, {"top_p": 1.5}, {"repetition_penalty": 0.0}]
)
def test_sampling_that_allows_no_choice_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Sampling needs"):
        SamplingConfig(**broken)
