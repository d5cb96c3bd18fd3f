"""A scene file, YAML or JSON, to a scene. Aliases are refused, for a small file of them is a large scene."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from oncue.streaming.scenes.scene import Scene, SceneError, scene_of

MAX_BYTES = 1024 * 1024


def read_scene(path: Path) -> Scene:
    """Raises SceneError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SceneError(f"The scene cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise SceneError(f"The scene is over {MAX_BYTES // 2**20} MB: cut it into several.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SceneError("The scene is not UTF-8 text: save it as UTF-8.") from error
    return scene_in(text, yaml_file=path.suffix.lower() in {".yaml", ".yml"})


def scene_in(text: str, *, yaml_file: bool) -> Scene:
    """A scene in a text. Raises SceneError."""
    try:
        if not yaml_file:
            return scene_of(msgspec.json.decode(text))
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise SceneError("The scene has YAML aliases (*name): write out what they stand for.")
        return scene_of(yaml.safe_load(text))
    except (msgspec.DecodeError, yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        place = f" (line {where.line + 1})" if where is not None else ""
        raise SceneError(f"The scene is neither JSON nor YAML that can be read{place}.") from error
