from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.session.absence import Absence

lines = st.sets(st.sampled_from("abcd"))


@given(lines, lines, lines)
def test_the_time_is_over_for_what_was_not_taken_back_and_only_unheard_ends_are_given_out(
    away: set[str], back: set[str], ended: set[str]
) -> None:
    absence = Absence()
    absence.begin(away)
    assert {line for line in back if absence.take_back(line)} == away & back
    for line in ended:
        absence.ended(line, f"end of {line}")
    assert absence.finish() == {line: f"end of {line}" if line in ended else None for line in away - back}
    assert not any(line in absence for line in away)
    assert absence.finish() == {}


def test_an_end_outlives_another_loss_of_the_connection() -> None:
    absence = Absence()
    absence.begin({"a", "b"})
    absence.ended("a", "end")
    absence.take_back("b")
    absence.begin({"a", "b"})
    assert absence.finish() == {"a": "end", "b": None}


def test_the_end_of_a_dismissed_line_is_waited_for_and_that_of_another_is_not() -> None:
    absence = Absence()
    absence.begin({"a", "b"})
    absence.dismiss("a")
    absence.dismiss("c")
    assert [absence.ended(line, "end") for line in "abc"] == [True, False, False]


def test_bytes_count_from_the_loss_of_the_connection() -> None:
    absence = Absence()
    absence.begin({"a"})
    assert [absence.said(3), absence.said(4)] == [3, 7]
    absence.begin({"a"})
    assert absence.said(1) == 1
