from __future__ import annotations

import io
import struct

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.server.audio.encoders import FORMATS, Format, FormatError, convert, encode, format_named, live
from oncue.server.audio.labels import COMMENT
from oncue.streaming.protocol.messages import RATES
from oncue.streaming.session.resample import position

EXACT = ("wav", "flac", "opus")
"""Formats whose streams decode to exactly the samples that went in."""
MUXED = [kind for kind in FORMATS.values() if kind.codec and kind.name not in {"ulaw", "alaw"}]


def tone(samples: int, rate: int) -> bytes:
    return bytes(np.rint(9000 * np.sin(2 * np.pi * 300 * np.arange(samples) / rate)).astype("<i2").tobytes())


def streamed(kind: Format, pcm: bytes, rate: int, size: int) -> list[bytes]:
    encoder = live(kind, rate)
    parts = [encoder.push(pcm[at : at + size]) for at in range(0, len(pcm), size)]
    return [*parts, encoder.finish()]


def decoded(data: bytes) -> tuple[np.ndarray, int]:
    with av.open(io.BytesIO(data), "r") as container:
        rate = container.streams.audio[0].rate
        frames = [frame.to_ndarray().astype(np.float64).ravel() for frame in container.decode(audio=0)]
    return np.concatenate(frames), rate


def comment(data: bytes) -> str:
    with av.open(io.BytesIO(data), "r") as container:
        return str((dict(container.metadata) | dict(container.streams.audio[0].metadata)).get("comment"))


@pytest.mark.parametrize("name", EXACT)
@settings(deadline=None, max_examples=12)
@given(samples=st.integers(1, 9000), size=st.sampled_from([2, 1000, 5760]))
def test_a_stream_holds_exactly_the_samples_that_went_in(name: str, samples: int, size: int) -> None:
    kind = FORMATS[name]
    pcm = tone(samples, kind.rate)
    found, rate = decoded(b"".join(streamed(kind, pcm, kind.rate, max(size, len(pcm) // 50 * 2))))
    assert (len(found), rate) == (samples, kind.rate)


@pytest.mark.parametrize("name", [*EXACT, "mp3"])
@pytest.mark.parametrize("samples", [500, 48_123])
def test_a_file_holds_exactly_the_samples_that_went_in(name: str, samples: int) -> None:
    kind = FORMATS[name]
    assert len(decoded(encode(tone(samples, kind.rate), kind.rate, kind))[0]) == samples


def click(samples: int, at: int) -> bytes:
    """Silence with a short rise and fall in it, which every codec keeps where it is."""
    found = np.zeros(samples)
    found[at - 200 : at + 200] = 16_000 * np.hanning(400) * np.cos(np.arange(-200, 200) / 10)
    return bytes(np.rint(found).astype("<i2").tobytes())


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["mp3", "m4a"])
def test_a_stream_of_mp3_or_m4a_begins_on_its_sample_and_ends_within_a_frame_of_its_last(name: str, rate: int) -> None:
    samples, at = 2 * rate + 123, rate
    found, _ = decoded(b"".join(streamed(FORMATS[name], click(samples, at), rate, 5760)))
    assert 0 <= len(found) - samples < 1024
    assert abs(int(np.argmax(np.abs(found))) - at) <= 1


def test_a_stream_of_aac_has_room_for_neither_and_comes_a_frame_late() -> None:
    found, _ = decoded(b"".join(streamed(FORMATS["aac"], click(48_123, 24_000), 24_000, 5760)))
    assert 1024 <= len(found) - 48_123 < 2048
    assert abs(int(np.argmax(np.abs(found))) - 24_000 - 1024) <= 1


def test_the_edit_list_of_an_m4a_file_says_its_length_to_the_sample() -> None:
    data = encode(tone(48_123, 24_000), 24_000, FORMATS["m4a"])
    at = data.index(b"elst")
    count, duration, start = struct.unpack(">IIi", data[at + 8 : at + 20])
    assert (count, duration, start) == (1, 48_123, 1024)


@pytest.mark.parametrize("kind", MUXED, ids=lambda kind: kind.name)
def test_a_stream_gives_bytes_long_before_its_end(kind: Format) -> None:
    parts = streamed(kind, tone(2 * kind.rate, kind.rate), kind.rate, kind.rate // 4)
    assert any(parts[:2])  # a quarter of a second
    assert all(len(part) < sum(map(len, parts)) / 2 for part in parts)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["pcm", "wav", "mp3", "flac", "aac", "m4a", "ulaw", "alaw"])
def test_every_rate_is_made_as_it_was_asked_for(name: str, rate: int) -> None:
    data = b"".join(streamed(FORMATS[name], tone(rate // 2, rate), rate, 4000))
    if name in {"pcm", "ulaw", "alaw"}:
        assert len(data) == rate // 2 * (2 if name == "pcm" else 1)
    else:
        assert decoded(data)[1] == rate


def test_mu_law_is_the_one_of_g711() -> None:
    pcm = np.array([0, 32767, -32768, 1000, -1000], "<i2").tobytes()
    assert b"".join(streamed(FORMATS["ulaw"], pcm, 8000, 10)) == bytes([0xFF, 0x80, 0x00, 0xCE, 0x4E])


@pytest.mark.parametrize("name", ["wav", "mp3", "flac", "opus", "m4a"])
def test_a_file_says_that_a_machine_spoke_it(name: str) -> None:
    kind = FORMATS[name]
    assert comment(encode(tone(4800, kind.rate), kind.rate, kind)) == COMMENT


def test_the_header_of_a_stream_promises_no_length() -> None:
    data = b"".join(streamed(FORMATS["wav"], tone(100, 24_000), 24_000, 50))
    assert struct.unpack("<I", data[4:8]) == (0xFFFFFFFF,)
    assert data.endswith(tone(100, 24_000))


@pytest.mark.parametrize("kind", FORMATS.values(), ids=lambda kind: kind.name)
def test_a_sound_without_samples_is_no_error(kind: Format) -> None:
    assert isinstance(b"".join(streamed(kind, b"", kind.rate, 10)), bytes)


@given(st.integers(0, 5000), st.sampled_from(RATES), st.sampled_from(RATES))
def test_a_converted_sound_is_as_long_as_its_position_says(samples: int, source: int, target: int) -> None:
    assert len(convert(tone(samples, source), source, target)) == 2 * position(samples, source, target)


def test_a_file_at_a_rate_its_format_lacks_is_converted_to_one_it_has() -> None:
    found, rate = decoded(encode(tone(24_001, 24_000), 24_000, FORMATS["opus"]))
    assert (len(found), rate) == (48_002, 48_000)
    assert abs(np.max(np.abs(found)) - 9000 / 32768) < 0.03


def test_formats_are_found_by_name_and_by_ending_and_others_refused() -> None:
    assert format_named("mp3") is format_named(".MP3")
    assert format_named(".ogg").name == "opus"
    for name in ("", ".txt", "vorbis"):
        with pytest.raises(FormatError, match="Sound can be"):
            format_named(name)
    with pytest.raises(FormatError, match="48000"):
        live(FORMATS["opus"], 24_000)


@pytest.mark.parametrize("kind", FORMATS.values(), ids=lambda kind: kind.name)
def test_the_same_samples_are_the_same_bytes_and_no_samples_are_no_mistake(kind: Format) -> None:
    pcm = tone(20_000, kind.rate)
    assert encode(pcm, kind.rate, kind) == encode(pcm, kind.rate, kind)
    assert streamed(kind, pcm, kind.rate, 4000) == streamed(kind, pcm, kind.rate, 4000)
    encode(b"", kind.rate, kind)
