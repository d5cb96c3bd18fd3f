import math

from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.engine.playback_clock import REPORT_REACH_S, PlaybackClock

RATE = 24000
Steps = list[tuple[bool, int, float]]
events = st.lists(st.tuples(st.booleans(), st.integers(0, 40000), st.floats(0, 2)), max_size=20)


@given(events)
def test_the_listener_is_never_ahead_of_the_sound_and_never_goes_back_by_itself(steps: Steps) -> None:
    playback, now = PlaybackClock(RATE), 0.0
    for is_report, samples, wait in steps:
        playback.report(samples, now) if is_report else playback.send(samples, now)
        before = playback.position(now)
        now += wait
        assert before <= playback.position(now) <= playback.sent


@given(events, st.floats(0, 3))
def test_the_lead_is_what_was_asked_at_the_time_foretold(steps: Steps, lead: float) -> None:
    playback, now = PlaybackClock(RATE), 0.0
    for is_report, samples, wait in steps:
        playback.report(samples, now) if is_report else playback.send(samples, now)
        now += wait
    at = playback.when_lead_is(lead, now)
    assert at >= now
    if math.isfinite(at) and playback.lead_s(now) > lead:
        assert abs(playback.lead_s(at) - lead) < 1e-6


def test_a_player_that_ran_dry_starts_again_with_the_next_sound() -> None:
    playback = PlaybackClock(RATE)
    playback.send(RATE, 0.0)
    playback.send(RATE, 5.0)
    assert playback.position(5.5) == RATE * 1.5


def test_a_player_that_stops_reporting_is_taken_to_be_paused() -> None:
    playback = PlaybackClock(RATE)
    playback.send(10 * RATE, 0.0)
    playback.report(RATE, 1.0)
    assert playback.position(9.0) == RATE * (1 + REPORT_REACH_S)
    assert playback.when_lead_is(1.0, 1.0) == math.inf


def test_nothing_is_heard_before_anything_is_sent() -> None:
    playback = PlaybackClock(RATE)
    assert playback.lead_s(100.0) == 0
