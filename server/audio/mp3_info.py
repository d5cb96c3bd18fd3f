"""The frame before an MP3 that is streamed, which says how many samples its encoder put before the first.

A file's first frame also says how many frames there are and how much of the last is padding; a stream cannot know. Without
a count the frame leaves those fields out, which the format allows, so that no player takes the sound for an empty one.
Layout: the Xing header (Xing Technologies, 1998) with the extension of LAME (Mp3 Info Tag revision 1, 2005).
"""

from __future__ import annotations

import struct

_ENCODER_DELAY = 576
"""Samples before the first one, in every rate of LAME; a decoder adds its own 529 and takes both away."""
_MOST_INDEX = {1: (32, 40, 48, 56, 64), 2: (8, 16, 24, 32, 40)}
"""Kilobits by their index in a frame's header, which counts from 1, for MPEG-1 and for MPEG-2 and 2.5, layer III."""
_VERSIONS = {
    44_100: (3, 0), 48_000: (3, 1), 32_000: (3, 2), 22_050: (2, 0), 24_000: (2, 1), 16_000: (2, 2), 11_025: (0, 0),
    12_000: (0, 1), 8_000: (0, 2),
}  # fmt: skip
"""By rate: the bits of the version and of the rate."""


def info_frame(rate: int, bit_rate: int) -> bytes:
    """A silent mono frame of that rate with the tag in it; `bit_rate` is that of the frames that follow."""
    version, rate_bits = _VERSIONS[rate]
    first = version == 3
    side_bytes = 17 if first else 9
    tag = b"Info" + bytes(4) + _extension(bit_rate)
    least = 4 + side_bytes + len(tag) + 2
    lengths = [(144_000 if first else 72_000) * kilobits // rate for kilobits in _MOST_INDEX[1 if first else 2]]
    number = next(number for number, length in enumerate(lengths) if length >= least)
    head = struct.pack(
        ">I", 0x7FF << 21 | version << 19 | 1 << 17 | 1 << 16 | (number + 1) << 12 | rate_bits << 10 | 3 << 6
    )
    told = head + bytes(side_bytes) + tag
    return (told + struct.pack(">H", _crc(told))).ljust(lengths[number], b"\0")


def _extension(bit_rate: int) -> bytes:
    """LAME's part without its CRC: of what it can say, that the rate is constant and the samples to skip."""
    constant = 1
    version, gains, stereo_and_preset, music = b"LAME3.100", bytes(8), bytes(4), bytes(6)
    return (
        version
        + bytes([constant, 0])
        + gains
        + bytes([0, min(255, bit_rate // 1000)])
        + (_ENCODER_DELAY << 12).to_bytes(3, "big")
        + stereo_and_preset
        + music
    )


def _crc(data: bytes) -> int:
    """CRC-16 with the polynomial 0x8005, reflected, as the tag asks for."""
    state = 0
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0xA001 if state & 1 else 0)
    return state
