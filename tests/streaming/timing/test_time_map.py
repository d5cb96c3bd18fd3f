from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.timing.elasticity import Elastic
from oncue.streaming.timing.time_map import CodeSpans, StretchPolicy
from tests.fakes import ScriptedModel

MODEL = ScriptedModel(codes_per_second=Fraction(215, 8), sample_rate=22050)
PER_CODE = float(MODEL.spec.samples_per_code)
PLAIN = np.zeros(20, dtype=bool)


def evenly(codes: int, kappa: float = 0.0) -> Elastic:
    return StretchPolicy(MODEL.spec).hard.elastic(np.ones(codes), np.ones(codes), PLAIN[:codes], kappa)


@given(st.lists(st.tuples(st.integers(1, 9), st.floats(-0.3, 0.3)), min_size=1, max_size=30))
def test_the_sum_of_the_spans_never_drifts_from_the_sum_of_the_factors(parts: list[tuple[int, float]]) -> None:
    time_map, ideal = CodeSpans(MODEL.spec, 0.0), 0.0
    for codes, kappa in parts:
        elastic = evenly(codes)
        time_map.place(elastic, kappa, codes)
        ideal += float(elastic.factors(kappa).sum()) * PER_CODE
    assert abs(time_map.samples - ideal) < 0.6
    assert time_map.samples == sum(time_map.spans)


@given(st.integers(0, 12), st.floats(-0.2, 0.2))
def test_what_is_taken_back_leaves_no_trace(kept: int, kappa: float) -> None:
    once, twice = CodeSpans(MODEL.spec, 0.0), CodeSpans(MODEL.spec, 0.0)
    for time_map in (once, twice):
        time_map.place(evenly(12), kappa, kept)
    if kept:
        once.rewind(kept)
    twice.place(evenly(5), -kappa, 5)
    twice.rewind(kept)
    assert (once.spans, once.samples, once.kappa) == (twice.spans, twice.samples, twice.kappa)


def test_a_length_is_met_to_the_sample() -> None:
    time_map = CodeSpans(MODEL.spec, 0.0)
    time_map.place(evenly(3), 0.1, 3)
    time_map.place_all(evenly(7), 6000)
    assert sum(time_map.spans[3:]) == 6000


def test_the_mildest_limits_that_do_are_taken() -> None:
    policy, paused = StretchPolicy(MODEL.spec), np.array([False] * 9 + [True])
    made = [
        policy.mildest(lambda limits: limits.elastic(np.ones(10), np.ones(10), paused, 0.0), codes)
        for codes in (10.2, 10.45, 10.9, 13.0)
    ]
    assert [(float(one.high[0]), float(one.high[-1])) for one in made] == [
        (1.08, 1.25), (1.08, 1.25), (1.08, 1.4), (1.4, 1.4)
    ]  # fmt: skip
    assert [np.isinf(one.slew) for one in made] == [False, False, True, True]


@given(st.integers(0, 10_000), st.integers(0, 2_000), st.floats(0.0, 12.0))
def test_a_place_out_of_reach_is_met_as_nearly_as_the_family_can(wanted: int, at: int, codes: float) -> None:
    low, high = (at + codes * PER_CODE * factor for factor in MODEL.spec.stretch)
    found = CodeSpans(MODEL.spec, 0.0).nearest(wanted, at, codes)
    assert low - 0.5 <= found <= high + 0.5
    assert found == wanted or abs(found - (low if wanted < low else high)) <= 0.5
