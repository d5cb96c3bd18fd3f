"""16-bit samples as a WAV file that says of itself that a machine spoke. The same samples give the same bytes."""

from __future__ import annotations

import struct

COMMENT = "AI-generated speech, made by OnCue"


_UNKNOWN = 0xFFFFFFFF
"""The length of a chunk that is still being written, as players understand it."""


def wav(pcm: bytes, rate: int, channels: int = 1) -> bytes:
    """A RIFF file (Microsoft, Multimedia Programming Interface 1.0, 1991) with an INFO comment before the samples."""
    return _chunk(b"RIFF", b"WAVE" + _head(rate, channels) + _chunk(b"data", pcm))


def streaming_header(rate: int) -> bytes:
    """What stands before the samples of a sound whose length is not known yet."""
    unknown = struct.pack("<I", _UNKNOWN)
    return b"RIFF" + unknown + b"WAVE" + _head(rate) + b"data" + unknown


def _head(rate: int, channels: int = 1) -> bytes:
    comment = COMMENT.encode() + b"\0"
    return _chunk(b"fmt ", struct.pack("<HHIIHH", 1, channels, rate, 2 * channels * rate, 2 * channels, 16)) + _chunk(
        b"LIST", b"INFO" + _chunk(b"ICMT", comment)
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
