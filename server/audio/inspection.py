"""What a sound file says of where it comes from: the mark in its sound, and the labels in the file around it.

Files are strangers', so they are read in a child with limits on memory and time, as recordings for voices are. Each layer
answers for itself: a mark is in the sound and is found with this server's key only; a label is text that anybody can write
or take away. Nothing is concluded here from a layer that says nothing.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from oncue.model.api import Samples
from oncue.model.watermark.speech import Watermark
from oncue.server import limited_child
from oncue.server.audio.file_format import NAMES, format_of
from oncue.server.audio.labels import AIGC, COMMENT, SOURCE_TYPE
from oncue.server.voices.recording import MAX_BYTES

RATE = 16_000
"""The mark is below 4 kHz, at any speed that is tried below half of this."""
_WALL_S, _CPU_S = 60.0, 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotInspected(ValueError):
    """A file that cannot be looked into; the message says why."""

    code = "bad_recording"


class MarkFound(Struct, frozen=True):
    """What the detector says. `chance` bounds the probability that an unmarked recording looks like this."""

    found: bool
    chance: float
    speed: float
    server: int | None = None
    day: str | None = None


class LabelsFound(Struct, frozen=True):
    """What the file says of itself, where it says so."""

    aigc: dict[str, Any] | None = None
    """The label of GB 45438-2025."""
    source_type: str | None = None
    comment: str | None = None

    @property
    def found(self) -> bool:
        """Whether any of them says that a machine spoke."""
        return self.aigc is not None or self.source_type is not None or self.comment is not None


class Inspection(Struct, frozen=True):
    """All layers. `mark` is None where no key is known or too little was heard."""

    heard_s: float
    mark: MarkFound | None
    labels: LabelsFound

    @property
    def layers(self) -> tuple[str, ...]:
        """Those that say that a machine spoke, the surest first."""
        mark = ("watermark",) if self.mark is not None and self.mark.found else ()
        return mark + (("label",) if self.labels.found else ())

    @property
    def as_json(self) -> dict[str, Any]:
        """As `oncue detect --json` and `POST /v1/detect` say it."""
        labels = {name: value for name, value in msgspec.to_builtins(self.labels).items() if value is not None}
        return {
            "found": bool(self.layers),
            "layers": list(self.layers),
            "heard_s": round(self.heard_s, 3),
            "watermark": None if self.mark is None else msgspec.to_builtins(self.mark),
            "labels": labels,
        }


def read(path: Path, watermark: Watermark | None) -> Inspection:
    """What a file says. Raises NotInspected."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotInspected(f"The recording cannot be opened: {error.strerror}.") from error
    return inspect(data, watermark)


def inspect(data: bytes, watermark: Watermark | None) -> Inspection:
    """What the bytes of a file say. Raises NotInspected."""
    if len(data) > MAX_BYTES:
        raise NotInspected(f"The recording is over {MAX_BYTES // 2**20} MB: give a shorter piece of it.")
    if format_of(data) is None:
        raise NotInspected(f"The recording is not {NAMES}: convert it to one of these.")
    key = b"" if watermark is None else watermark.key
    answer = limited_child.ask(
        "oncue.server.audio.inspection", struct.pack("<B", len(key)) + key + data, wall_s=_WALL_S
    )
    if answer.late:
        raise NotInspected("The recording took too long to look into: give a shorter piece of it.")
    if not answer.ok:
        raise NotInspected(answer.told or "The recording could not be decoded: give a plain WAV file.")
    return msgspec.json.decode(answer.data, type=Inspection)


def _child() -> int:
    """Main of the child: a key and a file in, an inspection out."""
    limited_child.limit(_CPU_S)
    given = sys.stdin.buffer.read(1 + 255 + MAX_BYTES)
    key, data = given[1 : 1 + given[0]], given[1 + given[0] :]
    pcm, tags = _decoded(data)
    if isinstance(pcm, str):
        sys.stdout.write(pcm)
        return limited_child.TOLD
    told = Inspection(len(pcm) / RATE, _mark(pcm, key) if key else None, _labels(dict(tags)))
    sys.stdout.buffer.write(msgspec.json.encode(told))
    return 0


def _mark(pcm: Samples, key: bytes) -> MarkFound | None:
    from oncue.model.watermark.detect import Detector

    try:
        found = Detector(key).detect(pcm, RATE)
    except ValueError:  # too short
        return None
    server = day = None
    if found.payload is not None:
        server, day = found.payload.server, (_EPOCH + timedelta(days=found.payload.day)).date().isoformat()
    return MarkFound(found.found, found.chance, round(found.speed, 4), server, day)


def _decoded(data: bytes) -> tuple[Samples | str, list[tuple[str, str]]]:
    """Mono samples at RATE, or a sentence; and the file's tags with names in lower case. Only in the child."""
    import io

    import av

    from oncue.model.watermark.detect import LONGEST_S

    tags = list(_riff_tags(data))
    parts: list[Samples] = []
    with av.open(io.BytesIO(data), "r", format=format_of(data)) as container:
        if not container.streams.audio:
            return "The recording has no sound in it.", []
        stream = container.streams.audio[0]
        for found in (container.metadata, stream.metadata):
            tags += [(name.lower(), value) for name, value in found.items()]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        samples = 0
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                parts.append(piece.to_ndarray()[0])
                samples += piece.samples
            if samples > LONGEST_S * RATE:
                break
    pcm = np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
    if not np.isfinite(pcm).all():
        return "The recording has samples that are not numbers: save it as 16-bit WAV.", []
    return pcm, tags


def _riff_tags(data: bytes) -> Iterator[tuple[str, str]]:
    """The chunks of a WAV file that ffmpeg passes over, as tags."""
    if data[:4] != b"RIFF":
        return
    at = 12
    while at + 8 <= len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name in {b"AIGC", b"_PMX"}:
            yield name.decode().lower(), data[at + 8 : at + 8 + length].rstrip(b"\0").decode("utf-8", "replace")
        at += 8 + length + length % 2


def _labels(tags: Mapping[str, str]) -> LabelsFound:
    """What the tags say of a machine."""
    aigc: dict[str, Any] | None = None
    try:
        told = json.loads(tags.get(AIGC.lower(), ""))
        aigc = told if isinstance(told, dict) and told.get("Label") in {"1", "2", "3"} else None
    except ValueError:
        pass
    source = next((SOURCE_TYPE for value in tags.values() if SOURCE_TYPE in value), None)
    comment = next((value for value in tags.values() if value == COMMENT), None)
    return LabelsFound(aigc, source, comment)


if __name__ == "__main__":
    sys.exit(_child())
