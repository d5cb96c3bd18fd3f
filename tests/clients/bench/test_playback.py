from __future__ import annotations

import pytest

from oncue.clients.bench.playback import Chunk, PlaybackClock, play


def test_sound_that_comes_in_time_never_stalls() -> None:
    clock = PlaybackClock(1000)
    for index in range(10):
        clock.arrived(100, index * 0.1)
    assert clock.underruns == 0
    assert clock.played(0.95) == pytest.approx(0.05)


def test_a_late_chunk_stalls_once_and_playback_goes_on_from_there() -> None:
    clock = PlaybackClock(1000)
    clock.arrived(100, 0.0)
    clock.arrived(100, 0.25)
    clock.arrived(100, 0.3)
    assert clock.underruns == 1
    assert clock.stalled_s == pytest.approx(0.15)
    assert clock.played(0.3) == pytest.approx(0.15)


def test_waiting_for_the_first_sound_is_no_stall() -> None:
    clock = PlaybackClock(1000)
    assert clock.arrived(1, 99.0) is None
    assert clock.underruns == 0


def test_slack_is_how_long_before_it_was_needed_a_chunk_came() -> None:
    played = play([Chunk(1.0, 100), Chunk(1.04, 100), Chunk(1.25, 100)], 1000, None)
    assert played.slacks_s == pytest.approx((0.06, -0.05))
    assert played.underruns == 1
    assert played.stalled_s == pytest.approx(0.05)


def test_a_sample_is_heard_when_it_is_played_not_when_it_came() -> None:
    chunks = [Chunk(1.0, 100), Chunk(1.01, 100), Chunk(1.5, 100)]
    assert play(chunks, 1000, 30).audible_at_s == pytest.approx(1.03)
    assert play(chunks, 1000, 150).audible_at_s == pytest.approx(1.15)
    assert play(chunks, 1000, 250).audible_at_s == pytest.approx(1.55)


def test_a_sample_that_never_came_was_never_heard() -> None:
    assert play([Chunk(1.0, 100)], 1000, 100).audible_at_s is None
    assert play([], 1000, None).slacks_s == ()
