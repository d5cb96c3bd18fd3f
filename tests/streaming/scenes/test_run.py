from __future__ import annotations

from typing import Any

import pytest

from oncue.streaming.scenes.run import FIX_S, PREPARE_S, Action, Ask, Begin, Cut, Drop, Retime, SceneRun
from oncue.streaming.scenes.scene import SceneError, scene_of


class Performance:
    """A run with a speaker who needs `delay_s` before there is sound, and a number for a clock."""

    def __init__(
        self, *lines: dict[str, Any], delay_s: float = 0.3, lengths: dict[str, float] | None = None, **more: Any
    ) -> None:
        rows = [{"who": "ada", "text": "One two three.", **line} for line in lines]
        scene = scene_of({"characters": {"ada": {}, "bo": {}}, "beats": [{"id": "one", "lines": rows}], **more})
        self.run = SceneRun(scene, dict.fromkeys(scene.lines, 1.0))
        self.now = -scene.pre_roll
        self.did: list[tuple[float, Action]] = []
        self._delay_s, self._lengths = delay_s, lengths or {}
        self._due: list[tuple[float, str]] = []

    def until(self, end: float) -> Performance:
        while self.now < end and not self.run.finished:
            for action in self.run.poll(self.now):
                self.did.append((round(self.now, 3), action))
                if isinstance(action, Ask):
                    self._due.append((self.now + self._delay_s, action.line.id))
                if isinstance(action, Drop):
                    self._due = [due for due in self._due if due[1] != action.line.id]
            for due in [due for due in self._due if due[0] <= self.now]:
                self._due.remove(due)
                self.run.sounded(due[1], 0.06)
                self.run.worded(due[1], (0.03, 0.36, 0.76))
                self.run.made(due[1], 0.06 + self._lengths.get(due[1], 1.0))
            self.now += 0.01
        return self

    def begun(self) -> dict[str, float]:
        return {action.line.id: round(action.at_s, 3) for _, action in self.did if isinstance(action, Begin)}

    def of(self, kind: type[Any]) -> list[Any]:
        return [action for _, action in self.did if isinstance(action, kind)]


def test_lines_are_asked_for_before_they_are_heard_and_fixed_shortly_before() -> None:
    made = Performance({"id": "a", "at": 5}, {"id": "b", "who": "bo"}).until(30)
    when = {(type(action).__name__, action.line.id): at for at, action in made.did}
    assert when["Ask", "a"] == pytest.approx(5 - PREPARE_S, abs=0.02)
    assert when["Begin", "a"] == pytest.approx(5 - FIX_S, abs=0.02)
    assert made.begun() == {"a": 5.0, "b": 6.3}
    assert made.run.finished


def test_a_line_that_came_out_longer_moves_those_after_it() -> None:
    made = Performance({"id": "a", "at": 3}, {"id": "b"}, lengths={"a": 1.7}).until(30)
    assert made.begun() == {"a": 3.0, "b": 5.0}


def test_a_line_that_has_no_sound_when_its_time_comes_begins_as_soon_as_it_has() -> None:
    made = Performance({"id": "a", "at": 0}, delay_s=1.0, pre_roll=0.2).until(30)
    assert 0.79 <= made.begun()["a"] <= 0.85
    assert made.of(Begin)[0].late_s == pytest.approx(made.begun()["a"], abs=0.01)
    assert made.run.plan.places["a"].late_s == made.of(Begin)[0].late_s


def test_a_line_that_is_cut_ends_as_the_other_begins() -> None:
    made = Performance({"id": "a", "at": 3}, {"id": "b", "who": "bo", "cut_in": {"line": "a", "word": 3}}).until(30)
    assert made.begun() == {"a": 3.0, "b": 3.7}
    assert [(cut.line.id, round(cut.at_s, 3)) for cut in made.of(Cut)] == [("a", 3.7)]


CHOICE: dict[str, Any] = {
    "choices": {"answer": {"options": ["stay", "go"], "default": "stay"}},
}


def test_a_late_choice_drops_what_was_asked_for_and_asks_for_the_other() -> None:
    lines = ({"id": "a", "at": 0}, {"id": "s", "when": {"answer": "stay"}}, {"id": "g", "when": {"answer": "go"}})
    made = Performance(*lines, pre_roll=1.0, **CHOICE).until(0.8)
    made.run.choose("answer", "go", made.now)
    made.until(30)
    assert [drop.line.id for drop in made.of(Drop)] == ["s"]
    assert made.begun() == {"a": 0.0, "g": 1.3}


def test_a_choice_can_be_made_until_a_line_that_depends_on_it_is_heard() -> None:
    lines = ({"id": "s", "at": 1, "when": {"answer": "stay"}}, {"id": "g", "when": {"answer": "go"}, "at": 5})
    made = Performance(*lines, pre_roll=1.0, **CHOICE).until(0.5)
    assert made.run.open_choices(made.now) == ("answer",)
    made.until(1.1)
    assert made.run.open_choices(made.now) == ()
    with pytest.raises(SceneError, match="line s, which depends on it, has begun"):
        made.run.choose("answer", "go", made.now)
    made.run.choose("answer", "stay", made.now)
    with pytest.raises(SceneError, match="no choice"):
        made.run.choose("answer", "fly", made.now)


def test_a_choice_with_a_time_is_taken_then() -> None:
    choices: dict[str, Any] = {"choices": {"answer": {"options": ["stay", "go"], "default": "stay", "by": 1.0}}}
    made = Performance({"id": "a", "at": 3}, {"id": "g", "when": {"answer": "go"}}, **choices).until(1.5)
    with pytest.raises(SceneError, match="until 1 s"):
        made.run.choose("answer", "go", made.now)


def test_a_cue_that_comes_late_is_followed_as_soon_as_there_is_sound() -> None:
    made = Performance({"id": "a", "cue": "knock"}, cues={"knock": None}).until(2.0)
    assert not made.did
    made.run.cue("knock", 2.0)
    made.until(30)
    assert 2.29 <= made.begun()["a"] <= 2.36
    with pytest.raises(SceneError, match="no cue"):
        made.run.cue("bell", 1.0)


def test_a_line_that_is_to_end_at_a_time_is_retimed_when_its_beginning_moves() -> None:
    made = Performance({"id": "a", "at": 2}, {"id": "b", "end_at": 8.0}, delay_s=3.0, pre_roll=1.0).until(30)
    retimed = made.of(Retime)
    assert made.begun()["b"] > 3.7
    assert retimed[-1].seconds == pytest.approx(8.0 - made.begun()["b"], abs=0.03)


def test_a_line_that_cannot_be_spoken_is_passed_over_and_the_rest_is_said() -> None:
    made = Performance({"id": "a", "at": 2}, {"id": "b"}).until(0.5)
    made.run.failed("a")
    made.until(30)
    assert made.begun() == {"b": 2.3}
    assert made.run.finished
