import math

from streaming.stats import Tally


def test_an_unstretched_line_has_no_rate_error() -> None:
    tally = Tally(submitted_at=1.0, spans=[960] * 10)
    numbers = tally.numbers(9600, 9600.0, 24000, 960.0, 3.0)
    assert (numbers["rate_rms"], numbers["share_beyond_5"], numbers["total_s"], numbers["audio_s"]) == (0, 0, 2, 0.4)


def test_stretch_is_measured_on_a_log_scale_with_its_shares() -> None:
    tally = Tally(submitted_at=0.0, spans=[960, 960, 1152, 1022])
    numbers = tally.numbers(0, 0.0, 24000, 960.0, 0.0)
    assert math.isclose(numbers["rate_rms"], math.sqrt((math.log(1.2) ** 2 + math.log(1022 / 960) ** 2) / 4))
    assert (numbers["share_beyond_5"], numbers["share_beyond_15"]) == (0.5, 0.25)


def test_a_line_without_sound_has_no_time_of_first_sound() -> None:
    assert "first_audio_s" not in Tally(0.0).numbers(0, 0.0, 24000, 960.0, 1.0)
