from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.api import Samples
from oncue.streaming.protocol.messages import RATES
from oncue.streaming.session.resample import Resampler, position


def tone(rate: int, count: int, hertz: float = 440.0) -> Samples:
    sound: Samples = (0.5 * np.sin(2 * np.pi * hertz * np.arange(count) / rate)).astype(np.float32)
    return sound


@pytest.mark.parametrize("rate", RATES)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(0, 3000), max_size=6))
def test_any_split_gives_the_same_samples_and_the_exact_count(rate: int, cuts: list[int]) -> None:
    sound = tone(24000, 3000)
    whole = Resampler(24000, rate).push(sound, final=True)
    parts = Resampler(24000, rate)
    edges = [0, *sorted(cuts)]
    pieces = [parts.push(sound[a:b]) for a, b in pairwise(edges)]
    pieces.append(parts.push(sound[edges[-1] :], final=True))
    joined = np.concatenate(pieces)
    assert len(joined) == len(whole) == position(3000, 24000, rate)
    assert np.allclose(joined, whole, atol=1e-6)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_stays_where_it_was(rate: int) -> None:
    out = Resampler(24000, rate).push(tone(24000, 6000), final=True)
    middle = slice(rate // 50, len(out) - rate // 50)
    assert np.abs(out - tone(rate, len(out)))[middle].max() < 1e-3


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_tone_above_the_new_limit_is_gone(rate: int) -> None:
    out = Resampler(24000, rate).push(tone(24000, 6000, hertz=rate * 0.56), final=True)
    assert np.abs(out[200:-200]).max() < 2e-3


def test_little_is_held_back() -> None:
    for rate in RATES:
        out = Resampler(24000, rate).push(tone(24000, 2400))
        assert position(2400, 24000, rate) - len(out) <= 0.006 * rate


@given(st.integers(0, 10**9), st.sampled_from(RATES), st.sampled_from(RATES))
def test_positions_are_rounded_to_the_nearest(samples: int, source: int, target: int) -> None:
    assert abs(position(samples, source, target) * source - samples * target) * 2 <= source
