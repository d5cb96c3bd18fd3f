"""Every label is read back by tools that know nothing of us: mutagen, and ffmpeg's demuxers through PyAV."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import av
import mutagen
import mutagen._riff
import mutagen.id3
import numpy as np
import pytest

from oncue.server.audio import labels
from oncue.server.audio.encoders import FORMATS, encode, live
from oncue.server.audio.inspection import inspect

TAGGED = ("wav", "mp3", "opus", "flac", "m4a")
PCM = (np.sin(np.arange(24_000) / 20) * 9000).astype("<i2").tobytes()


def made(name: str, *, streamed: bool) -> bytes:
    kind = FORMATS[name]
    if not streamed:
        return encode(PCM, kind.rate, kind)
    encoder = live(kind, kind.rate)
    return encoder.push(PCM) + encoder.finish()


def of_mutagen(data: bytes) -> dict[str, str]:
    """Tags by name in lower case, and a WAV file's chunks."""
    if data.startswith(b"RIFF"):
        chunks = mutagen._riff.RiffFile(io.BytesIO(data)).root.subchunks()  # type: ignore[no-untyped-call]
        return {chunk.id.lower(): chunk.read().decode("latin-1") for chunk in chunks if chunk.id != "data"}
    found = mutagen.File(io.BytesIO(data))
    return {
        key.lower().removeprefix("txxx:"): str(value[0] if isinstance(value, list) else value)
        for key, value in found.tags.items()
    }


def of_ffmpeg(data: bytes) -> dict[str, str]:
    with av.open(io.BytesIO(data)) as container:
        found = {**container.metadata, **container.streams.audio[0].metadata}
    return {key.lower(): value for key, value in found.items()}


def is_whole(told: dict[str, Any]) -> bool:
    """What GB 45438-2025 asks of the label."""
    ascii_only = all(" " < c < "\x7f" and c not in '"\\' for value in told.values() for c in value)
    return told["Label"] == "1" and bool(told["ContentProducer"]) and ascii_only


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("name", TAGGED)
def test_every_format_carries_every_label(name: str, streamed: bool) -> None:
    data = made(name, streamed=streamed)
    read = of_mutagen(data) if name != "m4a" else of_ffmpeg(data)  # mutagen knows no named keys of MP4
    assert is_whole(json.loads(read["aigc"]))
    assert any(labels.SOURCE_TYPE in value for value in read.values())
    assert of_ffmpeg(data)["comment"] == labels.COMMENT
    if name != "wav":  # ffmpeg passes over chunks it does not know
        assert json.loads(of_ffmpeg(data)["aigc"]) == json.loads(read["aigc"])


def test_an_aac_file_has_them_in_a_tag_before_its_frames_and_a_stream_begins_with_a_frame() -> None:
    data = made("aac", streamed=False)
    tag = mutagen.id3.ID3(io.BytesIO(data))  # type: ignore[no-untyped-call]
    assert json.loads(tag["TXXX:AIGC"].text[0]) == json.loads(of_ffmpeg(data)["aigc"])
    assert inspect(data, None).labels.aigc == json.loads(of_ffmpeg(data)["aigc"])
    assert any(labels.SOURCE_TYPE in value for value in of_ffmpeg(data).values())
    assert made("aac", streamed=True)[0] == 0xFF


@pytest.mark.needs_program("ffmpeg")
@pytest.mark.parametrize("name", [*TAGGED, "aac"])
def test_ffprobe_reads_them(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"line{FORMATS[name].suffix}"
    path.write_bytes(made(name, streamed=False))
    command = ("ffprobe", "-v", "error", "-of", "json", "-show_entries", "format_tags:stream_tags", str(path))
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    parts = [told["format"], *told["streams"]]
    tags = {key.lower(): value for part in parts for key, value in part.get("tags", {}).items()}
    assert tags["comment"] == labels.COMMENT
    if name != "wav":
        assert is_whole(json.loads(tags["aigc"]))
        assert labels.SOURCE_TYPE in tags["digitalsourcetype"]


def test_whole_sounds_are_numbered_by_their_samples_and_the_same_bytes_each_time() -> None:
    one, other = made("flac", streamed=False), made("flac", streamed=False)
    assert one == other
    number = json.loads(of_mutagen(one)["aigc"])["ProduceID"]
    assert len(number) == 32
    assert number != json.loads(labels.aigc(PCM[2:]))["ProduceID"]


def test_the_producer_is_the_operators() -> None:
    token = labels.PRODUCER.set("91310000MA1K00000X")
    try:
        told = json.loads(of_mutagen(made("mp3", streamed=False))["aigc"])
    finally:
        labels.PRODUCER.reset(token)
    assert told["ContentProducer"] == told["ContentPropagator"] == "91310000MA1K00000X"


@pytest.mark.parametrize(
    ("name", "good"), [("OnCue", True), ("", False), ("a b", False), ('a"b', False), ("声", False)]
)
def test_a_producer_is_a_name_that_the_label_can_hold(name: str, good: bool) -> None:
    assert labels.is_producer(name) is good


@pytest.mark.parametrize("name", ["wav", "m4a"])
def test_our_own_detector_reads_them(name: str) -> None:
    found = inspect(made(name, streamed=False), None).labels
    assert found.aigc is not None
    assert is_whole(found.aigc)
    assert (found.source_type, found.comment) == (labels.SOURCE_TYPE, labels.COMMENT)
