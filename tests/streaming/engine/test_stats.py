import math

from oncue.streaming.engine.stats import Stretched, Tally


def test_an_unstretched_line_has_no_rate_error() -> None:
    tally = Tally(submitted_at=1.0, stretched=[Stretched(960, paused=False)] * 10)
    numbers = tally.numbers(9600, 9600.0, 24000, 960.0, 3.0)
    assert (numbers["rate_rms"], numbers["share_beyond_5"], numbers["total_s"], numbers["audio_s"]) == (0, 0, 2, 0.4)


def test_stretch_is_measured_on_a_log_scale_with_its_shares() -> None:
    tally = Tally(submitted_at=0.0, stretched=[Stretched(span, paused=False) for span in (960, 960, 1152, 1022)])
    numbers = tally.numbers(0, 0.0, 24000, 960.0, 0.0)
    squares = 1152 * math.log(1.2) ** 2 + 1022 * math.log(1022 / 960) ** 2
    assert math.isclose(numbers["rate_rms"], math.sqrt(squares / 4094))
    assert math.isclose(numbers["share_beyond_5"], 2174 / 4094)
    assert math.isclose(numbers["share_beyond_15"], 1152 / 4094)


def test_pauses_are_told_as_a_factor_of_their_natural_length_and_not_as_rates() -> None:
    tally = Tally(0.0, stretched=[Stretched(960, paused=False), Stretched(1200, paused=True)], pause_codes=2.0)
    numbers = tally.numbers(2160, 0.0, 24000, 960.0, 0.0)
    assert (numbers["pause_ratio"], numbers["rate_rms"]) == (0.625, 0.0)


def test_the_change_of_rate_is_told_per_tenth_of_a_second() -> None:
    tally = Tally(0.0, stretched=[Stretched(span, paused=False) for span in (960, 1000, 960, 1000)])
    numbers = tally.numbers(0, 0.0, 24000, 960.0, 0.0)
    assert math.isclose(numbers["rate_slew_p95"], math.log(1000 / 960) * 2.5)


def test_the_worst_cue_is_told_if_there_was_one() -> None:
    assert Tally(0.0, missed_samples=[120, -240]).numbers(0, 0.0, 24000, 960.0, 0.0)["cue_error_s"] == 0.01
    assert "cue_error_s" not in Tally(0.0).numbers(0, 0.0, 24000, 960.0, 0.0)


def test_a_line_without_sound_has_no_time_of_first_sound() -> None:
    assert "first_audio_s" not in Tally(0.0).numbers(0, 0.0, 24000, 960.0, 1.0)
