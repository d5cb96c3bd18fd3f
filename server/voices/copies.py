"""The files of a folder of voices as bytes, for a copy of them elsewhere, and what may be put into the folder from there.

What comes from elsewhere is believed only as far as its content is its name: a record must lie where its name belongs, a
voice must have the key that its record says. Where the copies are is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import msgspec
from safetensors import SafetensorError
from safetensors.numpy import load

from oncue.model.api import Voice
from oncue.server.voices.store import Revocation, VoiceRecord, alone, place_of, write_whole

_NAME = re.compile(r"[\w-]{1,64}")
_KEY = re.compile(r"[0-9a-f]{32}")
_AGREED = ".shared"
MAX_BYTES = 64 << 20
"""A voice larger than this is none."""


class Poisoned(ValueError):
    """What came from elsewhere is not what it says."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A name's file: the key of its voice, and the file's content."""

    key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be done so that two sides have the same; places are `place_of` a name."""

    take: frozenset[str] = frozenset()
    give: frozenset[str] = frozenset()
    forget_here: frozenset[str] = frozenset()
    forget_there: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()
    """Names that mean different voices on both sides since nobody knows when: left alone."""


class _Agreed(msgspec.Struct):
    epoch: str = ""
    keys: dict[str, str] = {}


def difference(
    here: Mapping[str, str], there: Mapping[str, str], agreed: Mapping[str, str], revoked: AbstractSet[str]
) -> Difference:
    """Compare two sides, place to key, by what both had when they last agreed: a side that changed is followed.

    A place with a revoked voice goes on both sides.
    """
    take, give, forget_here, forget_there, conflicts = set(), set(), set(), set(), set()
    for place in here.keys() | there.keys():
        mine, theirs, both = here.get(place), there.get(place), agreed.get(place)
        if mine in revoked:
            forget_here.add(place)
            mine = None
        if theirs in revoked:
            forget_there.add(place)
            theirs = None
        if mine == theirs:
            continue
        if mine is None and theirs == both:
            forget_there.add(place)
        elif theirs is None and mine == both:
            forget_here.add(place)
        elif mine is None or (mine == both and theirs is not None):
            take.add(place)
        elif theirs is None or theirs == both:
            give.add(place)
        else:
            conflicts.add(place)
    return Difference(*map(frozenset, (take, give, forget_here, forget_there, conflicts)))


def agreement(
    here: Mapping[str, str],
    there: Mapping[str, str],
    agreed: Mapping[str, str],
    todo: Difference,
    moved: AbstractSet[str],
) -> dict[str, str]:
    """What both sides have when the places `moved` were taken or given, and all was forgotten that was to be.

    It is what was done, and no other look at both sides: what changed on one of them meanwhile would be agreed on unseen,
    and a voice that was removed just after it was given would come back.
    """
    found = {}
    for place in here.keys() | there.keys():
        key = agreed.get(place)  # what could not be moved, and what nobody can decide, is as it was
        if place in moved:
            key = there[place] if place in todo.take else here[place]
        elif place in todo.forget_here | todo.forget_there:
            key = None
        elif here.get(place) == there.get(place):
            key = here[place]
        if key is not None:
            found[place] = key
    return found


class Copies:
    """One folder. Every change is made alone in it; each method touches the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def fingerprint(self) -> tuple[int, int]:
        """Another one whenever names or revocations have changed."""
        return _changed_at(self._folder), _changed_at(self._folder / "revoked")

    def names(self) -> dict[str, Kept]:
        """Every name that is kept here, by its place."""
        found = {}
        for path in self._folder.glob("*.json"):
            try:
                data = path.read_bytes()
                found[path.stem] = Kept(msgspec.json.decode(data, type=VoiceRecord).key, data)
            except (OSError, msgspec.DecodeError):
                continue
        return found

    def revocations(self) -> dict[str, bytes]:
        """Every revocation, by the key of the voice."""
        found = {}
        for path in (self._folder / "revoked").glob("*.json"):
            if _KEY.fullmatch(path.stem):
                found[path.stem] = path.read_bytes()
        return found

    def vectors(self, key: str) -> bytes:
        """The file of a voice. Raises OSError."""
        assert _KEY.fullmatch(key)
        return (self._folder / f"{key}.safetensors").read_bytes()

    def take(self, place: str, record: bytes, vectors: bytes) -> None:
        """Keep a name and its voice. Raises Poisoned or NotKept."""
        kept = checked_record(place, record)
        try:
            voice = Voice(kept.family, load(vectors))
        except (SafetensorError, ValueError, KeyError) as error:
            raise Poisoned("The voice cannot be read.") from error
        if voice.key != kept.key:
            raise Poisoned("The voice is another one than its record says.")
        with alone(self._folder):
            write_whole(self._folder / f"{kept.key}.safetensors", vectors)
            write_whole(self._folder / f"{place}.json", record)

    def forget(self, place: str) -> None:
        """Take a name away, and its voice with the last one it had. Raises NotKept."""
        with alone(self._folder):
            gone = self.names().get(place)
            (self._folder / f"{place}.json").unlink(missing_ok=True)
            if gone is not None and all(kept.key != gone.key for kept in self.names().values()):
                (self._folder / f"{gone.key}.safetensors").unlink(missing_ok=True)

    def take_revocation(self, key: str, data: bytes) -> None:
        """Keep that a voice was revoked; the voice goes. Raises Poisoned or NotKept."""
        try:
            told = msgspec.json.decode(data, type=Revocation)
        except msgspec.DecodeError as error:
            raise Poisoned("The revocation cannot be read.") from error
        if told.key != key or not _KEY.fullmatch(key):
            raise Poisoned("The revocation is of another voice than it says.")
        with alone(self._folder):
            (self._folder / "revoked").mkdir(exist_ok=True, mode=0o700)
            write_whole(self._folder / "revoked" / f"{key}.json", data)
            for place, kept in self.names().items():
                if kept.key == key:
                    (self._folder / f"{place}.json").unlink(missing_ok=True)
            (self._folder / f"{key}.safetensors").unlink(missing_ok=True)

    def agreed(self, epoch: str) -> dict[str, str]:
        """What both sides had when they last agreed, nothing where the other side is another one now."""
        try:
            told = msgspec.json.decode((self._folder / _AGREED).read_bytes(), type=_Agreed)
        except (OSError, msgspec.DecodeError):
            return {}
        return told.keys if told.epoch == epoch else {}

    def agree(self, epoch: str, keys: Mapping[str, str]) -> None:
        """Both sides have these. Raises NotKept."""
        if self.agreed(epoch) != keys:
            with alone(self._folder):
                write_whole(self._folder / _AGREED, msgspec.json.encode(_Agreed(epoch, dict(keys))))


def checked_record(place: str, data: bytes) -> VoiceRecord:
    """A record that belongs where it lies. Raises Poisoned."""
    try:
        record = msgspec.json.decode(data, type=VoiceRecord)
    except msgspec.DecodeError as error:
        raise Poisoned("The record cannot be read.") from error
    if (
        not _NAME.fullmatch(record.name)
        or not _KEY.fullmatch(record.key)
        or place_of(record.name, record.family) != place
    ):
        raise Poisoned("The record is of another voice than it says.")
    return record


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
