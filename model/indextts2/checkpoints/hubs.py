"""The two places such models are published at, behind one small protocol.

Their libraries are optional and imported when used; both resume a broken download and draw a bar of their own. What is
fetched, and whether it is right, `fetch.py` decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from oncue.model.indextts2.checkpoints.sources import MAIN

HUGGING_FACE = "huggingface"
MODELSCOPE = "modelscope"
_MODELSCOPE_MAIN = "master"


class FetchError(ValueError):
    """Something that could not be fetched; the message says what to do."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository; `sha256` is None where the hub does not tell it."""

    path: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds at a revision; `commit` names that revision for ever, as far as the hub can."""

    commit: str
    files: tuple[RemoteFile, ...]


class Hub(Protocol):
    """A place to fetch from. What its library raises goes through; `fetch.py` makes a sentence of it."""

    def listing(self, repository: str, revision: str) -> Listing:
        """All files of a repository."""
        ...

    def download(self, repository: str, revision: str, path: str, folder: Path) -> None:
        """Put a file at `folder / path`, going on where an earlier try broke off."""
        ...


class HuggingFace:
    """Through huggingface_hub."""

    def __init__(self) -> None:
        self._library = _imported("huggingface_hub", HUGGING_FACE)

    def listing(self, repository: str, revision: str) -> Listing:
        """Large files have their SHA-256; small ones only a git hash, which is left alone."""
        info = self._library.HfApi().model_info(repository, revision=revision, files_metadata=True)
        files = [
            RemoteFile(file.rfilename, file.size, file.lfs.sha256 if file.lfs else None) for file in info.siblings or ()
        ]
        return Listing(info.sha, tuple(files))

    def download(self, repository: str, revision: str, path: str, folder: Path) -> None:
        """A file of a repository."""
        self._library.hf_hub_download(repository, path, revision=revision, local_dir=folder)


class ModelScope:
    """Through modelscope. Its listing names no commit, so what was fetched is pinned by the hashes alone."""

    def __init__(self) -> None:
        self._api = _imported("modelscope.hub.api", MODELSCOPE)
        self._download = _imported("modelscope.hub.file_download", MODELSCOPE)

    def listing(self, repository: str, revision: str) -> Listing:
        """All files with their SHA-256."""
        branch = _MODELSCOPE_MAIN if revision == MAIN else revision
        entries = self._api.HubApi().get_model_files(repository, revision=branch, recursive=True)
        files = [
            RemoteFile(entry["Path"], entry.get("Size"), entry.get("Sha256") or None)
            for entry in entries
            if entry.get("Type") != "tree"
        ]
        return Listing(branch, tuple(files))

    def download(self, repository: str, revision: str, path: str, folder: Path) -> None:
        """A file of a repository."""
        self._download.model_file_download(repository, path, revision=revision, local_dir=str(folder))


def open_hub(name: str) -> Hub:
    """A hub by its name. Raises FetchError when it is unknown or its library is not installed."""
    if name == HUGGING_FACE:
        return HuggingFace()
    if name == MODELSCOPE:
        return ModelScope()
    raise FetchError(f"There is no hub {name!r}: choose {HUGGING_FACE} or {MODELSCOPE}.")


def _imported(module: str, hub: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        package = "huggingface_hub" if hub == HUGGING_FACE else "modelscope"
        raise FetchError(f"Fetching from {hub} needs its library: pip install {package}.") from error
