"""API keys: who may come, and how much each may ask for. On the disk is what checks a key, never the key.

A key has 256 random bits, so its SHA-256 tells nothing and needs no salt and no slow hash. The file is read again when it
has changed, so a key that is added or removed by the command line counts at once in a server that runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

PREFIX = "oncue_"
_NAME = re.compile(r"[\w.@ -]{1,64}")


class KeyStoreError(ValueError):
    """A key that cannot be added, removed or read; the message says why."""


class ApiKey(Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of a key. None is no limit."""

    id: str
    name: str
    sha256: str
    created: str
    streams: Annotated[int, Meta(ge=1)] | None = None
    """Lines at once."""
    characters_per_minute: Annotated[int, Meta(ge=1)] | None = None


class KeyStore:
    """The keys in one file, by their hash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, ApiKey] = {}

    def list(self) -> tuple[ApiKey, ...]:
        """Every key, the oldest first. Raises KeyStoreError when the file cannot be read."""
        self._refresh()
        return tuple(self._keys.values())

    def find(self, secret: str) -> ApiKey | None:
        """Whose key this is. The look-up is of a hash, so its time tells nothing about the keys."""
        self._refresh()
        return self._keys.get(_hash(secret)) if secret.startswith(PREFIX) else None

    def add(
        self, name: str, streams: int | None = None, characters_per_minute: int | None = None
    ) -> tuple[str, ApiKey]:
        """A new key, which is shown this once. Raises KeyStoreError."""
        if not _NAME.fullmatch(name):
            raise KeyStoreError("A key's name is 1 to 64 letters, digits, spaces, or one of . @ _ -.")
        secret = PREFIX + secrets.token_urlsafe(32)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        key = ApiKey(secrets.token_hex(4), name, _hash(secret), created, streams, characters_per_minute)
        with self._alone():
            if any(known.name == name for known in self.list()):
                raise KeyStoreError("There is a key of this name: choose another, or remove that one first.")
            self._write((*self._keys.values(), key))
        return secret, key

    def remove(self, name: str) -> ApiKey:
        """Forget a key by its name or id. Raises KeyStoreError."""
        with self._alone():
            gone = next((key for key in self.list() if name in {key.name, key.id}), None)
            if gone is None:
                raise KeyStoreError("There is no key of this name: see `oncue keys list`.")
            self._write(tuple(key for key in self._keys.values() if key is not gone))
        return gone

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                return
            keys = msgspec.json.decode(self._path.read_bytes(), type=tuple[ApiKey, ...])
        except FileNotFoundError:
            self._stamp, self._keys = None, {}
            return
        except (OSError, msgspec.MsgspecError) as error:
            raise KeyStoreError(
                "The file of keys cannot be read: mend it, or remove it and add the keys anew."
            ) from error
        self._stamp, self._keys = stamp, {key.sha256: key for key in keys}

    def _write(self, keys: tuple[ApiKey, ...]) -> None:
        try:
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".keys-")
            with os.fdopen(handle, "wb") as file:  # 0600, as mkstemp makes it
                file.write(msgspec.json.format(msgspec.json.encode(keys), indent=1))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError as error:
            raise KeyStoreError(f"The file of keys cannot be written: {error.strerror}.") from error
        self._stamp = None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process changes the keys meanwhile."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (self._path.parent / ".keys.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise KeyStoreError(f"The folder of keys cannot be used: {error.strerror}.") from error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
