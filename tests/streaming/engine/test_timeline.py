from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.engine.timeline import SamplePositions, Timeline
from tests.fakes import ScriptedModel

SCRIPT = ScriptedModel().read("You are here, my friend.")
LAST = len(SCRIPT.units) - 1
SPAN = 960
pointers = st.lists(st.integers(0, 3), min_size=1, max_size=80).map(
    lambda moves: [min(LAST, sum(moves[: index + 1])) for index in range(len(moves))] + [LAST]
)


def told(units: list[int], offset: int = 0) -> Timeline:
    timeline = Timeline(SCRIPT, offset)
    for unit in units:
        timeline.push(unit)
    return timeline


@given(pointers)
def test_every_word_and_phone_is_marked_once_whatever_the_windows(units: list[int]) -> None:
    timeline, positions = told(units), SamplePositions([SPAN] * len(units), SPAN)
    total = len(units) * SPAN
    whole = timeline.marks(0, len(units), positions, total)
    parts = [mark for code in range(len(units)) for mark in timeline.marks(code, code + 1, positions, total)]
    assert list(whole) == parts
    assert [mark.text for mark in whole if mark.kind == "word"] == [word.text for word in SCRIPT.words]


@given(pointers)
def test_marks_come_in_order_and_inside_the_line(units: list[int]) -> None:
    total = len(units) * SPAN
    marks = told(units).marks(0, len(units), SamplePositions([SPAN] * len(units), SPAN), total)
    phones = [mark for mark in marks if mark.kind == "phone"]
    assert all(one.end == other.start or one.end < other.start for one, other in pairwise(phones))
    assert all(0 <= mark.start <= mark.end <= total for mark in marks)


def test_a_pointer_that_passes_units_inside_a_code_splits_it_evenly() -> None:
    marks = told([2]).marks(0, 1, SamplePositions([SPAN], SPAN), None)
    assert [(mark.text, mark.start) for mark in marks] == [("You", 0), ("Y", 0), ("o", 320), ("u", 640)]


def test_the_end_of_a_word_still_being_spoken_is_expected_from_its_natural_length() -> None:
    word = told([0]).marks(0, 1, SamplePositions([SPAN], SPAN), None)[0]
    natural = sum(unit.mean_codes for unit in SCRIPT.units[:3])
    assert word.end == round(natural * SPAN)


def test_the_end_is_exact_once_the_pointer_has_passed_it() -> None:
    timeline = told([0, 1, 2, 2, 3])
    word = timeline.marks(0, 1, SamplePositions([SPAN] * 3, SPAN), None)[0]
    end = timeline.word_end(0)
    assert end is not None
    assert (end.code, end.part) == (4, 0.5)
    assert word.end == 4 * SPAN + SPAN // 2


def test_characters_of_marks_move_with_the_place_in_the_line() -> None:
    mark = told([0], offset=40).marks(0, 1, SamplePositions([SPAN], SPAN), None)[0]
    assert (mark.start, mark.char_start, mark.char_end) == (0, 40, 43)


def test_it_tells_how_far_the_text_is_spoken() -> None:
    timeline = told([0, 3])
    assert timeline.char_at(-1) == 0
    assert timeline.char_at(1) == SCRIPT.units[3].char_end
    assert (timeline.word_at(0), timeline.word_at(1), timeline.word_at(2)) == (0, 1, None)


def test_a_family_without_progress_has_no_marks() -> None:
    timeline = Timeline(SCRIPT, 0)
    timeline.push(None)
    assert timeline.marks(0, 1, SamplePositions([SPAN], SPAN), None) == ()


@given(st.integers(0, 960))
def test_marks_are_where_sound_is_heard_that_begins_before_its_place(head: int) -> None:
    units = [0, 0, 1, 2, 2]
    plain = told(units).marks(0, len(units), SamplePositions([SPAN] * len(units), SPAN), None)
    early = told(units).marks(0, len(units), SamplePositions([SPAN] * len(units), SPAN, head), None)
    assert [mark.start for mark in early] == [max(0, mark.start - head) for mark in plain]
