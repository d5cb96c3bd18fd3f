from __future__ import annotations

import pytest

from oncue.clients.bench.capacity import Trial, capacity, next_streams

MOST = 64


def searched(true_capacity: int, most: int = MOST) -> list[Trial]:
    trials: list[Trial] = []
    while (streams := next_streams(trials, most)) is not None:
        assert 1 <= streams <= most
        assert streams not in {trial.streams for trial in trials}, "a load was tried twice"
        trials.append(Trial(streams, streams <= true_capacity))
    return trials


@pytest.mark.parametrize("true_capacity", range(MOST + 1))
def test_the_search_finds_the_capacity_in_a_logarithm_of_trials(true_capacity: int) -> None:
    trials = searched(true_capacity)
    assert capacity(trials) == true_capacity
    assert len(trials) <= 13


def test_the_search_stops_at_the_most_it_may_try() -> None:
    assert capacity(searched(1000, most=48)) == 48


def test_a_lucky_trial_beyond_a_failed_one_is_no_capacity() -> None:
    assert capacity([Trial(1, sustained=True), Trial(2, sustained=False), Trial(4, sustained=True)]) == 1


def test_nothing_sustained_is_none_at_all() -> None:
    assert capacity([]) == capacity([Trial(1, sustained=False)]) == 0
