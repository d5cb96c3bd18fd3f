"""Mono 16-bit samples as a WAV file that says of itself that a machine spoke. The same samples give the same bytes."""

from __future__ import annotations

import struct

COMMENT = "AI-generated speech, made by OnCue"


def wav(pcm: bytes, rate: int) -> bytes:
    """A RIFF file (Microsoft, Multimedia Programming Interface 1.0, 1991) with an INFO comment before the samples."""
    comment = COMMENT.encode() + b"\0"
    chunks = (
        _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)),
        _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", comment)),
        _chunk(b"data", pcm),
    )
    return _chunk(b"RIFF", b"WAVE" + b"".join(chunks))


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
