"""16-bit samples as a WAV file that says of itself that a machine spoke. The same samples give the same bytes."""

from __future__ import annotations

import struct

from oncue.server.audio.labels import AIGC, COMMENT, aigc, xmp

_UNKNOWN = 0xFFFFFFFF
"""The length of a chunk that is still being written, as players understand it."""


def wav(pcm: bytes, rate: int, channels: int = 1, *, label: str | None = None) -> bytes:
    """A RIFF file (Microsoft, Multimedia Programming Interface 1.0, 1991) with its labels before the samples."""
    return _chunk(b"RIFF", b"WAVE" + _head(rate, label or aigc(pcm), channels) + _chunk(b"data", pcm))


def streaming_header(rate: int) -> bytes:
    """What stands before the samples of a sound whose length is not known yet."""
    unknown = struct.pack("<I", _UNKNOWN)
    return b"RIFF" + unknown + b"WAVE" + _head(rate, aigc()) + b"data" + unknown


def _head(rate: int, label: str, channels: int = 1) -> bytes:
    """The format, a comment (INFO), the label of GB 45438-2025 (a chunk of its name) and XMP (`_PMX`, XMP part 3, 1.1.3)."""
    shape = struct.pack("<HHIIHH", 1, channels, rate, 2 * channels * rate, 2 * channels, 16)
    told = _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", COMMENT.encode() + b"\0"))
    return _chunk(b"fmt ", shape) + told + _chunk(AIGC.encode(), label.encode()) + _chunk(b"_PMX", xmp())


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
