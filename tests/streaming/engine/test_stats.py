import math

from oncue.streaming.engine.stats import LineStats
from oncue.streaming.timing.planner import PlacedCode, SpokenSegment


def stats_of(*codes: PlacedCode, pause_codes: float = 0.0, cue_errors: tuple[int, ...] = ()) -> LineStats:
    return LineStats(spoken=[SpokenSegment(codes, pause_codes, cue_errors, forced_steps=0)])


def speech(*spans: int) -> tuple[PlacedCode, ...]:
    return tuple(PlacedCode(span, paused=False) for span in spans)


def test_an_unstretched_line_has_no_rate_error() -> None:
    numbers = stats_of(*speech(*[960] * 10)).numbers(9600, 9600.0, 24000, 960.0)
    assert (numbers["rate_rms"], numbers["share_beyond_5"], numbers["audio_s"]) == (0, 0, 0.4)


def test_stretch_is_measured_on_a_log_scale_with_its_shares() -> None:
    numbers = stats_of(*speech(960, 960, 1152, 1022)).numbers(0, 0.0, 24000, 960.0)
    squares = 1152 * math.log(1.2) ** 2 + 1022 * math.log(1022 / 960) ** 2
    assert math.isclose(numbers["rate_rms"], math.sqrt(squares / 4094))
    assert math.isclose(numbers["share_beyond_5"], 2174 / 4094)
    assert math.isclose(numbers["share_beyond_15"], 1152 / 4094)


def test_pauses_are_told_as_a_factor_of_their_natural_length_and_not_as_rates() -> None:
    stats = stats_of(*speech(960), PlacedCode(1200, paused=True), pause_codes=2.0)
    numbers = stats.numbers(2160, 0.0, 24000, 960.0)
    assert (numbers["pause_ratio"], numbers["rate_rms"]) == (0.625, 0.0)


def test_the_change_of_rate_is_told_per_tenth_of_a_second() -> None:
    numbers = stats_of(*speech(960, 1000, 960, 1000)).numbers(0, 0.0, 24000, 960.0)
    assert math.isclose(numbers["rate_slew_p95"], math.log(1000 / 960) * 2.5)


def test_the_worst_cue_is_told_if_there_was_one() -> None:
    assert stats_of(cue_errors=(120, -240)).numbers(0, 0.0, 24000, 960.0)["cue_error_s"] == 0.01
    assert "cue_error_s" not in LineStats().numbers(0, 0.0, 24000, 960.0)


def test_segments_are_counted_together() -> None:
    stats = LineStats()
    stats.add(SpokenSegment((), 0.0, (), forced_steps=2), [1, 3])
    stats.add(SpokenSegment((), 0.0, (), forced_steps=1), [5])
    numbers = stats.numbers(0, 0.0, 24000, 960.0)
    assert (numbers["forced_steps"], numbers["lookahead"]) == (3, 3)
