"""Scenes by chance, and a performance of one by chance in which every law is looked at.

`python -m tests.streaming.scenes.scenes 1000` performs so many.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncue.streaming.scenes.planner import Facts, LineFacts, ScenePlan, chosen, plan
from oncue.streaming.scenes.scene import Scene, SceneError, scene_of

PEOPLE = ("ada", "bo", "cy")


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A scene whose lines hang on those before them, with choices and cues."""
    seed = draw(st.integers(0, 2**32 - 1))
    return by_chance(np.random.default_rng(seed), draw(st.integers(1, 14)))


def by_chance(by: np.random.Generator, count: int) -> Scene:
    """A scene of so many lines; circles are left out by trying again."""
    while True:
        try:
            return scene_of(_written(by, count))
        except SceneError:
            continue


def _written(by: np.random.Generator, count: int) -> dict[str, Any]:
    beats: list[dict[str, Any]] = []
    names: list[str] = []
    for index in range(count):
        if not beats or by.random() < 0.25:
            beat: dict[str, Any] = {"id": f"beat{len(beats)}", "lines": []}
            kind = by.random()
            if kind < 0.2:
                beat["at"] = float(by.uniform(0, 20))
            elif kind < 0.35:
                beat["cue"] = str(by.choice(["known", "told"]))
            elif kind < 0.5:
                beat["when"] = {"way": str(by.choice(["left", "right"]))}
            beats.append(beat)
        line = _line(by, index, names)
        names.append(line["id"])
        beats[-1]["lines"].append(line)
    return {
        "characters": {name: {} for name in PEOPLE},
        "beats": [beat for beat in beats if beat["lines"]],
        "choices": {
            "way": {"options": ["left", "right"], "default": "left"},
            "mood": {"options": ["a", "b"], "default": "b"},
        },
        "cues": {"known": 3.0, "told": None},
        "pre_roll": 1.0,
    }


def _line(by: np.random.Generator, index: int, names: list[str]) -> dict[str, Any]:
    line: dict[str, Any] = {"id": f"line{index}", "who": str(by.choice(PEOPLE)), "text": "One two three four five."}
    kind, other = by.random(), str(by.choice(names)) if names else ""
    if other and kind < 0.2:
        line["after"] = other
    elif other and kind < 0.35:
        line["with"] = other
    elif other and kind < 0.55:
        line["cut_in"] = {"line": other, "word": int(by.integers(1, 6)), "stop": bool(by.random() < 0.7)}
    elif kind < 0.65:
        line["at"] = float(by.uniform(0, 10))
    elif kind < 0.72:
        line["cue"] = str(by.choice(["known", "told"]))
    if by.random() < 0.4:
        line["gap"] = float(by.uniform(-1, 2))
    if by.random() < 0.3:
        line["when"] = {str(by.choice(["mood"])): str(by.choice(["a", "b"]))}
    if by.random() < 0.2:
        line[str(by.choice(["seconds", "ratio", "end_at"]))] = float(by.uniform(0.5, 3))
    return line


def perform(scene: Scene, seed: int) -> None:
    """Play a scene step by step with choices, cues and lengths that become known, and look at the laws after each step."""
    by = np.random.default_rng(seed)
    facts = {name: LineFacts(float(by.uniform(0.3, 4))) for name in scene.lines}
    choices: dict[str, str] = {}
    cues: dict[str, float] = {}
    now, before = -scene.pre_roll, None
    for _ in range(40):
        known = Facts(dict(facts), dict(choices), dict(cues))
        made = plan(scene, known, now, 0.2)
        assert made == plan(scene, known, now, 0.2)
        look(scene, known, made, before, now)
        for name, place in made.places.items():
            if place.status == "planned" and place.start_s is not None and place.start_s <= now + 0.3:
                facts[name] = replace(facts[name], begun_s=place.start_s)
            if by.random() < 0.2 and facts[name].length_s is None:
                facts[name] = replace(
                    facts[name], length_s=facts[name].natural_s * float(by.uniform(0.8, 1.2)), made=True
                )
        before = made
        now += float(by.uniform(0.1, 1.5))
        if by.random() < 0.1:
            choices.setdefault("way", str(by.choice(["left", "right"])))
        if by.random() < 0.1 and not any(
            facts[line.id].begun_s is not None for line in scene.lines.values() if "mood" in line.when
        ):
            choices["mood"] = str(by.choice(["a", "b"]))
        if by.random() < 0.1:
            cues.setdefault("told", now)


def look(scene: Scene, facts: Facts, made: ScenePlan, before: ScenePlan | None, now: float) -> None:
    """Every law of a plan."""
    assert list(made.places) == list(scene.lines)
    for name, place in made.places.items():
        line, known = scene.lines[name], facts.lines[name]
        said = chosen(scene, facts, line) or known.begun_s is not None
        assert (place.status == "skipped") == (not said)  # every line that is chosen has its place, no other has any
        if place.start_s is None or place.end_s is None:
            assert place.status in {"skipped", "waiting"}
            continue
        assert place.end_s >= place.start_s
        if known.begun_s is not None:
            assert place.start_s == known.begun_s  # what has begun is never moved
        else:
            assert place.start_s >= now - 1e-9
            assert place.start_s >= 0
            assert place.late_s >= -1e-9
        if place.cut_s is not None:
            assert any(made.places[other].start_s is not None for other in scene.stoppers[name])
    for who in PEOPLE:  # nobody speaks two lines at once
        spans = sorted(
            (place.start_s, place.end_s, name)
            for name, place in made.places.items()
            if scene.lines[name].who == who and place.start_s is not None and place.end_s is not None
        )
        for one, two in pairwise(spans):
            both_begun = all(facts.lines[name].begun_s is not None for name in (one[2], two[2]))
            assert both_begun or one[1] <= two[0] + 1e-9, (one, two)
    del before


def main() -> None:
    """Perform as many as were asked for."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000

    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(scenes(), st.integers(0, 2**32 - 1))
    def performed(scene: Scene, seed: int) -> None:
        perform(scene, seed)

    performed()
    print(f"{count} scenes")


if __name__ == "__main__":
    main()
