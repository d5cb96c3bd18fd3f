from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.dubbing.fit import AIM, FASTEST, GAP_S, Natural, fit, quiet_place, rooms
from oncue.streaming.dubbing.script import DubLine

DURATION_S = 60.0


def line(number: int, start_s: float, end_s: float | None = None, ratio: float | None = None) -> DubLine:
    return DubLine(number, "Hello.", start_s, end_s, ratio=ratio)


def natural(speech_s: float) -> Natural:
    return Natural(0.05, speech_s, 0.3)


@st.composite
def films(draw: st.DrawFn) -> tuple[list[DubLine], list[Natural]]:
    count = draw(st.integers(1, 12))
    steps = draw(st.lists(st.floats(0.25, 5), min_size=count, max_size=count))
    lengths = draw(st.lists(st.floats(0.1, 6), min_size=count, max_size=count))
    asked = draw(st.lists(st.one_of(st.none(), st.floats(0.1, 6)), min_size=count, max_size=count))
    ratios = draw(st.lists(st.one_of(st.none(), st.floats(0.5, 2)), min_size=count, max_size=count))
    lines, at = [], 0.0
    for number, (step, end, ratio) in enumerate(zip(steps, asked, ratios, strict=True), 1):
        lines.append(line(number, at, None if end is None else at + end, ratio))
        at += step
    return lines, [natural(length) for length in lengths]


@settings(max_examples=100, deadline=None)
@given(films(), st.sampled_from((1.0, 1.05, 1.1)))
def test_every_line_begins_as_asked_and_ends_before_the_next_or_is_told_of(
    film: tuple[list[DubLine], list[Natural]], stretch: float
) -> None:
    lines, naturals = film
    plan = fit(lines, naturals, DURATION_S, video_stretch=stretch)
    assert [one.number for one in plan.lines] == [one.number for one in lines]
    for asked, fitted, after in zip(lines, plan.lines, [*lines[1:], None], strict=True):
        assert fitted.start_s == plan.clock(asked.start_s)
        if fitted.status == "too_long":
            assert fitted.advice
            continue
        limit = plan.clock(DURATION_S) if after is None else plan.clock(after.start_s) - GAP_S * 0.99
        assert fitted.end_s <= limit + 1e-9
        assert fitted.speed <= max(FASTEST, 1 / (asked.ratio or 1)) + 1e-9
        if asked.ratio is None:
            assert fitted.speed >= 1 / AIM - 1e-9


@settings(max_examples=50, deadline=None)
@given(films(), st.lists(st.floats(0, 80), min_size=2, max_size=8))
def test_the_clock_of_a_slowed_film_never_runs_backwards_nor_slower_than_was_allowed(
    film: tuple[list[DubLine], list[Natural]], times: list[float]
) -> None:
    clock = fit(*film, DURATION_S, video_stretch=1.1).clock
    assert clock(0.0) == 0.0
    for one, two in pairwise(sorted(times)):
        assert -1e-9 <= clock(two) - clock(one) - (two - one) <= 0.1 * (two - one) + 1e-9


def test_a_line_fills_the_time_of_the_original_within_a_pace_that_people_speak_at() -> None:
    lines = [line(1, 0, 2), line(2, 10, 12), line(3, 20, 22), line(4, 30), line(5, 40, 42)]
    lengths = [natural(speech) for speech in (1.8, 1.0, 3.0, 2.5, 2.0)]
    told = [(round(one.speech_s, 3), one.status) for one in fit(lines, lengths, DURATION_S).lines]
    assert told == [(2.0, "fits"), (1.2, "early"), (2.5, "extended"), (2.5, "fits"), (2.0, "fits")]


def test_a_line_that_needs_more_than_comfort_is_fast_and_one_that_needs_more_than_that_is_told_what_would_fit() -> None:
    lines = [line(1, 0, 2), line(2, 2.05, 4), line(3, 4.05, 6), line(4, 59, 60)]
    plan = fit(lines, [natural(2.6), natural(2.4), natural(3.2), natural(1.0)], DURATION_S)
    assert [one.status for one in plan.lines[:2]] == ["fast", "fast"]
    assert [one.number for one in plan.failed] == []
    plan = fit(lines, [natural(2.8), natural(2.4), natural(3.2), natural(5.0)], DURATION_S)
    assert [one.number for one in plan.failed] == [1, 4]
    assert (
        "leave 86% of its text, or let the picture be slowed with --allow-video-stretch 1.10" in plan.failed[0].advice
    )
    assert "slowed" not in plan.failed[1].advice


def test_the_picture_is_slowed_no_more_than_a_line_needs() -> None:
    lines = [line(1, 0, 2), line(2, 2.05, 4), line(3, 4.05, 6)]
    plan = fit(lines, [natural(2.6), natural(1.5), natural(1.5)], DURATION_S, video_stretch=1.1)
    assert plan.lines[0].status == "video_stretched"
    assert len(plan.clock.spans) == 1
    assert abs(plan.clock.spans[0].factor - 2.6 / AIM / 2.0) < 1e-9
    assert plan.lines[1].start_s == plan.clock(2.05) > 2.05


def test_a_ratio_outranks_the_end_but_not_the_next_line() -> None:
    lines = [line(1, 0, 2, ratio=1.1), line(2, 5, 7, ratio=3.0), line(3, 8)]
    told = fit(lines, [natural(2.0)] * 3, DURATION_S).lines
    assert [round(one.speech_s, 2) for one in told] == [2.2, 2.95, 2.0]


def test_lines_that_are_not_known_yet_leave_room_and_no_plan() -> None:
    lines = [line(1, 0), line(2, 5), line(3, 8)]
    plan = fit(lines, [None, natural(1.0), None], DURATION_S)
    assert [(one.number, round(one.room_s, 2)) for one in plan.lines] == [(2, 2.95)]
    assert [round(room, 2) for room in rooms(lines, DURATION_S)] == [4.95, 2.95, 52.0]


spans = st.lists(
    st.tuples(st.floats(0, 19), st.floats(0.1, 3)).map(lambda span: (span[0], span[0] + span[1])), max_size=6
)


@settings(max_examples=100, deadline=None)
@given(spans, st.floats(0.5, 3.0), st.booleans())
def test_a_quiet_place_is_the_first_or_the_last_that_is_long_enough(
    heard: list[tuple[float, float]], length_s: float, last: bool
) -> None:
    def is_quiet(at_s: float) -> bool:
        inside = at_s >= 0 and at_s + length_s <= 20.0 + 1e-9
        apart = all(at_s + length_s + GAP_S <= a + 1e-9 or b + GAP_S <= at_s + 1e-9 for a, b in heard if b > 0)
        return inside and apart

    found = quiet_place(length_s, heard, 20.0, last=last)
    tried = [tenth / 50 for tenth in range(20 * 50)]
    others = [at_s for at_s in tried if is_quiet(at_s)]
    if found is None:
        assert not others
        return
    assert is_quiet(found)
    assert all(found >= at_s - 1e-9 if last else found <= at_s + 1e-9 for at_s in others)
