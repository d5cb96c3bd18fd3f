from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clients.web.modules import evaluate

SRT = "1\n00:00:03,000 --> 00:00:04,500\n[Ada] <i>Hello</i>\nthere.\n\n2\n00:00:01,000 --> 00:00:02,000\nFirst.\n\n3\n00:00:05,000 --> 00:00:06,000\n[door]\n"


def test_subtitles_become_lines_in_the_order_of_time() -> None:
    assert evaluate("dub_lines.js", "return m.parse(given);", SRT) == [
        {"start": 1, "end": 2, "speaker": "", "text": "First."},
        {"start": 3, "end": 4.5, "speaker": "Ada", "text": "Hello there."},
    ]


@settings(max_examples=3, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(("start", "end")), st.floats(-8, 8)), min_size=20, max_size=20
    )
)
def test_no_line_that_is_dragged_leaves_the_film_or_passes_another(moves: list[tuple[int, str, float]]) -> None:
    lines = [{"start": 1, "end": 2}, {"start": 3, "end": 4}, {"start": 6, "end": 9}]
    states = evaluate(
        "dub_lines.js",
        "let l = given[0]; return given[1].map(([i, part, by]) => (l = m.dragged(l, i, part, by, 10)));",
        [lines, moves],
    )
    for state in states:
        starts = [line["start"] for line in state]
        assert all(two - one >= 0.2 - 1e-6 for one, two in pairwise(starts))
        assert all(0 <= line["start"] < line["end"] <= 10 for line in state)
