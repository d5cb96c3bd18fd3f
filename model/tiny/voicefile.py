"""The built-in voices: one safetensors file, each voice the arrays that the voice encoder made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from oncue.model.api import Voice

FAMILY = "tiny"


def write_voices(path: Path, voices: Mapping[str, Voice]) -> None:
    """All voices in the order given; the first is the default."""
    arrays = {f"{name}/{key}": array for name, voice in voices.items() for key, array in voice.arrays.items()}
    save_file(arrays, path, {"order": json.dumps(list(voices))})


def read_voices(path: Path) -> dict[str, Voice]:
    """Raises FileNotFoundError when the file is missing and ValueError when it cannot be read."""
    if not path.exists():
        raise FileNotFoundError(f"The file of built-in voices {path.name} is missing: install again or `make train`.")
    try:
        with safe_open(path, "np") as file:
            order: list[str] = json.loads(file.metadata()["order"])
            arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - safe_open is not a mapping
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The file of built-in voices {path.name} cannot be read: {error}") from error
    return {name: Voice(FAMILY, _own(arrays, name)) for name in order}


def _own(arrays: Mapping[str, NDArray[Any]], name: str) -> dict[str, NDArray[Any]]:
    return {key.split("/", 1)[1]: array for key, array in arrays.items() if key.split("/", 1)[0] == name}
