from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from oncue.model.indextts2.networks.config import RegulatorConfig
from oncue.model.indextts2.networks.length_regulator import LengthRegulator, nearest_sources
from oncue.model.indextts2.streaming.grid import StreamConfig
from oncue.model.indextts2.streaming.regulator_stream import begin, regulate
from tests.model.indextts2.family import networks
from tests.model.indextts2.seeded import load_golden, seeded
from tests.model.indextts2.snr import snr_db

LOOKAHEAD_FRAMES = 4  # one for each convolution
steady = settings(max_examples=40, deadline=None, derandomize=True)
ROWS = load_golden("length_regulator")["S_infer"]  # [1, 50, 1024]
SOURCES = nearest_sources(50, 86)


@cache
def regulator() -> LengthRegulator:
    return seeded(LengthRegulator(RegulatorConfig(features=1024, dim=64, codes=32)))


def prompt_moments() -> Tensor:
    return regulator().moments(ROWS.flip(1)[:, :30] * 0.5, 50)


def in_windows(bounds: list[int], moments: Tensor, prior_frames: float) -> Tensor:
    """The frames of SOURCES, committed from bound to bound, each window with its lookahead."""
    state, parts = begin(regulator(), moments, prior_frames), []
    for first, last in pairwise([0, *bounds, len(SOURCES)]):
        sources = SOURCES[first : last + LOOKAHEAD_FRAMES]
        low = int(sources[0])
        frames, state = regulate(regulator(), state, ROWS[0, low : int(sources[-1]) + 1], sources - low, last - first)
        parts.append(frames[: last - first])
    return torch.cat(parts)


@steady
@given(
    bounds=st.sets(st.integers(1, len(SOURCES) - 1), max_size=6).map(sorted),
    prior_frames=st.sampled_from([0.0, 1.0, 20.0, math.inf]),
)
def test_any_split_gives_the_same_frames(bounds: list[int], prior_frames: float) -> None:
    whole = in_windows([], prompt_moments(), prior_frames)
    assert torch.allclose(in_windows(bounds, prompt_moments(), prior_frames), whole, atol=1e-4)


def test_with_the_lines_own_statistics_it_is_the_whole_line() -> None:
    moments = regulator().moments(ROWS, len(SOURCES))
    whole = regulator()(ROWS, len(SOURCES))[0]
    assert torch.allclose(in_windows([10, 47], moments, math.inf), whole, atol=1e-4)


def test_without_a_prior_a_still_line_is_the_whole_line_but_for_its_ends() -> None:
    still = ROWS[:, :1].expand(-1, 50, -1)
    whole = regulator()(still, len(SOURCES))[0]
    state = begin(regulator(), torch.zeros(4, 2), 0.0)
    got, _ = regulate(regulator(), state, still[0], SOURCES, len(SOURCES))
    assert snr_db(whole[20:70], got[20:70]) > 20


def test_the_longer_a_line_runs_the_nearer_it_is_to_the_whole() -> None:
    whole = regulator()(ROWS, len(SOURCES))[0]
    got = in_windows([30], prompt_moments(), 10.0)
    assert snr_db(whole[43:], got[43:]) > snr_db(whole[:43], got[:43])


def test_running_statistics_beat_those_of_a_prompt_of_another_level() -> None:
    whole = regulator()(ROWS, len(SOURCES))[0]
    running, fixed = (in_windows([], prompt_moments(), frames) for frames in (5.0, math.inf))
    assert snr_db(whole, running) > snr_db(whole, fixed)


@pytest.mark.parametrize("decoded", ["contiguous", "official"])
def test_the_weight_of_the_prompt_by_default_suits_a_prompt_made_of_a_recording_and_a_line_made_of_codes(
    decoded: str,
) -> None:
    golden, nets = load_golden("end_to_end"), networks(light=True)
    moments = nets.regulator.moments(nets.codec(golden.input("spk_cond_emb")), 54)
    rows, sources = golden[f"{decoded}.S_infer"], nearest_sources(40, 68)
    whole = nets.regulator(rows, 68)[0]

    def nearness(frames: float) -> float:
        got, _ = regulate(nets.regulator, begin(nets.regulator, moments, frames), rows[0], sources, 68)
        return snr_db(whole, got)

    assert nearness(StreamConfig().prior_frames) > 15
    assert nearness(StreamConfig().prior_frames) > nearness(86.0) + 9


def test_a_frame_knows_nothing_of_what_comes_after_its_lookahead() -> None:
    state = begin(regulator(), prompt_moments(), 10.0)
    other = ROWS[0].clone()
    other[int(SOURCES[40 + LOOKAHEAD_FRAMES]) + 1 :] = 5.0
    one, _ = regulate(regulator(), state, ROWS[0], SOURCES, 40)
    two, _ = regulate(regulator(), state, other, SOURCES, 40)
    assert torch.equal(one[:40], two[:40])
    assert not torch.equal(one[50:], two[50:])


def test_looking_ahead_leaves_no_trace_in_the_statistics() -> None:
    start = begin(regulator(), prompt_moments(), 10.0)
    _, with_more = regulate(regulator(), start, ROWS[0], SOURCES, 40)
    _, with_enough = regulate(regulator(), start, ROWS[0], SOURCES[: 40 + LOOKAHEAD_FRAMES], 40)
    assert with_more.frames == with_enough.frames == 50.0
    assert torch.allclose(with_more.moments, with_enough.moments, atol=1e-6)
    assert torch.allclose(with_more.edges, with_enough.edges, atol=1e-5)


@pytest.mark.parametrize("committed", [0, 87])
def test_a_window_commits_something_it_has(committed: int) -> None:
    with pytest.raises(ValueError, match="cannot commit"):
        regulate(regulator(), begin(regulator(), prompt_moments(), 1.0), ROWS[0], SOURCES, committed)


def test_a_prior_is_never_negative() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        begin(regulator(), prompt_moments(), math.nan)
