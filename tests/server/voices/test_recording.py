from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from oncue.server.audio.wav import wav
from oncue.server.voices import recording as reference
from oncue.server.voices.clip import prepare
from oncue.streaming.protocol.audio import from_s16le
from oncue.streaming.protocol.errors import BadReference
from tests.sounds import good_recording, noisy_recording


def tone(seconds: float, rate: int) -> bytes:
    samples = 0.5 * np.sin(2 * np.pi * 220 * np.arange(round(seconds * rate)) / rate)
    return (samples * 32767).astype("<i2").tobytes()


def test_a_recording_becomes_mono_samples_at_its_own_rate(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(wav(tone(3.5, 16000), 16000))
    clip = reference.read(file)
    assert clip.rate == 16000
    assert len(clip.pcm) == 56000
    assert 0.45 < np.abs(clip.pcm).max() < 0.55


def test_a_file_makes_the_clip_that_its_samples_make_and_says_the_same_of_it() -> None:
    data = noisy_recording()
    pcm = from_s16le(data[data.index(b"data") + 8 :]) * np.float32(32767 / 32768)
    for denoise in (False, True):
        read, made = reference.decode(data, denoise=denoise), prepare(pcm, 24_000, denoise=denoise)
        assert read.report.as_json == made.report.as_json
        assert len(read.pcm) == len(made.pcm)
        assert np.abs(read.pcm - made.pcm).max() < 1e-4


def test_the_same_file_is_the_same_clip() -> None:
    assert reference.decode(good_recording()).key == reference.decode(good_recording()).key


def test_samples_that_are_not_numbers_are_a_bad_reference() -> None:
    samples = np.zeros(64_000, "<f4")
    samples[7] = np.nan
    header = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 3, 1, 16_000, 64_000, 4, 32)
    body = header + b"data" + struct.pack("<I", samples.nbytes) + samples.tobytes()
    with pytest.raises(BadReference, match="not numbers"):
        reference.decode(b"RIFF" + struct.pack("<I", len(body)) + body)


def test_half_a_second_is_too_little_and_the_sentence_says_how_much_is_needed() -> None:
    with pytest.raises(BadReference, match=r"0\.5 s long: give at least 3 s"):
        reference.decode(wav(tone(0.5, 16000), 16000))


def test_more_than_a_minute_is_refused() -> None:
    with pytest.raises(BadReference, match="over 60 s"):
        reference.decode(wav(tone(61, 8000), 8000))


def test_a_header_that_lies_about_its_length_does_no_harm() -> None:
    data = bytearray(wav(tone(3.5, 16000), 16000))
    data[4:8] = data[data.index(b"data") + 4 : data.index(b"data") + 8] = b"\xff\xff\xff\x7f"
    assert len(reference.decode(bytes(data)).pcm) == 56000


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "not WAV"),
        (b"MZ" * 100, "not WAV"),
        (b"x" * (reference.MAX_BYTES + 1), "MB"),
        (b"RIFF" * 9, "not WAV"),
        (b"RIFF0000WAVE" + b"x" * 99, "decoded"),
        (b"\0\0\0\x20ftypM4A " + b"x" * 99, "decoded"),
        (b"\xff\xf1" + b"x" * 99, "recording"),
    ],
)
def test_what_is_no_recording_is_a_bad_reference(data: bytes, word: str) -> None:
    with pytest.raises(BadReference, match=word):
        reference.decode(data)


def test_a_file_that_is_not_there_is_a_bad_reference_that_does_not_name_it(tmp_path: Path) -> None:
    with pytest.raises(BadReference) as error:
        reference.read(tmp_path / "secret-name.wav")
    assert "secret-name" not in str(error.value)
