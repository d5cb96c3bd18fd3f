"""Voices by name: those that come with the model, and those a user keeps on this machine.

A user's voice is one safetensors file named by the hash of its content; a file whose content is not its name is refused.
What a name means is a small JSON file beside it, with the consent the voice was made with. So two names may mean
one voice, and nothing is ever named after a user's file. Nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from oncue.model.api import Voice
from oncue.server.voices.quality import QualityReport
from oncue.streaming.protocol.errors import UnknownVoice, VoiceRevoked

_NAME = re.compile(r"[\w-]{1,64}")
_KEY = re.compile(r"[0-9a-f]{32}")
_VOICE, _RECORD = ".safetensors", ".json"


class VoiceStoreError(ValueError):
    """A voice that cannot be kept, shared or removed; the message says why."""

    code = "bad_name"


class NameTaken(VoiceStoreError):
    """Another voice has this name."""

    code = "name_taken"


class BuiltIn(VoiceStoreError):
    """A voice of the model's own."""

    code = "built_in"


class TakenBack(VoiceStoreError):
    """A voice whose speaker took the consent back."""

    code = "voice_revoked"


class SharedStoreAway(VoiceStoreError):
    """Servers share their voices, and where they meet cannot be reached."""

    code = "store_away"


class NotKept(VoiceStoreError):
    """The disk does not take it."""

    code = "not_kept"


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody said the speaker agreed: when (ISO 8601, UTC), by which call of ours, who said it, and how it is shown.

    `evidence` is the SHA-256 of what shows it, which is kept by whoever has it and not here; empty for a tick.
    """

    at: str
    by: str
    stated_by: str = ""
    """The id of the key, or the user of this machine."""
    speaker: str = ""
    """The name of who speaks in the recording, if it was given."""
    how: Literal["tick", "recording", "paper", "standing"] = "tick"
    evidence: str = ""
    statement: str = ""
    """The configuration's words, where they stood for every recording (`standing`)."""

    @property
    def as_json(self) -> dict[str, str]:
        """As it is shown, exported and written down."""
        told = {
            name: str(getattr(self, name))
            for name in ("at", "by", "stated_by", "speaker", "how", "evidence", "statement")
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Revocation:
    """That a voice was taken back: which, of which clip, when and by whom, and the consent that ended."""

    key: str
    clip: str
    at: str
    by: str
    names: tuple[str, ...]
    consent: Consent


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a voice comes from. `clip` is the key of what it was made of, `revision` that of the model that made it."""

    clip: str
    revision: str
    consent: Consent
    report: QualityReport


@dataclass(frozen=True, slots=True)
class VoiceRecord:
    """A name on the disk."""

    name: str
    key: str
    family: str
    made: Provenance


@dataclass(frozen=True, slots=True)
class VoiceEntry:
    """A voice as a list shows it; `made` is None for a built-in one."""

    name: str
    key: str
    origin: str
    made: Provenance | None = None

    @property
    def summary(self) -> dict[str, Any]:
        """In a list, as JSON has it."""
        return {"name": self.name, "id": self.key, "origin": self.origin}

    @property
    def as_json(self) -> dict[str, Any]:
        """By itself, as JSON has it."""
        if self.made is None:
            return self.summary
        report = self.made.report.as_json
        return self.summary | {"revision": self.made.revision, "consent": self.made.consent.as_json, "report": report}


class VoiceStore:
    """What a name means for one family of models; without a family, only to show and to remove."""

    def __init__(
        self, folder: Path, family: str | None, builtin: Mapping[str, Voice], *, complete: bool = True
    ) -> None:
        """Without `complete` there may be voices of other servers' that the folder does not have at the moment."""
        self._folder = folder
        self._complete = complete
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
        return self._load(self._kept_as(name).key)

    def show(self, name: str) -> VoiceEntry:
        """What is known of a voice, by its name or key. Raises UnknownVoice."""
        for own, voice in self._builtin.items():
            if name in {own, voice.key}:
                return VoiceEntry(own, voice.key, "built-in")
        return _entry(self._kept_as(name))

    def list(self) -> tuple[VoiceEntry, ...]:
        """Every voice, the default first."""
        builtin = tuple(VoiceEntry(name, voice.key, "built-in") for name, voice in self._builtin.items())
        return builtin + tuple(_entry(record) for record in sorted(self._records(), key=lambda record: record.name))

    def check(self, name: str) -> str:
        """A name as it is kept, if a voice may have it. Raises VoiceStoreError."""
        name = unicodedata.normalize("NFC", name)
        if not _NAME.fullmatch(name):
            raise VoiceStoreError("A voice's name is 1 to 64 letters, digits, _ or -.")
        if name in self._builtin:
            raise NameTaken("A voice of the model has this name: choose another.")
        return name

    def add(self, name: str, voice: Voice, made: Provenance) -> VoiceEntry:
        """Keep a voice under a name; the same voice under the same name a second time changes nothing.

        Raises VoiceStoreError.
        """
        name = self.check(name)
        with self._alone():
            if any(gone.key == voice.key or gone.clip == made.clip for gone in self.revocations()):
                raise TakenBack("The speaker took the consent to this voice back: it takes a new recording of them.")
            there = self._record(name)
            if there is not None and (there.key, there.family) != (voice.key, voice.family):
                raise NameTaken("There is already a voice of this name: choose another, or remove that one first.")
            record = there or VoiceRecord(name, voice.key, voice.family, made)
            write_whole(self._folder / f"{voice.key}{_VOICE}", save(dict(voice.arrays), {"family": voice.family}))
            write_whole(self._place(name, voice.family), msgspec.json.encode(record))
        return _entry(record)

    def remove(self, name: str) -> str:
        """Forget one of the user's names, and the voice with the last name it had. Returns the voice's key.

        Raises UnknownVoice, or BuiltIn for a built-in one.
        """
        if name in self._builtin or any(voice.key == name for voice in self._builtin.values()):
            raise BuiltIn("This voice comes with the model and cannot be removed.")
        gone = self._kept_as(name)
        with self._alone():
            self._place(gone.name, gone.family).unlink(missing_ok=True)
            if all(record.key != gone.key for record in self._records(every=True)):
                (self._folder / f"{gone.key}{_VOICE}").unlink(missing_ok=True)
        self._loaded.pop(gone.key, None)
        return gone.key

    def revoke(self, name: str, at: str, by: str) -> Revocation:
        """Take a voice back: all its names and its vectors are gone, and it is never made of the same recording again.

        What stays is that it was revoked, and the consent that ended. Raises UnknownVoice, or BuiltIn for a built-in one.
        """
        if name in self._builtin or any(voice.key == name for voice in self._builtin.values()):
            raise BuiltIn("This voice comes with the model and cannot be revoked.")
        gone = self._kept_as(name)
        with self._alone():
            records = [record for record in self._records(every=True) if record.key == gone.key]
            names = tuple(sorted({record.name for record in records}))
            ended = Revocation(gone.key, gone.made.clip, at, by, names, gone.made.consent)
            self._revoked_folder.mkdir(exist_ok=True, mode=0o700)
            write_whole(self._revoked_folder / f"{gone.key}{_RECORD}", msgspec.json.encode(ended))
            for record in records:
                self._place(record.name, record.family).unlink(missing_ok=True)
            (self._folder / f"{gone.key}{_VOICE}").unlink(missing_ok=True)
        self._loaded.pop(gone.key, None)
        return ended

    def revocations(self) -> tuple[Revocation, ...]:
        """Every voice that was taken back."""
        found = []
        for path in sorted(self._revoked_folder.glob(f"*{_RECORD}")):
            with contextlib.suppress(OSError, msgspec.DecodeError):
                found.append(msgspec.json.decode(path.read_bytes(), type=Revocation))
        return tuple(found)

    def revoked_keys(self) -> frozenset[str]:
        """The keys of those voices, from their files' names alone."""
        return frozenset(path.stem for path in self._revoked_folder.glob(f"*{_RECORD}") if _KEY.fullmatch(path.stem))

    @property
    def _revoked_folder(self) -> Path:
        return self._folder / "revoked"

    def made_of(self, clip: str, revision: str) -> Voice | None:
        """The voice that this model made of a clip, if it is kept."""
        for record in self._records():
            if (record.made.clip, record.made.revision) == (clip, revision):
                with contextlib.suppress(UnknownVoice):  # damaged: made again
                    return self._load(record.key)
        return None

    def _kept_as(self, name: str) -> VoiceRecord:
        """Raises UnknownVoice, or VoiceRevoked."""
        record = self._record(unicodedata.normalize("NFC", name))
        if record is None and _KEY.fullmatch(name):
            record = next((record for record in self._records() if record.key == name), None)
        if record is None:
            if any(name == gone.key or name in gone.names for gone in self.revocations()):
                raise VoiceRevoked("The speaker of this voice took the consent back: choose another voice.")
            if not self._complete:
                raise UnknownVoice(
                    "There is no voice of this name here, and the store that servers share their voices in cannot be "
                    "reached: try again later, or use a voice that is known here."
                )
            raise UnknownVoice("There is no voice of this name here: `oncue voices list` shows those there are.")
        return record

    def _record(self, name: str) -> VoiceRecord | None:
        if self._family is None:
            return next((record for record in self._records() if record.name == name), None)
        record = _read(self._place(name, self._family))
        return record if record is not None and (record.name, record.family) == (name, self._family) else None

    def _records(self, *, every: bool = False) -> Iterator[VoiceRecord]:
        """The user's names for this family, or for every one; a file that cannot be read is none."""
        for path in sorted(self._folder.glob(f"*{_RECORD}")):
            record = _read(path)
            if record is not None and (every or self._ours(record)):
                yield record

    def _ours(self, record: VoiceRecord) -> bool:
        return self._family in {None, record.family}

    def _place(self, name: str, family: str) -> Path:
        """Where a name is kept: by its hash, because a name may be longer than a file's may be."""
        return self._folder / f"{place_of(name, family)}{_RECORD}"

    def _load(self, key: str) -> Voice:
        if key not in self._loaded:
            assert self._family is not None
            self._loaded[key] = _voice(self._folder / f"{key}{_VOICE}", self._family, key)
        return self._loaded[key]

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return alone(self._folder)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """No other process or thread changes the folder of voices meanwhile. Raises NotKept."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise NotKept(f"The folder of your voices cannot be written: {error.strerror or 'unknown'}.") from error


def place_of(name: str, family: str) -> str:
    """What the file of a name is called."""
    return hashlib.sha256(f"{family}|{name}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _entry(record: VoiceRecord) -> VoiceEntry:
    return VoiceEntry(record.name, record.key, "yours", record.made)


def _read(path: Path) -> VoiceRecord | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=VoiceRecord)
    except (OSError, msgspec.DecodeError):
        return None


def _voice(path: Path, family: str, key: str) -> Voice:
    """A voice whose content is its name. Raises UnknownVoice."""
    try:
        with safe_open(path, "np") as file:
            voice = Voice(family, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 -- no mapping
    except (SafetensorError, OSError):
        voice = None
    if voice is None or voice.key != key:
        raise UnknownVoice("This voice's file is damaged: remove the voice and add it again.")
    return voice


def write_whole(path: Path, data: bytes) -> None:
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
