"""Weights from disk: safetensors only, and the file is the one that was pinned.

No pickle anywhere: a weights file can be wrong, it can never run code.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load

from oncue.model.tiny.runtime import Weights, wanted


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which weights file belongs to this source tree."""

    file: str
    sha256: str
    revision: str


def read_manifest(path: Path) -> Manifest:
    """Raises FileNotFoundError or ValueError with a sentence a person can act on."""
    if not path.exists():
        raise FileNotFoundError(f"There is no {path.name} beside the weights: install again or run `make train`.")
    return Manifest(**json.loads(path.read_text(encoding="utf-8")))


def read_weights(path: Path, sha256: str) -> Weights:
    """Tensors by name, as they were written.

    Raises FileNotFoundError when the file is missing and ValueError when it is not the pinned one or its keys do
    not fit.
    """
    if not path.exists():
        raise FileNotFoundError(f"The weights file {path.name} is missing: install again or run `make train`.")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"The weights file {path.name} is damaged or another version: install again or `make train`.")
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise ValueError(f"The weights file {path.name} cannot be read: {error}") from error
    known = {key for keys in wanted().values() for key in keys}
    if unknown := tensors.keys() - known:
        raise ValueError(f"The weights file {path.name} has keys nobody wants: {sorted(unknown)[:3]}")
    if missing := known - tensors.keys():
        raise ValueError(f"The weights file {path.name} does not fit this version, it lacks: {sorted(missing)[:3]}")
    return tensors
