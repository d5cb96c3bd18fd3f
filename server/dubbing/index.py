"""What was spoken for a dub, kept by line, so that only what has changed is spoken again.

A folder beside the output has a sound for each line and an index. A sound is known by all that it depends on, and not by its
place, so lines may be moved, added and taken away.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from oncue.server.audio.encoders import encode, format_named
from oncue.server.audio.subtitles import TimedWord
from oncue.streaming.dubbing.fit import Natural

INDEX = "lines.json"


class SpokenSound(Struct, frozen=True):
    """A line as it was spoken; its samples are in the file `sound` of the folder, mono and 16 bits."""

    sound: str
    rate: int
    samples: int
    error_samples: int | None
    onset_s: float
    """From the first sample to the first sound."""
    end_s: float
    """From the first sample to the end of the last sound."""
    words: tuple[TimedWord, ...]
    warning: str | None = None


class _Index(Struct, frozen=True):
    """Everything in the folder, by what it depends on."""

    naturals: dict[str, Natural] = {}
    sounds: dict[str, SpokenSound] = {}
    translations: dict[str, str] = {}


class LineStore:
    """One folder. Nothing is read again that was not written whole. Lines may be kept from several threads at once."""

    def __init__(self, folder: Path, *, again: bool = False) -> None:
        self._folder = folder
        self._writing = Lock()
        kept = _Index() if again else self._kept()
        self.naturals, self.sounds, self.translations = dict(kept.naturals), dict(kept.sounds), dict(kept.translations)

    def pcm(self, key: str) -> tuple[SpokenSound, NDArray[np.int16]] | None:
        """A sound that was spoken before, if it is still there as it was written."""
        known = self.sounds.get(key)
        if known is None:
            return None
        try:
            data = (self._folder / known.sound).read_bytes()
        except OSError:
            return None
        pcm = np.frombuffer(data[-2 * known.samples :], "<i2") if len(data) > 2 * known.samples else np.zeros(0, "<i2")
        return (known, pcm.astype(np.int16)) if len(pcm) == known.samples else None

    def keep(self, key: str, sound: SpokenSound, pcm: bytes) -> None:
        """Write a sound, then the index."""
        wav = encode(pcm, sound.rate, format_named("wav"))
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._writing:
            _write(self._folder / sound.sound, wav)
            self.sounds[key] = sound
            self._write_index()

    def save(self) -> None:
        """Write the index."""
        with self._writing:
            self._write_index()

    def _write_index(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        index = _Index(self.naturals, self.sounds, self.translations)
        _write(self._folder / INDEX, msgspec.json.format(msgspec.json.encode(index), indent=1))

    def tidy(self, used: set[str]) -> None:
        """Remove the sounds that no line has any more."""
        with self._writing:
            for key in self.sounds.keys() - used:
                (self._folder / self.sounds.pop(key).sound).unlink(missing_ok=True)
            self._write_index()

    def _kept(self) -> _Index:
        try:
            return msgspec.json.decode((self._folder / INDEX).read_bytes(), type=_Index)
        except (OSError, msgspec.MsgspecError):
            return _Index()


def fingerprint(*parts: Any) -> str:
    """A name for what something depends on."""
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=12).hexdigest()


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
