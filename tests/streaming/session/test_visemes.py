from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from oncue.model.text.phones import PAUSES, SYMBOLS
from oncue.streaming.engine.events import Mark, MarkKind
from oncue.streaming.session.visemes import NAMES, SHAPES, Lips

lengths = st.lists(st.tuples(st.sampled_from(SYMBOLS[1:]), st.integers(1, 900), st.integers(1, 900)), max_size=12)


def phone(symbol: str, start: int, end: int) -> Mark:
    kind: MarkKind = "pause" if symbol in PAUSES else "phone"
    return Mark(kind, symbol, 0, 1, start, end)


def test_every_phone_of_the_front_end_has_shapes_and_every_shape_is_one_of_the_fifteen() -> None:
    assert set(SYMBOLS[1:]) <= set(SHAPES)
    assert {name for shapes in SHAPES.values() for name in shapes} == set(NAMES)
    assert len(NAMES) == 15


@given(lengths, st.integers(40, 700))
def test_shapes_come_in_order_without_overlap_and_never_after_the_chunk_they_begin_in(
    told: list[tuple[str, int, int]], chunk: int
) -> None:
    """The real length of a phone is not the one that was expected when it began."""
    marks, at = [], 30
    for symbol, real, expected in told:
        marks.append(phone(symbol, at, at + expected))
        at += real
    lips, shapes, end = Lips(), [], 0
    while end < at:
        new = lips.push([mark for mark in marks if end <= mark.start < end + chunk], end + chunk)
        assert all(end <= shape.start < end + chunk for shape in new)
        shapes += new
        end += chunk
    assert all(one.start <= other.start for one, other in pairwise(shapes))
    starts = {mark.start: SHAPES[mark.text][0] for mark in marks}
    assert all((start, name) in {(shape.start, shape.text) for shape in shapes} for start, name in starts.items())
    assert not shapes or (shapes[0].text, shapes[0].start) == ("sil", 0)


def test_a_diphthong_is_two_shapes_and_the_open_one_is_longer() -> None:
    first, second = Lips().push([phone("AY", 0, 900)], 1000)[-2:]
    assert (first.text, first.start, first.end) == ("aa", 0, 600)
    assert (second.text, second.start, second.end) == ("ih", 600, 900)


def test_a_phone_that_is_shorter_than_expected_loses_the_shapes_it_had_no_time_for() -> None:
    lips = Lips()
    begun = lips.push([phone("iang", 0, 1200)], 200)
    assert [shape.text for shape in begun][-1] == "ih"
    rest = lips.push([phone("b", 250, 400)], 2000)
    assert [(shape.text, shape.start) for shape in rest] == [("PP", 250)]


def test_a_pause_shuts_the_mouth_and_a_phone_nobody_knows_has_no_shape() -> None:
    shapes = Lips().push([phone("a", 0, 100), phone(",", 100, 300), phone("#7", 300, 400)], 500)
    assert [shape.text for shape in shapes] == ["aa", "sil"]
