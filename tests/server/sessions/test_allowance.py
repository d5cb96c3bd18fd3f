from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.server.sessions.allowance import Addresses, Allowance, Both
from oncue.streaming.protocol.errors import RateLimited


def test_lines_beyond_the_limit_wait_for_one_to_end() -> None:
    allowance = Allowance(2, None)
    allowance.begin(10, 0.0)
    allowance.begin(10, 0.0)
    with pytest.raises(RateLimited) as caught:
        allowance.begin(10, 0.0)
    assert float(caught.value.detail["retry_after_s"]) > 0
    allowance.end()
    allowance.begin(10, 0.0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 200)), max_size=60))
def test_no_minute_holds_more_than_two_minutes_worth_and_whoever_waits_as_told_is_served(
    asked: list[tuple[float, int]],
) -> None:
    allowance, now, taken = Allowance(None, 100), 0.0, list[tuple[float, int]]()
    for pause, characters in asked:
        now += pause
        try:
            allowance.take(characters, now)
        except RateLimited as error:
            now += float(error.detail["retry_after_s"]) + 0.001
            allowance.take(characters, now)
        taken.append((now, characters))
        minute = [count for at, count in taken if at > now - 60]
        assert sum(min(count, 100) for count in minute[:-1]) <= 200


def test_a_text_longer_than_a_minutes_worth_is_paid_back() -> None:
    allowance = Allowance(None, 60)
    allowance.take(120, 0.0)
    with pytest.raises(RateLimited):
        allowance.take(1, 59.0)
    allowance.take(1, 62.0)


def test_what_is_refused_is_not_counted() -> None:
    allowance = Allowance(1, 10)
    allowance.begin(10, 0.0)
    for _ in range(3):
        with pytest.raises(RateLimited):
            allowance.begin(5, 0.0)
    allowance.end()
    allowance.begin(5, 30.1)


def test_what_either_refuses_counts_for_neither() -> None:
    key, address = Allowance(5, 100), Allowance(1, 100, "Your address")
    both = Both(key, address)
    both.begin(40, 0.0)
    with pytest.raises(RateLimited, match="Your address speaks 1 lines"):
        both.begin(40, 0.0)
    address.end()
    address.begin(60, 0.0)
    key.begin(60, 0.0)
    with pytest.raises(RateLimited) as caught:
        both.take(10, 0.0)
    assert caught.value.detail["retry_after_s"] == pytest.approx(6.0)


def test_an_address_has_one_allowance_and_those_who_rest_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncue.server.sessions.allowance._MOST_ADDRESSES", 2)
    assert Addresses(None, None).of("a") is None
    addresses = Addresses(1, None)
    busy = addresses.of("busy")
    assert busy is not None
    busy.begin(1, 0.0)
    for number in range(10):
        addresses.of(str(number))
    assert addresses.of("busy") is busy
