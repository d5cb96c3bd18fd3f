from __future__ import annotations

import io

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.server.audio.file_format import format_of
from oncue.server.voices import recording

RATE = 48_000


def recorded(container: str, codec: str, options: dict[str, str]) -> bytes:
    """Four seconds of a swelling tone as somebody's recorder writes them."""
    time = np.arange(4 * RATE) / RATE
    pcm = (12_000 * np.sin(2 * np.pi * 220 * time) * np.abs(np.sin(3 * time))).astype(np.int16)
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=options) as file:
        stream = file.add_stream(codec, rate=RATE, layout="mono")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return out.getvalue()


@pytest.mark.parametrize(
    ("container", "codec", "options", "named"),
    [
        ("ipod", "aac", {}, "mov"),  # a phone's voice memo
        ("mov", "aac", {}, "mov"),
        ("adts", "aac", {}, "aac"),
        ("webm", "libopus", {}, "matroska"),  # a browser's MediaRecorder
        ("ogg", "libopus", {}, "ogg"),
        ("aiff", "pcm_s16be", {}, "aiff"),
        ("flac", "flac", {}, "flac"),
        ("mp3", "libmp3lame", {}, "mp3"),
        ("mp3", "libmp3lame", {"id3v2_version": "0", "write_xing": "0"}, "mp3"),
        ("wav", "pcm_s16le", {}, "wav"),
    ],
)
def test_what_phones_browsers_and_editors_record_is_known_and_decoded(
    container: str, codec: str, options: dict[str, str], named: str
) -> None:
    data = recorded(container, codec, options)
    assert format_of(data) == named
    clip = recording.decode(data)
    assert clip.report.figures.duration_s == pytest.approx(4, abs=0.1)
    assert clip.report.figures.sample_rate == RATE


@given(st.binary(max_size=40))
def test_any_bytes_are_a_known_format_or_none(data: bytes) -> None:
    assert format_of(data) in {None, "wav", "aiff", "mov", "flac", "ogg", "mp3", "aac", "matroska"}
