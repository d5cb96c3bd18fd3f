from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.scenes.planner import BREATH_S, Facts, LineFacts, ScenePlan, plan
from oncue.streaming.scenes.scene import Scene, scene_of
from tests.streaming.scenes.scenes import perform, scenes

NEVER = -math.inf


def written(*lines: dict[str, Any], **more: Any) -> Scene:
    rows = [{"who": "ada", "text": "One two three four.", **line} for line in lines]
    given: dict[str, Any] = {"characters": {"ada": {}, "bo": {}}, "beats": [{"id": "one", "lines": rows}], **more}
    return scene_of(given)


def planned(scene: Scene, now_s: float = NEVER, **facts: Any) -> ScenePlan:
    known = {name: LineFacts(2.0) for name in scene.lines} | facts.pop("lines", {})
    return plan(scene, Facts(known, **facts), now_s)


def starts(made: ScenePlan) -> list[float | None]:
    return [None if place.start_s is None else round(place.start_s, 3) for place in made.places.values()]


def test_lines_begin_at_times_after_and_with_others_and_one_after_another() -> None:
    scene = written(
        {"id": "a", "at": 1},
        {"id": "b", "who": "bo"},
        {"id": "c", "after": "a", "gap": 4.0},
        {"id": "d", "who": "bo", "with": "c", "gap": 0.5},
    )
    assert starts(planned(scene)) == [1.0, 3.3, 7.0, 7.5]


def test_a_line_cuts_in_at_a_word_and_the_other_ends_there() -> None:
    scene = written(
        {"id": "a", "at": 0},
        {"id": "b", "who": "bo", "cut_in": {"line": "a", "word": 3}},
        {"id": "c", "after": "a", "gap": 0.2},
    )
    guess = planned(scene)
    assert 0.5 < (guess.places["b"].start_s or 0) < 1.5
    known = planned(scene, lines={"a": LineFacts(2.0, words_s=(0.0, 0.4, 0.9))})
    assert (known.places["b"].start_s, known.places["a"].cut_s, known.places["a"].end_s) == (0.9, 0.9, 0.9)
    assert known.places["c"].start_s == 0.9 + 0.2


def test_a_line_that_only_speaks_over_another_stops_nobody() -> None:
    scene = written({"id": "a", "at": 0}, {"id": "b", "who": "bo", "cut_in": {"line": "a", "word": 1, "stop": False}})
    made = planned(scene)
    assert (made.places["a"].cut_s, made.places["a"].end_s, made.places["b"].start_s) == (None, 2.0, 0.0)


def test_nobody_speaks_two_lines_at_once() -> None:
    made = planned(written({"id": "a", "at": 0}, {"id": "b", "with": "a", "gap": 0.5}))
    assert (made.places["b"].start_s, made.places["b"].late_s) == (2.0 + BREATH_S, 1.5 + BREATH_S)


def test_a_cue_that_has_not_come_keeps_everything_waiting_that_hangs_on_it() -> None:
    scene = written({"id": "a", "cue": "knock"}, {"id": "b", "who": "bo"}, {"id": "c", "at": 1}, cues={"knock": None})
    assert planned(scene).waiting == ("a", "b")
    assert starts(planned(scene, cues={"knock": 5.0})) == [5.0, 7.3, 1.0]


def test_a_choice_is_its_default_until_it_is_made_and_lines_hang_on_what_is_said() -> None:
    scene = written(
        {"id": "a", "at": 0},
        {"id": "yes", "when": {"answer": "yes"}},
        {"id": "no", "when": {"answer": "no"}, "gap": 1},
        {"id": "b", "who": "bo"},
        {"id": "c", "after": "yes"},
        choices={"answer": {"options": ["yes", "no"], "default": "yes"}},
    )
    assert starts(planned(scene)) == [0.0, 2.3, None, 4.6, 4.6]
    chosen = planned(scene, choices={"answer": "no"})
    assert [place.status for place in chosen.places.values()] == ["planned", "skipped", "planned", "planned", "planned"]
    assert chosen.places["b"].start_s == 5.3
    assert chosen.places["c"].start_s == 5.0 + BREATH_S  # where `yes` would have begun, once Ada has said `no`


def test_a_line_that_has_begun_is_said_whatever_is_chosen_afterwards() -> None:
    scene = written(
        {"id": "a", "at": 0, "when": {"answer": "yes"}},
        {"id": "b", "at": 1, "when": {"answer": "no"}},
        choices={"answer": {"options": ["yes", "no"], "default": "yes"}},
    )
    made = planned(scene, choices={"answer": "no"}, lines={"a": LineFacts(2.0, begun_s=0.0)})
    assert (made.places["a"].status, made.places["a"].end_s) == ("begun", 2.0)
    assert made.places["b"].start_s == 2.0 + BREATH_S


def test_beats_follow_each_other_unless_they_have_a_time_of_their_own() -> None:
    beats = [
        {"id": "one", "lines": [{"id": "a", "who": "ada", "text": "One."}]},
        {"id": "two", "gap": 1, "lines": [{"id": "b", "who": "bo", "text": "Two."}]},
        {"id": "three", "at": 10, "lines": [{"id": "c", "who": "ada", "text": "Three.", "at": 0.5}]},
    ]
    assert starts(planned(scene_of({"characters": {"ada": {}, "bo": {}}, "beats": beats}))) == [0.0, 3.0, 10.5]


def test_what_is_known_too_late_begins_as_soon_as_it_can_and_says_how_late() -> None:
    scene = written({"id": "a", "at": 1}, {"id": "b", "at": 9})
    made = plan(scene, Facts({"a": LineFacts(2.0), "b": LineFacts(2.0)}), 5.0, 0.5)
    assert (made.places["a"].start_s, made.places["a"].late_s, made.places["b"].start_s) == (5.5, 4.5, 9.0)
    ready = plan(scene, Facts({"a": LineFacts(2.0, made=True), "b": LineFacts(2.0)}), 5.0, 0.5)
    assert ready.places["a"].start_s == 5.0


@settings(max_examples=60, deadline=None)
@given(scenes(), st.data())
def test_the_laws_of_a_plan_hold_in_any_scene_at_any_time(scene: Scene, data: st.DataObject) -> None:
    perform(scene, data.draw(st.integers(0, 2**32 - 1)))
