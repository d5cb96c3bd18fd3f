"""Files of sound: which formats a line can be written in, by the ending of a file's name, and the encoding.

Every file that can hold a comment says in it that a machine spoke. The same samples give the same bytes. Nothing is decoded
here, and what is sent over a WebSocket is encoded elsewhere (`opus`), packet by packet.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soxr

from oncue.server.audio.wav import COMMENT, wav


class UnknownFormat(ValueError):
    """A format that no file can be written in; the message names those that one can."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A format that FFmpeg writes: its container and codec by FFmpeg's names, and the rates it takes (None: any)."""

    container: str
    codec: str
    bit_rate: int | None = None
    rates: tuple[int, ...] | None = None


_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_ENCODINGS: Mapping[str, Encoding] = {
    "flac": Encoding("flac", "flac"),
    "m4a": Encoding("ipod", "aac", 96_000, (*_MP3_RATES, 64000, 88200, 96000)),
    "mp3": Encoding("mp3", "libmp3lame", 96_000, _MP3_RATES),
    "ogg": Encoding("ogg", "libopus", 48_000, (48_000,)),
    "opus": Encoding("ogg", "libopus", 48_000, (48_000,)),
}
FORMATS = ("wav", *_ENCODINGS, "pcm")
"""`pcm` is the bare samples: 16 bits, little-endian, mono."""


def format_of(path: str | Path) -> str:
    """The format that the ending of a file's name asks for. Raises UnknownFormat."""
    return checked(Path(path).suffix.removeprefix("."))


def checked(name: str) -> str:
    """A format by its name in any case. Raises UnknownFormat."""
    if name.lower() in FORMATS:
        return name.lower()
    what = f"No file can be written as {name!r}" if name else "A file's name must end in its format"
    raise UnknownFormat(f"{what}: use one of {', '.join(f'.{known}' for known in FORMATS)}.")


def encode(pcm: bytes, rate: int, name: str) -> bytes:
    """Mono 16-bit samples as the bytes of a file. Raises UnknownFormat."""
    name = checked(name)
    if name == "pcm":
        return pcm
    if name == "wav":
        return wav(pcm, rate)
    return _encoded(np.frombuffer(pcm, "<i2"), rate, _ENCODINGS[name])


def _encoded(samples: np.ndarray, rate: int, encoding: Encoding) -> bytes:
    if encoding.rates is not None and rate not in encoding.rates:
        nearest = min((known for known in encoding.rates if known >= rate), default=max(encoding.rates))
        samples, rate = soxr.resample(samples, rate, nearest), nearest
    file = io.BytesIO()
    # bitexact leaves out the time and random serial numbers, so that equal samples are equal files.
    with av.open(file, "w", format=encoding.container, options={"fflags": "+bitexact"}) as container:
        container.metadata["comment"] = COMMENT
        stream = container.add_stream(encoding.codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        if encoding.bit_rate is not None:
            stream.bit_rate = encoding.bit_rate
        if len(samples):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate, 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
