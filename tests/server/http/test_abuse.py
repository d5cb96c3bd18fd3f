"""What a server does with what was made to hurt it: a refusal in time, no memory lost, and no file opened that is not its own."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import io
import os
import struct
import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncue.server.compat.aliases import AliasResolver
from oncue.server.config import Config
from oncue.server.voices.store import VoiceStore
from oncue.streaming.protocol.errors import UnknownVoice
from tests.conftest import Running
from tests.fakes import ScriptedModel

IDS = int(os.environ.get("TEST_VOICE_IDS", "2000"))
"""Voice names that are tried; the figure of the release is of 100,000."""


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


def kept(folder: Path) -> list[str]:
    """What is in the folder of voices."""
    return [path.name for path in folder.glob("*")]


def resident_mb() -> float:
    """Of this process, in which the server runs too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.parametrize(
    "make", [lambda: long_opus(8.7), lambda: spliced_opus(8.7), lying_wav, many_channels_wav, mp3_bomb]
)
async def test_a_recording_made_to_hurt_is_refused_and_leaves_no_memory_behind(running: Running, make: Any) -> None:
    data = make()
    async with aiohttp.ClientSession() as client:
        address = f"{running.url}/v1/voices?name=bad&consent=true"
        before, began = resident_mb(), time.process_time()
        async with client.post(address, data=data) as answer:
            assert 400 <= answer.status < 500
            assert (await answer.json())["error"]["message"]
        assert time.process_time() - began < 2  # of this process: the child has its own limit
        assert resident_mb() - before < 64
    assert kept(running.server.state.config.voices_path) == []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every path that is opened from now on, by anything written in Python."""
    paths: list[str] = []
    real = io.open

    def watched(file: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(file, str | os.PathLike):
            paths.append(os.fspath(file))
        return real(file, *rest, **more)

    monkeypatch.setattr(builtins, "open", watched)
    monkeypatch.setattr(io, "open", watched)
    return paths


names = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(["..", "/", "\\", ".", "\0", "%2e", "etc", "passwd", "~", "hum", "C:", "\n", "․․", "／"]),
        max_size=12,
    ).map("".join),
)


@settings(
    max_examples=IDS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(name=names)
def test_no_name_of_a_voice_opens_anything_outside_its_folder(opened: list[str], tmp_path: Path, name: str) -> None:

    folder = tmp_path / "voices"
    store = VoiceStore(folder, "scripted", ScriptedModel().voices)
    opened.clear()
    with contextlib.suppress(UnknownVoice):
        AliasResolver(store, Config(voices_dir=str(folder))).voice(name)
    assert all(Path(os.path.realpath(path)).is_relative_to(folder) for path in opened)


HARMFUL = [
    "../../etc/passwd",
    "..",
    "%2e%2e%2f",
    "a" * 200,
    "/etc/passwd",
    "hum/../hum",
    "\x00",
    "\u202e",
    "💥" * 60,
    "CON",
    "~root",
]


async def test_the_same_names_over_http_are_refused(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        for name in HARMFUL:
            spelled = quote(name, safe="")
            for method, path, body in (
                ("get", f"/v1/voices/{spelled}", None), ("delete", f"/v1/voices/{spelled}", None),
                ("post", f"/v1/text-to-speech/{spelled}", {"text": "Hi."}),
                ("post", "/v1/audio/speech", {"input": "Hi.", "voice": name}),
                ("post", "/v1/speech", {"text": "Hi.", "voice": name}),
                ("post", "/tts/bytes", {"transcript": "Hi.", "voice": {"mode": "id", "id": name}}),
            ):  # fmt: skip
                async with client.request(method, running.url + path, json=body) as answer:
                    assert 400 <= answer.status < 500, (method, path)


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b'{"text":' + b'"\xff"}', b"null", b"\0" * 1000])
@pytest.mark.parametrize(
    "path", ["/v1/speech", "/v1/audio/speech", "/v1/text-to-speech/hum", "/tts/bytes", "/tts/v1/voice"]
)
async def test_a_body_that_is_no_request_is_told_so(running: Running, path: str, data: bytes) -> None:
    async with aiohttp.ClientSession() as client, client.post(running.url + path, data=data) as answer:
        assert answer.status == 400


async def test_a_client_that_does_not_read_holds_its_line_and_nothing_else(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        stuck = await client.post(
            f"{running.url}/v1/speech?format=pcm&rate=48000", json={"text": "Hello there, you. " * 200}
        )
        async with client.post(f"{running.url}/v1/speech?format=pcm", json={"text": "Hello there."}) as answer:
            assert len(await answer.read()) > 20_000
        before = resident_mb()
        await asyncio.sleep(0.5)
        assert resident_mb() - before < 64
        stuck.close()
    async with asyncio.timeout(240):
        while running.server.state.pool.lines:
            await asyncio.sleep(0.01)
