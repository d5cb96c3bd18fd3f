"""Weights in and out: safetensors only, every key consumed, and the file is the one that was pinned.

No pickle anywhere: a weights file can be wrong, it can never run code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor, nn


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


def load_modules(path: Path, sha256: str, modules: Mapping[str, nn.Module]) -> None:
    """Fill modules from `prefix.key` entries, as float32.

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
    _fill(tensors, modules, path.name)


def _fill(tensors: dict[str, Tensor], modules: Mapping[str, nn.Module], name: str) -> None:
    unknown = {key for key in tensors if key.split(".", 1)[0] not in modules}
    if unknown:
        raise ValueError(f"The weights file {name} has keys nobody wants: {sorted(unknown)[:3]}")
    for prefix, module in modules.items():
        own = {key.split(".", 1)[1]: value.float() for key, value in tensors.items() if key.startswith(prefix + ".")}
        try:
            module.load_state_dict(own, strict=True)
        except RuntimeError as error:
            raise ValueError(f"The weights file {name} does not fit this version: {error}") from error


def save_modules(path: Path, modules: Mapping[str, nn.Module]) -> str:
    """Write all modules as float16; returns the SHA-256 of the file."""
    tensors = {
        f"{prefix}.{key}": value.detach().to(torch.float16).contiguous()
        for prefix, module in modules.items()
        for key, value in module.state_dict().items()
    }
    save_file(tensors, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()
