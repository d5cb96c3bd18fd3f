import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.engine.events import Cue
from oncue.streaming.engine.segmenter import Piece
from oncue.streaming.timing.budget import NOTHING, Reach
from oncue.streaming.timing.cues import Leg, Mooring, allot, cut_at, moorings, told
from tests.fakes import ScriptedModel

SCRIPT = ScriptedModel().read("You are, my friend.")
REACH = Reach(60.0, 100.0, 160.0, 100.0)
legs_of = st.lists(st.tuples(st.booleans(), st.integers(-200, 1500)), min_size=1, max_size=6).map(
    lambda drawn: [
        Leg(REACH, Mooring(Cue(index, at / 1000), 1), at) if moored else Leg(REACH)
        for index, (moored, at) in enumerate(drawn)
    ]
)


def test_a_cue_means_the_word_that_holds_its_character_or_the_next() -> None:
    found = moorings([Cue(1, 0.1), Cue(7, 0.5), Cue(14, 0.9), Cue(18, 2.0)], SCRIPT, 0, 0)
    assert [(mooring.cue.char, SCRIPT.units[mooring.unit].symbol) for mooring in found] == [
        (1, "Y"), (7, "m"), (14, "f")
    ]  # fmt: skip


def test_a_cue_before_the_segment_belongs_to_the_one_before_unless_it_means_no_word_there() -> None:
    assert moorings([Cue(20, 1.0)], SCRIPT, 30, 25) == ()
    assert [mooring.unit for mooring in moorings([Cue(27, 1.0)], SCRIPT, 30, 25)] == [0]


def test_the_first_of_two_cues_for_a_word_counts() -> None:
    (found,) = moorings([Cue(4, 0.1), Cue(5, 0.2)], SCRIPT, 0, 0)
    assert found.cue.at_s == 0.1


@given(legs_of, st.floats(0, 1))
def test_whatever_the_cues_the_end_is_met_and_no_leg_is_asked_the_impossible(legs: list[Leg], place: float) -> None:
    whole = sum((leg.reach for leg in legs), NOTHING)
    end = math.ceil(whole.low + place * (whole.high - whole.low))
    lengths = allot(legs, 0, min(end, int(whole.high)), 30).lengths
    known = [length for length in lengths if length is not None]
    assert sum(known) == min(end, int(whole.high))
    first = next((index for index, leg in enumerate(legs) if leg.mooring), len(legs))
    if first:
        assert all(REACH.low - 2 <= length <= REACH.high + 2 for length in known)


@given(legs_of)
def test_a_cue_is_met_or_told_as_missed_with_where_it_will_be(legs: list[Leg]) -> None:
    found = allot(legs, 0, None, 0)
    missed = {miss.cue.char: miss.samples for miss in found.misses}
    at = 0
    for leg, length in zip(legs, found.lengths, strict=True):
        if leg.mooring is not None:
            assert at == missed.get(leg.mooring.cue.char, leg.samples)
        if length is None:
            break
        at += length


def test_what_comes_after_the_last_cue_of_a_free_line_is_free() -> None:
    legs = [Leg(REACH), Leg(REACH, Mooring(Cue(3, 0.12), 2), 120), Leg(REACH)]
    assert allot(legs, 0, None, 0).lengths == (120, None, None)


def test_an_earlier_cue_goes_before_a_later_one() -> None:
    legs = [
        Leg(REACH), Leg(REACH, Mooring(Cue(3, 0.12), 2), 120), Leg(REACH, Mooring(Cue(6, 0.13), 4), 130)
    ]  # fmt: skip
    found = allot(legs, 0, None, 5)
    assert found.lengths == (120, 60, None)
    assert [(miss.cue.char, miss.samples) for miss in found.misses] == [(6, 180)]
    sentence = told(found.misses, 1000)
    assert sentence is not None
    assert "character 6" in sentence
    assert "0.18 s" in sentence
    assert told((), 1000) is None


@pytest.mark.parametrize(
    ("text", "char", "cut"),
    [
        ("one two three", 4, ["one ", "two three"]),
        ("one two three", 6, ["one ", "two three"]),
        ("one two three", 3, ["one ", "two three"]),
        ("one two", 0, ["one two"]),
        ("one two", 7, ["one two"]),
        ("我们去公园", 2, ["我们", "去公园"]),
    ],
)
def test_text_is_cut_before_the_word_of_a_cue(text: str, char: int, cut: list[str]) -> None:
    found = cut_at([Cue(char + 10, 1.0)], [Piece(10, text)])
    assert [piece.text for piece in found] == cut
    assert [piece.char_start for piece in found] == [10 + text.index(part) for part in cut]
