from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streaming.stretch import BISECTIONS, KAPPA_LIMIT, Elastic, spread_exactly

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
    assert abs(elastic([0.58, 1.35]).solve(2.0)) <= KAPPA_LIMIT * 2.0**-BISECTIONS
