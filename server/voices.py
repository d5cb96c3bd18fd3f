"""Voices by name: those that come with the model, and those a user keeps on this machine.

A user's voice is one safetensors file named by the hash of its content, with its name and the consent
it was made with inside; a file whose content is not its name is refused. Nothing is unpickled.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from model.api import Voice
from streaming.errors import UnknownVoice

_NAME = re.compile(r"[\w-]{1,64}")
_SUFFIX = ".safetensors"


class VoiceStoreError(ValueError):
    """A voice that cannot be kept; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A voice as a list shows it."""

    name: str
    key: str
    origin: str


class VoiceStore:
    """What a name means for one family of models; without a family, only to list and to remove."""

    def __init__(self, folder: Path, family: str | None, builtin: Mapping[str, Voice]) -> None:
        self._folder = folder
        self._family = family
        self._builtin = dict(builtin)
        self._loaded: dict[str, Voice] = {}

    def find(self, name: str | None) -> Voice:
        """A voice by its name or key; the first one of the model for None. Raises UnknownVoice."""
        if name is None:
            return next(iter(self._builtin.values()))
        if name in self._builtin:
            return self._builtin[name]
        for voice in self._builtin.values():
            if voice.key == name:
                return voice
        for entry in self._kept():
            if name in {entry.name, entry.key}:
                return self._load(entry.key)
        raise UnknownVoice("There is no voice of this name here: `oncue voices list` shows those there are.")

    def list(self) -> tuple[Entry, ...]:
        """Every voice, the default first."""
        builtin = tuple(Entry(name, voice.key, "built-in") for name, voice in self._builtin.items())
        return builtin + self._kept()

    def add(self, name: str, voice: Voice) -> Entry:
        """Keep a voice. Raises VoiceStoreError."""
        if not _NAME.fullmatch(name):
            raise VoiceStoreError("A voice's name is 1 to 64 letters, digits, _ or -.")
        if any(entry.name == name for entry in self.list()):
            raise VoiceStoreError("There is already a voice of this name: choose another, or remove that one first.")
        metadata = {"name": name, "family": voice.family, "consent": "stated"}
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self._folder / f"{voice.key}{_SUFFIX}", save(dict(voice.arrays), metadata))
        return Entry(name, voice.key, "yours")

    def remove(self, name: str) -> None:
        """Forget one of the user's voices. Raises UnknownVoice, or VoiceStoreError for a built-in one."""
        for entry in self._kept():
            if name in {entry.name, entry.key}:
                (self._folder / f"{entry.key}{_SUFFIX}").unlink()
                self._loaded.pop(entry.key, None)
                return
        if name in self._builtin:
            raise VoiceStoreError("This voice comes with the model and cannot be removed.")
        raise UnknownVoice("You have no voice of this name: `oncue voices list` shows those there are.")

    def _kept(self) -> tuple[Entry, ...]:
        """The user's voices for this family; a file that cannot be read is not one."""
        found = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            try:
                with safe_open(path, "np") as file:
                    metadata = file.metadata() or {}
            except (SafetensorError, OSError):
                continue
            if "name" in metadata and self._family in {None, metadata.get("family")}:
                found.append(Entry(metadata["name"], path.stem, "yours"))
        return tuple(found)

    def _load(self, key: str) -> Voice:
        if key not in self._loaded:
            assert self._family is not None
            with safe_open(self._folder / f"{key}{_SUFFIX}", "np") as file:
                voice = Voice(self._family, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 -- no mapping
            if voice.key != key:
                raise UnknownVoice("This voice's file is damaged: remove the voice and add it again.")
            self._loaded[key] = voice
        return self._loaded[key]


def _write(path: Path, data: bytes) -> None:
    """All of the file or none of it, and on the disk before we say so."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
