from __future__ import annotations

import pytest

from clients.playback import PlaybackClock


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
    clock.arrived(1, 99.0)
    assert clock.underruns == 0
