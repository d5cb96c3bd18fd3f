from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.timing.elasticity import KAPPA_LIMIT, NEAR, Elastic, spread_exactly

exponents = st.lists(st.sampled_from([0.58, 0.63, 1.35, 1.78]), min_size=1, max_size=40)


def elastic(items: list[float], low: float = 0.72, high: float = 1.4) -> Elastic:
    size = len(items)
    return Elastic(np.ones(size), np.array(items), np.full(size, low), np.full(size, high))


@given(exponents, st.floats(0.73, 1.39), st.sampled_from([Fraction(960), Fraction(43 * 256, 25), Fraction(882)]))
def test_spans_sum_to_any_length_within_the_limits(items: list[float], ratio: float, per_code: Fraction) -> None:
    samples = round(ratio * len(items) * per_code)
    spans = spread_exactly(elastic(items), samples, per_code)
    assert sum(spans) == samples
    assert all(0.72 * per_code - 1 <= span <= 1.4 * per_code + 1 for span in spans)


@given(exponents, st.floats(0.05, 3.0))
def test_spans_never_leave_the_limits_even_when_the_length_is_beyond_them(items: list[float], ratio: float) -> None:
    spans = spread_exactly(elastic(items), round(ratio * len(items) * 960), Fraction(960))
    assert all(0.72 * 960 - 1 <= span <= 1.4 * 960 + 1 for span in spans)


def test_pauses_give_more_than_vowels_and_vowels_more_than_stops() -> None:
    stop, vowel, pause = spread_exactly(elastic([0.58, 1.35, 1.78]), 3300, Fraction(960))
    assert 960 < stop < vowel < pause


def test_the_solution_is_no_stretch_when_the_length_is_natural() -> None:
    assert elastic([0.58, 1.35]).solve(2.0) == 0


@given(exponents, st.floats(0.5, 1.6))
def test_the_solution_gives_the_length_or_is_the_limit(items: list[float], ratio: float) -> None:
    one, codes = elastic(items), ratio * len(items)
    kappa = one.solve(codes)
    assert abs(one.length(kappa) - codes) < NEAR or abs(kappa) == KAPPA_LIMIT
    assert (abs(kappa) < KAPPA_LIMIT) == (one.length(-KAPPA_LIMIT) < codes < one.length(KAPPA_LIMIT))


@given(exponents, st.floats(-0.5, 0.5), st.floats(-0.2, 0.2))
def test_a_drift_never_changes_faster_than_its_slew(items: list[float], kappa: float, start: float) -> None:
    size = len(items)
    drift = Elastic(np.ones(size), np.array(items), np.full(size, 0.1), np.full(size, 9.0), start, 0.02)
    way = np.concatenate([[start], drift.kappas(kappa)])
    assert np.all(np.abs(np.diff(way)) <= 0.02 + 1e-12)
    assert np.all(np.abs(way - kappa) <= abs(start - kappa) + 1e-12)


def test_a_drift_reaches_less_than_a_step() -> None:
    size = 10
    drift = Elastic(np.ones(size), np.ones(size), np.full(size, 0.5), np.full(size, 2.0), 0.0, 0.01)
    assert not drift.reaches(12.0)
    assert elastic([1.0] * size, 0.5, 2.0).reaches(12.0)
