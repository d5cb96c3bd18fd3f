from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.server.voices.copies import agreement, difference

KEYS = st.dictionaries(st.sampled_from("vwxyz"), st.sampled_from("1234"))


@pytest.mark.parametrize(
    ("here", "there", "agreed", "expected"),
    [
        ({"x": "1"}, {}, {}, "give"),
        ({}, {"x": "1"}, {}, "take"),
        ({"x": "1"}, {}, {"x": "1"}, "forget_here"),
        ({}, {"x": "1"}, {"x": "1"}, "forget_there"),
        ({"x": "2"}, {"x": "1"}, {"x": "1"}, "give"),
        ({"x": "1"}, {"x": "2"}, {"x": "1"}, "take"),
        ({"x": "1"}, {"x": "2"}, {}, "conflicts"),
        ({"x": "1"}, {"x": "2"}, {"x": "3"}, "conflicts"),
        ({}, {"x": "2"}, {"x": "1"}, "take"),
        ({"x": "2"}, {}, {"x": "1"}, "give"),
    ],
)
def test_the_side_that_changed_is_followed(
    here: dict[str, str], there: dict[str, str], agreed: dict[str, str], expected: str
) -> None:
    found = difference(here, there, agreed, set())
    assert getattr(found, expected) == {"x"}
    assert sum(len(getattr(found, name)) for name in found.__slots__) == 1


def test_a_revoked_voice_goes_on_both_sides() -> None:
    found = difference({"x": "1", "y": "2"}, {"x": "1"}, {"x": "1"}, {"1", "2"})
    assert found.forget_here == {"x", "y"}
    assert found.forget_there == {"x"}
    assert not found.give


@given(KEYS, KEYS, KEYS, st.sets(st.sampled_from("1234"), max_size=2))
def test_two_sides_agree_on_all_that_was_moved_and_have_nothing_left_to_do(
    here: dict[str, str], there: dict[str, str], agreed: dict[str, str], revoked: set[str]
) -> None:
    todo = difference(here, there, agreed, revoked)
    both = agreement(here, there, agreed, todo, todo.take | todo.give)
    mine = {place: key for place, key in here.items() if place not in todo.forget_here} | {
        x: there[x] for x in todo.take
    }
    theirs = {place: key for place, key in there.items() if place not in todo.forget_there} | {
        x: here[x] for x in todo.give
    }
    undecided = todo.conflicts
    assert {x: key for x, key in mine.items() if x not in undecided} == {
        x: key for x, key in theirs.items() if x not in undecided
    }
    assert {x: key for x, key in both.items() if x not in undecided} == {
        x: key for x, key in mine.items() if x not in undecided
    }


@given(KEYS, KEYS, KEYS)
def test_what_could_not_be_moved_is_still_to_be_moved(
    here: dict[str, str], there: dict[str, str], agreed: dict[str, str]
) -> None:
    todo = difference(here, there, agreed, set())
    again = agreement(here, there, agreed, todo, set())
    left_here = {place: key for place, key in here.items() if place not in todo.forget_here}
    left_there = {place: key for place, key in there.items() if place not in todo.forget_there}
    rest = difference(left_here, left_there, again, set())
    assert (rest.take, rest.give) == (todo.take, todo.give)
    assert not rest.forget_here | rest.forget_there
