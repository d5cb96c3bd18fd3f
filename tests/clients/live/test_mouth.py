from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncue.clients.live.mouth import CLOSED, VOWELS, MouthCurve
from oncue.streaming.protocol.messages import MarkItem, Marks, MouthTrack


def viseme(text: str, start: int, end: int) -> MarkItem:
    return MarkItem("viseme", text, 0, 1, start, end)


def test_a_mouth_that_was_told_nothing_is_closed() -> None:
    assert MouthCurve().pose(0) == CLOSED


def test_visemes_alone_open_the_mouth_and_it_closes_after_the_last() -> None:
    curve = MouthCurve()
    curve.take(Marks("a", (viseme("sil", 0, 100), viseme("aa", 100, 200), viseme("ou", 200, 300))))
    assert curve.pose(50).open == 0
    assert curve.pose(150).open > 0.5
    assert curve.pose(150).vowels[VOWELS.index("A")] == curve.pose(150).open
    assert curve.pose(250).form < 0
    assert curve.pose(300) == CLOSED


def test_the_measured_track_says_how_far_and_the_visemes_say_how() -> None:
    curve = MouthCurve()
    curve.take(Marks("a", (viseme("ih", 0, 4),), MouthTrack(0, 2, (0.0, 0.8))))
    pose = curve.pose(1)
    assert pose.open == 0.4
    assert pose.form > 0
    assert pose.viseme == "ih"


def test_a_track_that_comes_in_parts_is_one_track() -> None:
    whole, parts = MouthCurve(), MouthCurve()
    whole.take(Marks("a", (), MouthTrack(0, 10, (0.1, 0.2, 0.3, 0.4))))
    parts.take(Marks("a", (), MouthTrack(0, 10, (0.1, 0.2))))
    parts.take(Marks("a", (), MouthTrack(20, 10, (0.3, 0.4))))
    parts.take(Marks("a", (), MouthTrack(20, 10, (0.3, 0.4))))  # again, as after a resume
    assert [whole.pose(at) for at in range(50)] == [parts.pose(at) for at in range(50)]


def test_a_shape_of_a_later_protocol_opens_the_mouth_a_little() -> None:
    curve = MouthCurve()
    curve.take(Marks("a", (viseme("new", 0, 10),)))
    assert 0 < curve.pose(5).open < 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(-100, 10_000))
def test_the_mouth_stays_in_range_and_is_closed_outside_the_line(values: list[float], at: float) -> None:
    curve = MouthCurve()
    curve.take(Marks("a", (), MouthTrack(0, 480, tuple(values))))
    assert 0 <= curve.pose(at).open <= 1
    if at < 0 or at >= 480 * len(values):
        assert curve.pose(at) == CLOSED
