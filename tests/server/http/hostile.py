"""Recordings that were made to hurt, and how a server takes them: what it answers, after how long, and what it keeps.

    python -m tests.server.http.hostile

The tests ask for the answer and the memory on any machine; times are for a machine with nothing else to do.
"""

from __future__ import annotations

import asyncio
import io
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import aiohttp
import av
import numpy as np

from oncue.server.config import Config
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from tests.conftest import SCRIPTED

MOST_S = 2.0
MOST_MB = 64.0


def long_opus(hours: float) -> bytes:
    """Hours of silence in a few megabytes: one packet of 60 ms, over and over (RFC 3533 and 7845)."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format, context.bit_rate = 48_000, "mono", "s16", 6000
    context.options = {"frame_duration": "60", "vbr": "on"}
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 2880), "<i2"), format="s16", layout="mono")
    frame.sample_rate, frame.pts = 48_000, 0
    packet = bytes(context.encode(frame)[0])
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)
    pages = [page(0, 0, [head], 2), page(1, 0, [tags], 0)]
    each = 255
    count = round(hours * 3600 / 0.06 / each)
    pages += [page(number + 2, (number + 1) * each * 2880, [packet] * each, 0) for number in range(count)]
    return b"".join(pages)


def page(number: int, granule: int, packets: list[bytes], kind: int) -> bytes:
    """An Ogg page of short packets."""
    assert all(len(packet) < 255 for packet in packets)
    body = bytes([len(packets), *map(len, packets)]) + b"".join(packets)
    head = struct.pack("<4sBBqII", b"OggS", 0, kind, granule, 7, number)
    shifted = 0  # a CRC is linear: the head's, shifted by what follows, and that of what follows
    for bit, image in enumerate(shifts(4 + len(body))):
        shifted ^= image if checksum(head) >> bit & 1 else 0
    return head + struct.pack("<I", shifted ^ tail(body)) + body


@cache
def tail(body: bytes) -> int:
    """The CRC of what stands behind the field for the CRC; most pages have the same."""
    return checksum(body)


@cache
def shifts(length: int) -> tuple[int, ...]:
    """What becomes of each bit of a CRC when so many zero bytes follow."""
    return tuple(checksum(bytes(length), 1 << bit) for bit in range(32))


def checksum(data: bytes, state: int = 0) -> int:
    """Ogg's CRC (RFC 3533, section 6)."""
    for byte in data:
        state = (state << 8 & 0xFFFFFFFF) ^ TABLE[state >> 24 ^ byte]
    return state


def _table() -> list[int]:
    found = []
    for byte in range(256):
        state = byte << 24
        for _ in range(8):
            state = (state << 1 ^ 0x04C11DB7 if state >> 31 else state << 1) & 0xFFFFFFFF
        found.append(state)
    return found


TABLE = _table()


def spliced_opus(hours: float) -> bytes:
    """Some seconds of it whose last page says that it ends hours later."""
    data = long_opus(0.005)
    last = data.rfind(b"OggS")
    count = data[last + 26]
    body = data[last + 27 + count :]
    length = len(body) // count
    packets = [body[at : at + length] for at in range(0, len(body), length)]
    return data[:last] + page(2, round(hours * 3600 * 48_000), packets, 4)


def lying_wav() -> bytes:
    """A header that promises four gigabytes."""
    head = (
        b"RIFF" + struct.pack("<I", 0xFFFFFFF0) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 24_000, 48_000, 2, 16)
    )
    return head + b"data" + struct.pack("<I", 0xFFFFFFE0) + b"\0\0" * 2000


def many_channels_wav() -> bytes:
    """A header that claims what no microphone has."""
    form = struct.pack("<IHHIIHH", 16, 1, 65_535, 4_000_000_000, 4_000_000_000, 2, 16)
    return b"RIFF" + struct.pack("<I", 4036) + b"WAVEfmt " + form + b"data" + struct.pack("<I", 4000) + bytes(4000)


def mp3_bomb() -> bytes:
    """Nine megabytes at 8 kbit/s: two and a half hours, which would be gigabytes of samples."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=24_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = 8000
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 24_000 * 4), "<i2"), format="s16p", layout="mono")
        frame.sample_rate = 24_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data = file.getvalue()
    return (data * (9_000_000 // len(data) + 1))[:9_000_000]


def resident_mb() -> float:
    """Of this process, in which the server runs too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


RECORDINGS: Mapping[str, Callable[[], bytes]] = {
    "8.7 hours of Opus": lambda: long_opus(8.7),
    "Opus whose last page lies": lambda: spliced_opus(8.7),
    "a WAV header that lies": lying_wav,
    "a WAV of 65535 channels": many_channels_wav,
    "an MP3 of 2.5 hours": mp3_bomb,
}


async def measure() -> bool:
    """Send each of them and print what came of it. Whether all was well."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(port=0, family=SCRIPTED, voices_dir=folder)
        pool = engine_pool(config, process=False)
        await pool.start()
        well = True
        async with listening(Server(config, pool)) as url, aiohttp.ClientSession() as client:
            for name, make in RECORDINGS.items():
                data = make()
                before, began = resident_mb(), time.monotonic()
                async with client.post(f"{url}/v1/voices?name=bad&consent=true", data=data) as answer:
                    status = answer.status
                took, grown = time.monotonic() - began, resident_mb() - before
                well &= 400 <= status < 500 and took < MOST_S and grown < MOST_MB
                print(f"{name:28s} {len(data) / 2**20:6.1f} MB  {status}  {took:6.2f} s  {grown:+7.1f} MB", flush=True)
        await pool.stop()
    return well


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(measure()) else 1)
