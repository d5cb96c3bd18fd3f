from __future__ import annotations

from oncue.server.emotion.circuit_breaker import CircuitBreaker


def failing(times: int, at: float = 0.0) -> CircuitBreaker:
    breaker = CircuitBreaker(failures=3, rest_s=30.0)
    for _ in range(times):
        breaker.failed(at)
    return breaker


def test_a_few_failures_are_forgiven() -> None:
    assert failing(2).allows(0.0)


def test_a_success_forgets_the_failures_before_it() -> None:
    breaker = failing(2)
    breaker.succeeded()
    breaker.failed(1.0)
    assert breaker.allows(1.0)


def test_after_too_many_it_is_left_alone_for_a_while() -> None:
    breaker = failing(3, at=100.0)
    assert breaker.resting
    assert not breaker.allows(100.0)
    assert not breaker.allows(129.9)


def test_then_one_may_try_and_the_others_wait_for_what_comes_of_it() -> None:
    breaker = failing(3)
    assert breaker.allows(30.0)
    assert not breaker.allows(30.0)
    breaker.succeeded()
    assert breaker.allows(30.1)
    assert breaker.allows(30.1)


def test_a_trial_that_fails_begins_another_rest() -> None:
    breaker = failing(3)
    assert breaker.allows(30.0)
    breaker.failed(31.0)
    assert not breaker.allows(60.9)
    assert breaker.allows(61.0)


def test_a_trial_nobody_judges_is_followed_by_another() -> None:
    breaker = failing(3)
    assert breaker.allows(30.0)
    assert breaker.allows(60.0)
