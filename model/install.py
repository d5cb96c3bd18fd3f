"""Getting a family's files onto this machine: what an installer does, and which families need one.

Like the registry it imports a family only when asked for. It fetches and converts nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

Progress = Callable[[str, int, int], None]
"""Told before each file: its name, how many are done, how many there are."""

HUB_NAMES: dict[str, str] = {"bilibili/indextts-v2": "indextts2", "IndexTeam/IndexTTS-2": "indextts2"}
"""Names that a user may know a model by, to its family."""
INSTALLERS: dict[str, str] = {"indextts2": "oncue.model.indextts2.checkpoints.installer:IndexInstaller"}


def silent(name: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a user agrees to by fetching the files of one repository."""

    repository: str
    licence: str
    url: str
    summary: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a download left: the folder, the revision of each repository, and what a user should know."""

    folder: Path
    revisions: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Converted:
    """A model that can be loaded, and what a user should know of how it was made."""

    folder: Path
    revision: str
    notes: tuple[str, ...]


class Installer(Protocol):
    """Fetches and converts a family. Both raise ValueError or OSError with a sentence a person can act on."""

    def terms(self) -> tuple[Terms, ...]:
        """What must be agreed to before anything is fetched."""
        ...

    def fetch(
        self, folder: Path, *, accepted: bool, hub: str, revisions: Mapping[str, str], progress: Progress = silent
    ) -> Fetched:
        """Download into `folder`; what is there already, whole and right, is not fetched again."""
        ...

    def convert(self, folder: Path, output: Path | None = None, *, progress: Progress = silent) -> Converted:
        """Make of the files in `folder` a model that can be loaded."""
        ...


def installer(family: str) -> Installer:
    """The installer of a family. Raises ValueError when the family has none."""
    entry = INSTALLERS.get(family)
    if entry is None:
        known = ", ".join(sorted(INSTALLERS))
        raise ValueError(f"There is nothing to fetch for {family!r}: the families with files of their own are {known}.")
    module, _, name = entry.partition(":")
    return cast(Installer, getattr(import_module(module), name)())
