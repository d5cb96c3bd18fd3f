"""A line that was spoken, as a value with its samples, and as a file that says that a machine spoke it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.server.audio.encoders import encode, format_named
from oncue.streaming.protocol.messages import MarkItem


@dataclass(frozen=True, slots=True, eq=False)
class SpokenLine:
    """Mono 16-bit samples of a line and what is known of it."""

    pcm: NDArray[np.int16]
    """[samples]"""
    sample_rate: int
    target_samples: int | None
    """The length that was asked for, None in free mode."""
    words: tuple[MarkItem, ...]
    """Where each word is, in samples."""
    warning: str | None

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.pcm) / self.sample_rate

    @property
    def error_samples(self) -> int | None:
        """How far the length is from the one asked for, None in free mode."""
        return None if self.target_samples is None else len(self.pcm) - self.target_samples

    def export(self, path: str | Path, format: str | None = None) -> Path:  # noqa: A002 -- the name that callers know
        """Write a file in a format of `oncue.server.audio.encoders`: the one named, else the one its ending names.

        Raises FormatError, which is a ValueError, and OSError.
        """
        place = Path(path)
        kind = format_named(place.suffix if format is None else format)
        place.write_bytes(encode(self.pcm.astype("<i2").tobytes(), self.sample_rate, kind))
        return place
