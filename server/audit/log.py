"""What was made, by which key, with which voice: a file that is only ever added to, each line sealed by the one before.

A line is JSON; its `hash` is SHA-256 over itself without it, and so over the `prev` hash of the line before. Whoever changes,
takes out or puts in a line breaks every hash after it, and `verify` says where. Lines taken off the end leave a whole
chain, so note the last hash elsewhere now and then and give it to `oncue audit verify --head`. A lock lets several processes
write one file. Texts are kept only where the operator asks for them; sound never.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

START = "0" * 64
"""What stands before the first line."""
_TAIL_BYTES = 1 << 16


class AuditError(Exception):
    """The log cannot be read or written; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found: `bad` is the number of the first line that does not fit, from 1; None where all do."""

    lines: int
    head: str
    bad: int | None = None
    why: str = ""
    has_head: bool = True
    """Whether the hash that was asked for stands in it."""


class AuditLog:
    """One file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Seal and write entries, on the disk when this returns; all of them or none. Raises AuditError."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "r+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                size = file.seek(0, os.SEEK_END)
                data = _sealed(entries, _last(file, size))
                try:
                    _write_all(file, data)
                except OSError:
                    os.ftruncate(file.fileno(), size)  # no half line: the next one must find a whole one before it
                    raise
        except OSError as error:
            raise AuditError(f"The audit log cannot be written: {error.strerror}.") from error

    def verify(self, head: str = "") -> Verdict:
        """Walk the whole chain. Raises AuditError for a file that cannot be read."""
        prev, number, seen = START, 0, head in {"", START}
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    why = _wrong(line, prev, number)
                    if why:
                        return Verdict(number - 1, prev, number, why, seen)
                    prev = msgspec.json.decode(line)["hash"]
                    seen = seen or prev == head
        except FileNotFoundError:
            return Verdict(0, START, has_head=seen)
        except OSError as error:
            raise AuditError(f"The audit log cannot be read: {error.strerror}.") from error
        return Verdict(number, prev, has_head=seen)


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Raises OSError."""
    if file.write(data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file.fileno())


def _sealed(entries: Sequence[Mapping[str, Any]], last: tuple[int, str]) -> bytes:
    """The lines of entries after a line with this number and hash."""
    number, prev = last
    lines = []
    for entry in entries:
        number += 1
        body = {"n": number, **entry, "prev": prev}
        prev = _hash(body)
        lines.append(msgspec.json.encode(body | {"hash": prev}) + b"\n")
    return b"".join(lines)


def _hash(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(body, order="sorted")).hexdigest()


def _last(file: BinaryIO, size: int) -> tuple[int, str]:
    """Number and hash of the last line. Raises AuditError where it is no line of ours: nothing is put after a broken one."""
    if not size:
        return 0, START
    file.seek(max(0, size - _TAIL_BYTES))
    line = file.read(_TAIL_BYTES).rstrip(b"\n").rpartition(b"\n")[2]
    try:
        found = msgspec.json.decode(line)
        return int(found["n"]), str(found["hash"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise AuditError(
            "The last line of the audit log is damaged: keep the file, and name another with audit_file."
        ) from error


def _wrong(line: bytes, prev: str, number: int) -> str:
    """Why a line does not fit after one with hash `prev`; empty where it does."""
    try:
        body = msgspec.json.decode(line)
        told = body.pop("hash")
    except (msgspec.DecodeError, KeyError, AttributeError):
        return "it is not a line of the log"
    if not line.endswith(b"\n"):
        return "it is cut off"
    if body.get("n") != number:
        return "a line is missing or was put in"
    if body.get("prev") != prev:
        return "the line before it was changed, or is missing"
    return "" if told == _hash(body) else "it was changed"
