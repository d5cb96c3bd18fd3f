"""Download the family's files and write down what came: commit, size and hash of each.

The first download asks for the commits of `sources.py`. Its record (`fetched.json`) is the pin from then on: the next
download asks for the same commits and takes no other file for a recorded one, and the conversion compares the hashes. Only
a revision that is named in the call moves a source. Nothing is fetched before the licences were accepted, and nothing is
opened here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

import msgspec

from oncue.model.indextts2.checkpoints.hubs import HUGGING_FACE, MODELSCOPE, FetchError, Hub, Listing, RemoteFile
from oncue.model.indextts2.checkpoints.integrity import file_sha256
from oncue.model.indextts2.checkpoints.sources import MAIN, SOURCES, Source
from oncue.model.install import Fetched, Progress, silent

RECEIPT = "fetched.json"
_COMMIT = re.compile(r"[0-9a-f]{40}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is here and right."""

    sha256: str
    size: int
    source: str
    commit: str


@dataclass(slots=True)
class Receipt:
    """What was fetched, by path in the folder; grows with every file."""

    files: dict[str, Arrived] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    licences: list[str] = field(default_factory=list)
    hubs: dict[str, str] = field(default_factory=dict)


def fetch(
    folder: Path,
    *,
    accepted: bool,
    open_hub: Callable[[str], Hub],
    hub: str = HUGGING_FACE,
    revisions: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Fetched:
    """Everything the family needs into `folder`. `revisions` are commits by the name of a source. Raises FetchError."""
    if not accepted:
        raise FetchError("The licences must be accepted first: read them, then add --accept-licence.")
    pinned = dict(revisions or {})
    if unknown := set(pinned) - {source.name for source in SOURCES}:
        raise FetchError(
            f"There is no source {min(unknown)!r}: they are {', '.join(source.name for source in SOURCES)}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    receipt, hubs = _receipt(folder), _Hubs(open_hub, hub)
    for source in SOURCES:
        _fetch_source(folder, source, hubs, receipt, pinned.get(source.name), progress)
    notes = [note for source in SOURCES if (note := _note(source, receipt, hub))]
    return Fetched(folder, dict(receipt.revisions), tuple(notes))


def _note(source: Source, receipt: Receipt, hub: str) -> str | None:
    """What a user should know of where a source came from."""
    if hub == MODELSCOPE and source.modelscope is None:
        return f"{source.repository} is not known to be on ModelScope and came from Hugging Face."
    if not _COMMIT.fullmatch(commit := receipt.revisions[source.name]):
        return (
            f"{source.repository} came from {commit!r}, which names no commit: its files are pinned by the hashes in "
            f"{RECEIPT} alone."
        )
    return None


class _Hubs:
    """Each hub opened once, and only if something comes from it."""

    def __init__(self, open_hub: Callable[[str], Hub], wanted: str) -> None:
        self._open_hub = open_hub
        self._wanted = wanted
        self._opened: dict[str, Hub] = {}

    def of(self, source: Source) -> tuple[str, Hub, str]:
        """The hub's name, the hub, and what the repository is called there."""
        there = self._wanted == MODELSCOPE and source.modelscope is not None
        name = HUGGING_FACE if self._wanted == MODELSCOPE and not there else self._wanted
        if name not in self._opened:
            self._opened[name] = self._open_hub(name)
        return name, self._opened[name], (source.modelscope or "") if there else source.repository


def _fetch_source(
    folder: Path, source: Source, hubs: _Hubs, receipt: Receipt, pin: str | None, progress: Progress
) -> None:
    name, hub, repository = hubs.of(source)
    recorded = receipt.revisions.get(source.name) if receipt.hubs.get(source.name) == name else None
    revision = pin or recorded or (source.revision if name == HUGGING_FACE else MAIN)
    listing = _asked(partial(hub.listing, repository, revision), repository)
    if _COMMIT.fullmatch(revision) and listing.commit != revision:
        raise FetchError(f"{repository} answered with {listing.commit} and not {revision}: nothing of it was fetched.")
    files, held = _chosen(listing, source), recorded is not None and pin in {None, recorded}
    for number, file in enumerate(files):
        progress(f"{repository}/{file.path}", number, len(files))
        path = (PurePosixPath(source.folder) / file.path).as_posix()
        known = receipt.files.get(path)
        if known is not None and _is_here(folder / path, file, known, listing.commit):
            receipt.files[path] = replace(known, commit=listing.commit)
        else:
            same = known.sha256 if known is not None and held else None
            if file.sha256 is not None and same not in {None, file.sha256}:
                raise _replaced(file.path, source)
            _asked(partial(hub.download, repository, listing.commit, file.path, folder / source.folder), repository)
            receipt.files[path] = _arrived(folder / path, file, source, listing.commit, same)
        _write(folder, receipt)
    receipt.revisions[source.name], receipt.hubs[source.name] = listing.commit, name
    if source.licence.name not in receipt.licences:
        receipt.licences.append(source.licence.name)
    _write(folder, receipt)


def _chosen(listing: Listing, source: Source) -> list[RemoteFile]:
    """The files that the patterns of a source name; one that is named in full must be there."""
    for pattern in source.files:
        if "*" not in pattern and all(file.path != pattern for file in listing.files):
            raise FetchError(f"{source.repository} has no {pattern} at {listing.commit}: choose another revision.")
    chosen = [file for file in listing.files if any(fnmatchcase(file.path, pattern) for pattern in source.files)]
    if any(".." in PurePosixPath(file.path).parts for file in chosen):
        raise FetchError(f"{source.repository} has a file that would leave its folder: nothing more was fetched.")
    return chosen


def _is_here(path: Path, file: RemoteFile, known: Arrived, commit: str) -> bool:
    """Whether a download can be spared: same file as recorded, to the last bit."""
    if not path.is_file() or path.stat().st_size != known.size:
        return False
    same = known.sha256 == file.sha256 if file.sha256 is not None else known.commit == commit
    return same and file_sha256(path) == known.sha256


def _arrived(path: Path, file: RemoteFile, source: Source, commit: str, recorded: str | None) -> Arrived:
    """Check a file that came. Raises FetchError, and the file is gone so that the next try fetches it anew."""
    if not path.is_file():
        raise FetchError(f"{file.path} did not arrive: fetch again.")
    size, sha256 = path.stat().st_size, file_sha256(path)
    if file.size not in {None, size} or file.sha256 not in {None, sha256}:
        path.unlink()
        raise FetchError(f"{file.path} arrived damaged and was removed: fetch again.")
    if recorded not in {None, sha256}:
        path.unlink()
        raise _replaced(file.path, source)
    return Arrived(sha256, size, source.name, commit)


def _replaced(path: str, source: Source) -> FetchError:
    return FetchError(
        f"{source.repository} has another {path} than the one recorded in {RECEIPT}: to take it, name the revision you "
        f"want, with --pin {source.name}=REVISION."
    )


def _asked(question: Callable[[], T], repository: str) -> T:
    try:
        return question()
    except FetchError:
        raise
    except Exception as error:  # each library has errors of its own
        raise FetchError(
            f"{repository} could not be fetched ({type(error).__name__}): see that it can be reached, then fetch again; "
            "what has arrived is kept."
        ) from error


def receipt_of(folder: Path) -> dict[str, str]:
    """SHA-256 by path of what was fetched into a folder; empty where nothing was. Raises FetchError."""
    return {path: arrived.sha256 for path, arrived in _receipt(folder).files.items()}


def commits_of(folder: Path) -> dict[str, str]:
    """Commit by source of what was fetched into a folder; empty where nothing was. Raises FetchError."""
    return dict(_receipt(folder).revisions)


def _receipt(folder: Path) -> Receipt:
    path = folder / RECEIPT
    if not path.exists():
        return Receipt()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Receipt)
    except msgspec.DecodeError as error:
        raise FetchError(f"{RECEIPT} is damaged: remove it and fetch again.") from error


def _write(folder: Path, receipt: Receipt) -> None:
    temporary = folder / f"{RECEIPT}.partial"
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(receipt), indent=1))
    temporary.replace(folder / RECEIPT)
