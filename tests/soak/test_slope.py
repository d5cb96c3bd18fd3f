from __future__ import annotations

import random

import pytest

from tests.soak.slope import slope


def memory(per_hour: float, hours: float = 0.5, seed: int = 1) -> list[tuple[float, float]]:
    """Samples each five seconds: caches that fill in the first minutes, steps of an allocator, noise, and a few spikes."""
    draw, found, step = random.Random(seed), [], 0.0
    for index in range(round(hours * 720)):
        at = index / 720
        step = 0.9 * step + draw.gauss(0, 0.4)
        spike = 30.0 if draw.random() < 0.01 else 0.0
        found.append((at, 200 + 20 * min(1.0, at / (0.1 * hours)) + per_hour * at + step + spike))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_planted_leak_is_caught_in_half_an_hour(seed: int) -> None:
    found = slope(memory(20.0, seed=seed))
    assert found.grows(1.0)
    assert found.low < 20.0 < found.high or abs(found.per_hour - 20.0) < 4.0


def test_memory_that_does_not_grow_is_not_accused() -> None:
    assert not any(slope(memory(0.0, seed=seed)).grows(1.0) for seed in range(40))


def test_seven_hours_are_enough_to_say_that_it_does_not_grow() -> None:
    assert all(slope(memory(0.0, hours=7.0, seed=seed)).holds(1.0) for seed in range(10))


def test_filling_caches_are_no_leak() -> None:
    grown = [(at / 720, 100 + min(at, 30)) for at in range(360)]
    assert slope(grown).per_hour == 0.0
