from __future__ import annotations

from pathlib import Path

import pytest

from oncue.model.watermark.code import KEY_BYTES, Payload, SignTable
from oncue.model.watermark.embed import LineMark, MarkFilters
from oncue.model.watermark.speech import Watermark
from oncue.server.audio import inspection
from oncue.server.audio.encoders import encode, format_named
from oncue.server.voices.recording import MAX_BYTES
from oncue.streaming.protocol.audio import to_s16le
from tests.sounds import speech

RATE = 24_000
MARK = Watermark(bytes(range(KEY_BYTES)), 7)


def spoken(seconds: float = 4.0) -> bytes:
    """Samples as the server sends them."""
    filters = MarkFilters(SignTable(MARK.key).of(Payload(MARK.server, 20_000)), RATE)
    return to_s16le(LineMark(filters, 0).mark(speech(seconds, RATE)))


def test_a_file_of_ours_is_found_by_its_mark_and_by_its_label() -> None:
    found = inspection.inspect(encode(spoken(), RATE, format_named("mp3")), MARK)
    assert found.layers == ("watermark", "label")
    assert found.mark is not None
    assert (found.mark.server, found.mark.day, found.mark.speed) == (7, "2024-10-04", 1.0)
    assert found.mark.chance < 1e-9
    assert found.as_json["found"] is True


def test_without_the_key_only_the_labels_answer() -> None:
    found = inspection.inspect(encode(spoken(), RATE, format_named("wav")), None)
    assert found.mark is None
    assert found.layers == ("label",)


def test_a_file_of_somebody_else_is_not_found(tmp_path: Path) -> None:
    pcm = to_s16le(speech(2.0, 16_000, seed=9))
    path = tmp_path / "a.wav"
    header = b"WAVEfmt \x10\0\0\0\x01\0\x01\0" + (16_000).to_bytes(4, "little") + (32_000).to_bytes(4, "little")
    body = header + b"\x02\0\x10\0data" + len(pcm).to_bytes(4, "little") + pcm
    path.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    found = inspection.read(path, MARK)
    assert found.layers == ()
    assert found.heard_s == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is not WAV"),
        (b"%PDF", "is not WAV"),
        (b"RIFF0000WAVE" + bytes(99), "could not be decoded"),
        (bytes(MAX_BYTES + 1), "MB"),
    ],
)
def test_what_is_no_sound_gets_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(inspection.NotInspected, match=sentence):
        inspection.inspect(data, MARK)


def test_a_file_that_cannot_be_opened_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(inspection.NotInspected, match="cannot be opened"):
        inspection.read(tmp_path / "none.wav", MARK)
