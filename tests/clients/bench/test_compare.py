from __future__ import annotations

import random

import pytest

from oncue.clients.bench.compare import METRICS, interval, order, ratios
from oncue.clients.bench.figures import BenchFigures, figures
from tests.clients.listeners import heard


def slices(*first_s: float) -> list[BenchFigures]:
    return [figures([heard((at_s, at_s + 0.1))], start_limit_s=0.2) for at_s in first_s]


def test_the_order_of_pairs_is_a_b_b_a() -> None:
    assert order(4) == (("A", "B"), ("B", "A"), ("A", "B"), ("B", "A"))


def test_a_drift_of_the_machine_that_hits_both_of_a_pair_leaves_no_ratio() -> None:
    drift = [1.0, 1.7, 2.9, 4.0]
    by_name = {one.metric: one for one in ratios(slices(*drift), slices(*drift), seed=0)}
    found = by_name["first_audible_p50_s"]
    assert (found.ratio_median, found.ratio_low, found.ratio_high) == (1.0, 1.0, 1.0)


def test_twice_as_slow_is_a_ratio_of_two() -> None:
    found = ratios(slices(0.1, 0.2, 0.3), slices(0.2, 0.4, 0.6), seed=0)[1]
    assert found.ratio_median == pytest.approx(2.0)
    assert [found.a_median, found.b_median] == pytest.approx([0.2, 0.4])


def test_over_nothing_there_is_no_ratio() -> None:
    by_name = {one.metric: one for one in ratios(slices(0.1), slices(0.2), seed=0)}
    assert by_name["stalled_s"].ratio_median is None
    assert set(by_name) == set(METRICS)


def test_the_interval_holds_the_median_and_narrows_with_more_pairs() -> None:
    draw = random.Random(5)
    few, many = [[draw.gauss(1.0, 0.1) for _ in range(count)] for count in (6, 96)]
    assert interval(few, 0)[0] <= sorted(few)[3] <= interval(few, 0)[1]
    widths = [high - low for low, high in (interval(few, 0), interval(many, 0))]
    assert widths[1] < widths[0]
    assert interval(many, 0) == interval(many, 0)
