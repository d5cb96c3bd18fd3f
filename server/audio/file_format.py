"""Which container a stranger's sound file is, by its first bytes and never by its name or by trying.

Only these are ever opened: what people record with a computer, a phone or a browser, and what they download.
"""

from __future__ import annotations

_MAGIC = {b"fLaC": "flac", b"OggS": "ogg", b"ID3": "mp3", b"\x1aE\xdf\xa3": "matroska"}
_FORM_TYPES = {(b"RIFF", b"WAVE"): "wav", (b"FORM", b"AIFF"): "aiff", (b"FORM", b"AIFC"): "aiff"}
NAMES = "WAV, FLAC, Ogg, Opus, MP3, M4A, MP4, AAC, WebM or AIFF"
"""As sentences name them."""


def format_of(data: bytes) -> str | None:
    """What FFmpeg calls the container that begins with `data`, or None."""
    if len(data) >= 12 and data[4:8] == b"ftyp":
        return "mov"  # FFmpeg's one reader of MP4, M4A and QuickTime
    if (data[:4], data[8:12]) in _FORM_TYPES:
        return _FORM_TYPES[data[:4], data[8:12]]
    if behind := id3_bytes(data):  # a tag of MP3's before another format: AAC's labels, or content credentials of FLAC
        if data.startswith(b"fLaC", behind):
            return "flac"
        if _elementary(data[behind : behind + 4]) == "aac":
            return "aac"
    return next((name for magic, name in _MAGIC.items() if data.startswith(magic)), _elementary(data))


def id3_bytes(head: bytes) -> int:
    """How long the ID3v2 tag is that `head` begins with (ID3v2.4.0, 3.1: seven bits of each byte); 0 where there is none."""
    if len(head) < 10 or head[:3] != b"ID3":
        return 0
    size = 0
    for part in head[6:10]:
        size = size << 7 | part & 0x7F
    return 10 + size


def _elementary(data: bytes) -> str | None:
    """A stream of frames without a container: after twelve set bits come version, layer (0 in AAC's ADTS) and protection."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    if data[1] & 0xF6 == 0xF0:
        return "aac"
    layer, bitrate, rate = data[1] >> 1 & 3, data[2] >> 4, data[2] >> 2 & 3
    return "mp3" if layer == 1 and bitrate not in {0, 15} and rate != 3 else None
