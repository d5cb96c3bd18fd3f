import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.protocol.errors import DurationInfeasible
from oncue.streaming.timing.allocation import (
    Interval,
    PlacedCue,
    RemainingSegment,
    allocate,
    allocate_intervals,
    missed_cues_warning,
    place_cues,
    promise_line,
    share,
    whole_range,
)
from oncue.streaming.timing.feasibility import NOTHING, LengthRange, script_ranges
from oncue.streaming.timing.targets import Cue, DurationTarget
from tests.fakes import ScriptedModel

SPEC = ScriptedModel().spec
SCRIPT = ScriptedModel().read("You are, my friend.")
RANGE = LengthRange(60.0, 100.0, 160.0, 100.0)
ranges = st.lists(
    st.tuples(st.floats(0.5, 1), st.floats(1000, 90000), st.floats(1, 2), st.floats(0.5, 1.8)).map(
        lambda draw: LengthRange(draw[0] * draw[1], draw[1], draw[2] * draw[1], draw[3] * draw[1])
    ),
    min_size=1,
    max_size=8,
)
intervals_of = st.lists(st.tuples(st.booleans(), st.integers(-200, 1500)), min_size=1, max_size=6).map(
    lambda drawn: [
        Interval(RANGE, PlacedCue(Cue(index, at / 1000), 1), at) if begun else Interval(RANGE)
        for index, (begun, at) in enumerate(drawn)
    ]
)


def test_a_cue_means_the_word_that_holds_its_character_or_the_next() -> None:
    found = place_cues([Cue(1, 0.1), Cue(7, 0.5), Cue(14, 0.9), Cue(18, 2.0)], SCRIPT, 0, 0)
    assert [(placed.cue.char, SCRIPT.units[placed.unit].symbol) for placed in found] == [
        (1, "Y"), (7, "m"), (14, "f")
    ]  # fmt: skip


def test_a_cue_before_the_segment_belongs_to_the_one_before_unless_it_means_no_word_there() -> None:
    assert place_cues([Cue(20, 1.0)], SCRIPT, 30, 25) == ()
    assert [placed.unit for placed in place_cues([Cue(27, 1.0)], SCRIPT, 30, 25)] == [0]


def test_the_first_of_two_cues_for_a_word_counts() -> None:
    (found,) = place_cues([Cue(4, 0.1), Cue(5, 0.2)], SCRIPT, 0, 0)
    assert found.cue.at_s == 0.1


@given(intervals_of, st.floats(0, 1))
def test_whatever_the_cues_the_end_is_met_and_no_interval_is_asked_the_impossible(
    intervals: list[Interval], place: float
) -> None:
    whole = sum((interval.range for interval in intervals), NOTHING)
    end = math.ceil(whole.low + place * (whole.high - whole.low))
    lengths = allocate_intervals(intervals, 0, min(end, int(whole.high)), 30).lengths
    known = [length for length in lengths if length is not None]
    assert sum(known) == min(end, int(whole.high))
    first = next((index for index, interval in enumerate(intervals) if interval.cue), len(intervals))
    if first:
        assert all(RANGE.low - 2 <= length <= RANGE.high + 2 for length in known)


@given(intervals_of)
def test_a_cue_is_met_or_told_as_missed_with_where_it_will_be(intervals: list[Interval]) -> None:
    found = allocate_intervals(intervals, 0, None, 0)
    missed = {miss.cue.char: miss.samples for miss in found.missed}
    at = 0
    for interval, length in zip(intervals, found.lengths, strict=True):
        if interval.cue is not None:
            assert at == missed.get(interval.cue.cue.char, interval.samples)
        if length is None:
            break
        at += length


def test_what_comes_after_the_last_cue_of_a_free_line_is_free() -> None:
    intervals = [Interval(RANGE), Interval(RANGE, PlacedCue(Cue(3, 0.12), 2), 120), Interval(RANGE)]
    assert allocate_intervals(intervals, 0, None, 0).lengths == (120, None, None)


def test_an_earlier_cue_goes_before_a_later_one() -> None:
    intervals = [
        Interval(RANGE), Interval(RANGE, PlacedCue(Cue(3, 0.12), 2), 120), Interval(RANGE, PlacedCue(Cue(6, 0.13), 4), 130)
    ]  # fmt: skip
    found = allocate_intervals(intervals, 0, None, 5)
    assert found.lengths == (120, 60, None)
    assert [(miss.cue.char, miss.samples) for miss in found.missed] == [(6, 180)]
    sentence = missed_cues_warning(found.missed, 1000)
    assert "character 6" in sentence
    assert "0.18 s" in sentence


@given(ranges, st.floats(0, 1))
def test_shares_add_up_to_the_sample_and_ask_nothing_impossible(pieces: list[LengthRange], place: float) -> None:
    low, high = sum(piece.low for piece in pieces), sum(piece.high for piece in pieces)
    samples = round(low + place * (high - low))
    shares = share(samples, pieces)
    assert sum(shares) == samples
    assert all(piece.low - 2 <= part <= piece.high + 2 for part, piece in zip(shares, pieces, strict=True))


def test_equal_pieces_share_by_their_natural_length() -> None:
    assert share(330, [LengthRange(60, 100, 160, 100), LengthRange(120, 200, 320, 200)]) == (110, 220)


def test_a_piece_with_pauses_gives_more() -> None:
    assert share(230, [LengthRange(60, 100, 160, 80), LengthRange(60, 100, 160, 160)]) == (110, 120)


def test_what_a_piece_cannot_give_is_left_to_the_others() -> None:
    assert share(300, [LengthRange(90, 100, 110, 100), LengthRange(60, 100, 220, 100)]) == (110, 190)


def test_what_is_spoken_already_gives_nothing() -> None:
    assert share(250, [LengthRange(100, 100, 100, 0), LengthRange(60, 100, 160, 100)]) == (100, 150)
    assert share(0, []) == ()


MIDDLE = ScriptedModel().read("今天天气很好，我们一起去公园散步吧。")
LENGTH = len(MIDDLE.text)


def remaining(count: int, cues: tuple[Cue, ...]) -> list[RemainingSegment]:
    """Segments of which nothing is decoded."""
    found = []
    for index in range(count):
        placed = place_cues(cues, MIDDLE, index * LENGTH, index * LENGTH)
        found.append(RemainingSegment(placed, script_ranges(MIDDLE, SPEC, [one.unit for one in placed]), closing=False))
    return found


def test_segments_share_a_length_and_the_cues_in_them() -> None:
    targets, missed = allocate(remaining(2, (Cue(2, 0.5), Cue(LENGTH, 3.6))), SPEC, 0, 7 * 24000)
    assert not missed
    assert [target.samples for target in targets] == [round(3.6 * 24000), 7 * 24000 - round(3.6 * 24000)]
    assert [[point.samples for point in target.waypoints] for target in targets] == [[12000], []]


def test_no_segment_can_become_nothing_else_than_nothing() -> None:
    assert whole_range([]) == NOTHING


def test_a_line_is_promised_its_length_and_warned_of_the_cues_it_misses_or_refused_if_strict() -> None:
    asked = DurationTarget(seconds=7.0, cues=(Cue(2, 0.5), Cue(5, 0.6)))
    segments = remaining(2, asked.cues)
    natural = whole_range(segments).natural
    promised = promise_line(asked, segments, SPEC, natural, 0, strict=False)
    assert promised.samples == 7 * 24000
    assert promised.warning is not None
    assert "character 5" in promised.warning
    with pytest.raises(DurationInfeasible) as refused:
        promise_line(asked, segments, SPEC, natural, 0, strict=True)
    assert refused.value.detail["char"] == 5
