from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncue.clients.live.playback import PlaybackPosition


def test_the_clock_runs_from_the_first_sound() -> None:
    position = PlaybackPosition(1000)
    assert position.sample(5.0) == 0
    position.arrived(500, 10.0)
    assert position.sample(10.25) == 250
    assert position.left_s(10.25) == 0.25
    assert position.sample(11.0) == 500


def test_it_waits_where_sound_is_late_and_goes_on_when_it_comes() -> None:
    position = PlaybackPosition(1000)
    position.arrived(100, 0.0)
    assert position.sample(0.5) == 100
    position.arrived(100, 0.5)
    assert position.sample(0.55) == 150


def test_a_device_is_heard_later_than_it_is_fed() -> None:
    position = PlaybackPosition(1000, latency_s=0.25)
    position.arrived(100, 0.0)
    assert position.sample(0.25) == 0
    assert position.sample(0.3125) == 62
    assert position.left_s(0.0) == 0.35


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 0.3)), min_size=1, max_size=30))
def test_it_never_runs_ahead_of_the_sound_nor_backwards(arrivals: list[tuple[int, float]]) -> None:
    position, now, last, total = PlaybackPosition(1000, 0.05), 0.0, 0, 0
    for samples, later in arrivals:
        now += later
        assert last <= position.sample(now) <= total
        position.arrived(samples, now)
        total += samples
        assert last <= position.sample(now) <= total
        last = position.sample(now)
