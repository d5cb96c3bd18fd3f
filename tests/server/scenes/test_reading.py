from __future__ import annotations

from pathlib import Path

import pytest

from oncue.server.scenes.reading import MAX_BYTES, read_scene
from oncue.streaming.scenes.scene import SceneError

YAML = """
characters: {ada: {voice: mei}}
beats:
  - id: one
    lines:
      - {id: a, who: ada, text: "Hello.", with: b}
      - {id: b, who: ada, text: "There."}
"""


def test_yaml_and_json_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(YAML.replace(", with: b", ""), encoding="utf-8")
    other = tmp_path / "scene.json"
    other.write_text(
        '{"characters": {"ada": {"voice": "mei"}}, "beats": [{"id": "one", "lines": '
        '[{"id": "a", "who": "ada", "text": "Hello."}, {"id": "b", "who": "ada", "text": "There."}]}]}',
        encoding="utf-8",
    )
    assert read_scene(path) == read_scene(other)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (YAML, "waits for itself"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("a: [1\nb: {", "neither JSON nor YAML"),
        ("[1, 2]", "docs/scenes.md"),
        ("x" * (MAX_BYTES + 1), "over 1 MB"),
    ],
)
def test_what_is_no_scene_is_a_sentence(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SceneError, match=told):
        read_scene(path)
    with pytest.raises(SceneError, match="cannot be read"):
        read_scene(tmp_path / "none.yaml")
