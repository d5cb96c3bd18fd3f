from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from oncue.streaming.scenes.scene import SceneError, scene_of, schema, word_shares

GOOD: dict[str, Any] = {
    "characters": {"ada": {"voice": "mei", "pan": -0.5}, "bo": {}},
    "choices": {"answer": {"options": ["yes", "no"], "default": "yes"}},
    "cues": {"knock": None},
    "beats": [
        {
            "id": "one",
            "lines": [
                {"id": "a", "who": "ada", "text": "Hello.", "at": 1},
                {"id": "b", "who": "bo", "text": "Go away.", "cut_in": {"line": "a", "word": 1}},
                {"id": "c", "who": "bo", "text": "Please.", "when": {"answer": "no"}},
            ],
        }
    ],
}


def test_a_scene_knows_its_lines_in_order_and_in_an_order_in_which_each_comes_after_what_it_needs() -> None:
    scene = scene_of(GOOD)
    assert list(scene.lines) == ["a", "b", "c"]
    assert scene.stoppers == {"a": ("b",)}
    later = copy.deepcopy(GOOD)
    later["beats"][0]["lines"][0] = {"id": "a", "who": "ada", "text": "Hello.", "with": "c"}
    later["beats"][0]["lines"][2]["at"] = 3
    assert scene_of(later).order == ("c", "a", "b")


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("beats", 0, "lines", 0, "who"), "cy", "not among `characters`"),
        (("beats", 0, "lines", 0, "after"), "b", "begins in two ways"),
        (("beats", 0, "lines", 1, "cut_in", "line"), "z", "does not exist"),
        (("beats", 0, "lines", 1, "cut_in", "word"), 60, "cuts in at word 60 of line a, which has"),
        (("beats", 0, "lines", 1, "id"), "a", "Two lines are called a"),
        (("beats", 0, "lines", 2, "when"), {"mood": "x"}, "not among `choices`"),
        (("beats", 0, "lines", 2, "when"), {"answer": "x"}, "does not have"),
        (("beats", 0, "lines", 0, "seconds"), -1, "docs/scenes.md"),
        (("beats", 0, "cue"), "bell", "not among `cues`"),
        (("beats", 0, "lines"), [], "no line"),
        (("choices", "answer", "default"), "perhaps", "none of its options"),
        (("beats", 0, "lines", 0, "colour"), "red", "docs/scenes.md"),
        (("beats", 0, "lines", 2, "ratio"), 1.0, ""),
    ],
)
def test_what_cannot_be_played_is_a_sentence(path: tuple[Any, ...], value: Any, told: str) -> None:
    changed = copy.deepcopy(GOOD)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    if not told:
        scene_of(changed)
        return
    with pytest.raises(SceneError, match=told):
        scene_of(changed)


def test_a_line_that_waits_for_itself_is_found_by_whatever_way() -> None:
    circle = copy.deepcopy(GOOD)
    circle["beats"][0]["lines"][0] = {"id": "a", "who": "ada", "text": "Hello.", "after": "b"}
    with pytest.raises(SceneError, match="waits for itself"):
        scene_of(circle)


def test_a_scene_of_a_thousand_lines_one_after_another_is_read() -> None:
    lines = [{"id": f"l{index}", "who": "bo", "text": "Hm.", "after": f"l{index + 1}"} for index in range(999)]
    scene = scene_of(
        GOOD | {"beats": [{"id": "one", "lines": [*lines, {"id": "l999", "who": "bo", "text": "Hm.", "at": 0}]}]}
    )
    assert scene.order[0] == "l999"


def test_the_schema_in_the_documents_is_that_of_the_classes() -> None:
    path = Path(__file__).resolve().parents[3] / "docs" / "scene.schema.json"
    assert msgspec.json.decode(path.read_bytes()) == schema(), "oncue scene schema > docs/scene.schema.json"


def test_a_word_is_a_run_of_letters_or_a_chinese_character() -> None:
    assert word_shares("One two, 三四!") == (0.0, 3 / 8, 6 / 8, 7 / 8)
    assert word_shares("…") == ()
