from __future__ import annotations

import io

import av
import numpy as np
import pytest

from oncue.server.audio.formats import FORMATS, UnknownFormat, encode, format_of
from oncue.server.audio.wav import COMMENT

CODECS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "mp3", "ogg": "opus", "opus": "opus", "m4a": "aac"}


def hum(rate: int) -> bytes:
    seconds = np.arange(round(1.234 * rate)) / rate
    return (np.sin(2 * np.pi * 220 * seconds) * 8000).astype("<i2").tobytes()


@pytest.mark.parametrize("rate", [8000, 22_050, 24_000])
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "pcm"])
def test_a_file_is_what_its_ending_says_as_long_as_the_line_and_says_that_a_machine_spoke(name: str, rate: int) -> None:
    with av.open(io.BytesIO(encode(hum(rate), rate, name)), "r") as file:
        stream = file.streams.audio[0]
        assert CODECS[name] in stream.codec_context.name
        assert COMMENT in {file.metadata.get("comment"), stream.metadata.get("comment")}
        frames = [frame.to_ndarray()[0].astype(float) for frame in file.decode(stream)]
        heard = np.concatenate(frames)
        assert len(heard) / stream.rate == pytest.approx(1.234, abs=0.06)
        spectrum = np.abs(np.fft.rfft(heard))
        assert np.argmax(spectrum) * stream.rate / len(heard) == pytest.approx(220, abs=2)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_samples_are_the_same_bytes_and_no_samples_are_no_mistake(name: str) -> None:
    assert encode(hum(24_000), 24_000, name) == encode(hum(24_000), 24_000, name)
    encode(b"", 24_000, name)


def test_formats_without_loss_keep_every_sample() -> None:
    pcm = hum(24_000)
    assert encode(pcm, 24_000, "pcm") == pcm
    for name in ("wav", "flac"):
        with av.open(io.BytesIO(encode(pcm, 24_000, name)), "r") as file:
            assert b"".join(frame.to_ndarray().tobytes() for frame in file.decode(audio=0)) == pcm


def test_the_ending_of_a_name_is_the_format_and_an_unknown_one_is_a_sentence_with_those_there_are() -> None:
    assert format_of("a/b.MP3") == "mp3"
    with pytest.raises(UnknownFormat, match=r"'aiff'.*\.wav.*\.mp3"):
        format_of("x.aiff")
    with pytest.raises(UnknownFormat, match="must end in its format"):
        format_of("x")
