"""The converted checkpoints: a folder whose manifest pins every file, opened whole or not at all.

It holds safetensors only, so reading it can never run code. What a network is, its own file knows; here its state
dict is found, and each key is either filled or one that inference never reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from oncue.model.indextts2.checkpoints.convert_part import ConvertedPart
from oncue.model.indextts2.checkpoints.integrity import checksum, cut_at, file_sha256
from oncue.model.indextts2.checkpoints.manifest import CheckpointError, shipped

MANIFEST = "manifest.json"
OUTPUT_FOLDER = "oncue"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that goes along unchanged, by its path in the folder."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What `manifest.json` says."""

    family: str
    parts: tuple[ConvertedPart, ...]
    companions: tuple[Companion, ...]
    commits: dict[str, str] = field(default_factory=dict)
    """Which commit each source was fetched at; empty where there is no record of the download."""
    format: int = FORMAT

    @property
    def revision(self) -> str:
        """Twelve hex digits that change with any weight."""
        digest = hashlib.sha256("".join(f"{part.part}{part.sha256}" for part in self.parts).encode())
        return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A network to fill, and what stands before its own keys in the part."""

    module: nn.Module
    prefix: str = ""


class Weights:
    """A verified folder. Every method raises CheckpointError for what is missing or damaged."""

    def __init__(self, folder: Path, contents: Contents) -> None:
        self.folder = folder
        self.contents = contents
        self._parts = {part.part: part for part in contents.parts}

    @property
    def revision(self) -> str:
        """Which weights these are."""
        return self.contents.revision

    def state(self, part: str, prefix: str = "") -> dict[str, Tensor]:
        """The tensors of a part whose key begins with `prefix`, without it."""
        if part not in self._parts:
            raise CheckpointError(f"The model folder has no {part}: convert it again.")
        path = self.folder / self._parts[part].file
        with safe_open(path, "pt") as file:
            keys = [key for key in file.keys() if key.startswith(prefix)]  # noqa: SIM118 -- safe_open is no mapping
            return {key.removeprefix(prefix): file.get_tensor(key) for key in keys}

    def fill(self, part: str, *targets: Target) -> None:
        """Load networks in place, in the types they have.

        Every key of theirs is filled or never read, and every tensor of the part goes to exactly one of them.
        """
        manifest, state = shipped(part), self.state(part)
        file, taken = self._parts[part].file, set[str]()
        for target in targets:
            wanted = {target.prefix + key: own for key, own in target.module.state_dict().items()}
            for key, own in wanted.items():
                if key not in state and not manifest.is_unused(key):
                    raise CheckpointError(f"{file}: the part lacks {key}: convert the checkpoints again.")
                if key in state and state[key].shape != own.shape:
                    raise CheckpointError(
                        f"{file}: {key} has the shape {list(state[key].shape)} and not {list(own.shape)}."
                    )
            own_state = {key.removeprefix(target.prefix): state[key] for key in wanted if key in state}
            target.module.load_state_dict(own_state, strict=False)
            taken |= wanted.keys() & state.keys()
        if surplus := sorted(state.keys() - taken):
            raise CheckpointError(f"{file}: the part has {surplus[0]}, which nobody reads: convert it again.")

    def companion(self, file: str) -> Path | None:
        """A file beside the weights, or None where there is none; a folder is named by itself."""
        path = self.folder / file
        return path if path.exists() else None


def open_weights(folder: Path) -> Weights:
    """Read and verify a converted folder, or the `oncue` folder in it.

    Raises FileNotFoundError or CheckpointError with a sentence that names the file, and the key that is damaged.
    """
    home = next((place for place in (folder, folder / OUTPUT_FOLDER) if (place / MANIFEST).exists()), None)
    if home is None:
        raise FileNotFoundError(f"There is no converted model in {folder}: run `oncue models convert` on it.")
    contents = _contents(home / MANIFEST)
    for record in contents.parts:
        _verify(home, record)
    _verify_companions(home, contents.companions)
    return Weights(home, contents)


def _contents(path: Path) -> Contents:
    try:
        contents = msgspec.json.decode(path.read_bytes(), type=Contents)
    except msgspec.DecodeError as error:
        raise CheckpointError(f"{path.name}: the list of the model's files is damaged: convert it again.") from error
    if contents.format != FORMAT:
        raise CheckpointError(f"{path.name}: the model was converted by another version: convert it again.")
    return contents


def _verify(home: Path, record: ConvertedPart) -> None:
    path = home / record.file
    if path.parent != home or not path.exists():
        raise CheckpointError(f"{record.file}: the file is missing from the model folder: convert it again.")
    if file_sha256(path) != record.sha256:
        raise CheckpointError(f"{record.file}: {_damage(path, record)}: convert the checkpoints again.")


def _damage(path: Path, record: ConvertedPart) -> str:
    """Which key is not what it was."""
    try:
        with safe_open(path, "pt") as file:
            found = set(file.keys())
            for key, expected in record.tensors.items():
                if key not in found:
                    return f"the key {key} is missing"
                if checksum(file.get_tensor(key)) != expected:
                    return f"{key} is damaged"
    except (SafetensorError, OSError):
        last = cut_at(path)
        return "the file is cut short or damaged" + (f" at {last}" if last else "")
    return "the file is not the one that was converted"


def _verify_companions(home: Path, companions: Iterable[Companion]) -> None:
    for companion in companions:
        path = home / companion.file
        if ".." in Path(companion.file).parts or not path.is_file() or file_sha256(path) != companion.sha256:
            raise CheckpointError(f"{companion.file}: the file is missing or damaged: convert the checkpoints again.")
