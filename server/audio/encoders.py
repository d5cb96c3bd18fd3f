"""Samples to the bytes of a file or a stream, in every format that people ask for, through the codecs in PyAV.

A stream's encoder gives bytes as soon as there are any and never goes back; a file's may, so that its header is true.
Both are fed with 16-bit samples at the rate of the format: rates are converted before, by absolute position, so counts
stay exact. What a decoder gives back is exact for PCM, WAV, FLAC, Opus and for MP3 files; a streamed MP3 and M4A begin on
the sample and end within a frame after it (docs/clients.md). Packets without a container are `opus.py`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

import numpy as np

from oncue.server.audio import labels
from oncue.server.audio.credentials import signed
from oncue.server.audio.mp3_info import info_frame
from oncue.server.audio.wav import streaming_header, wav
from oncue.streaming.protocol.audio import BYTES_PER_SAMPLE
from oncue.streaming.protocol.messages import RATES
from oncue.streaming.session.resample import position

if TYPE_CHECKING:
    import av.container

NO_PADDING = {"metadata_header_padding": "0"}
"""Room for tags of later, 8 KB of it, that nobody will write into a stream."""
LIVE_BLOCK = {"compression_level": "2"}
"""FLAC frames of 27 ms instead of 105, so that a listener need not wait for them."""


class FormatError(ValueError):
    """A format, rate or bit rate that cannot be made; the message says what can."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of sound file: what it is called, and how PyAV makes it; without a codec the bytes are the samples'."""

    name: str
    content_type: str
    suffix: str
    rates: tuple[int, ...] = RATES
    container: str = ""
    codec: str = ""
    bit_rate: int | None = None
    live: Mapping[str, str] = field(default_factory=dict)
    """Options of the container when it cannot be gone back in."""
    live_codec: Mapping[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> int:
        """The rate where none is asked for: the bundled model's, if the format has it."""
        return 24_000 if 24_000 in self.rates else self.rates[0]

    def checked(self, rate: int | None) -> int:
        """A rate this format can have. Raises FormatError."""
        chosen = self.rate if rate is None else rate
        if chosen not in self.rates:
            raise FormatError(f"{self.name} can have a rate of {', '.join(map(str, self.rates))}, not {chosen}.")
        return chosen


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("pcm", "audio/pcm", ".pcm"),
        Format("wav", "audio/wav", ".wav"),
        Format("mp3", "audio/mpeg", ".mp3", RATES, "mp3", "libmp3lame", 64_000, {"write_xing": "0"}),
        Format("opus", "audio/ogg", ".opus", (48_000,), "ogg", "libopus", 32_000, {"page_duration": "20000"}),
        Format("flac", "audio/flac", ".flac", RATES, "flac", "flac", None, NO_PADDING, LIVE_BLOCK),
        Format("aac", "audio/aac", ".aac", RATES, "adts", "aac", 64_000),
        Format(
            "m4a",
            "audio/mp4",
            ".m4a",
            RATES,
            "ipod",
            "aac",
            64_000,
            # delay_moov, because only then does the header say what of the first packet is no sample of ours
            {
                "movflags": "frag_keyframe+empty_moov+delay_moov+default_base_moof+use_metadata_tags",
                "frag_duration": "40000",
            },
        ),
        Format("ulaw", "audio/basic", ".ulaw", RATES, "mulaw", "pcm_mulaw"),
        Format("alaw", "audio/x-alaw-basic", ".alaw", RATES, "alaw", "pcm_alaw"),
    )
}
_SUFFIXES = {each.suffix: each for each in FORMATS.values()} | {".ogg": FORMATS["opus"], ".mulaw": FORMATS["ulaw"]}
_SAMPLE_FORMAT = {"libmp3lame": "s16p", "libopus": "s16", "flac": "s16", "aac": "fltp"}


def format_named(name: str) -> Format:
    """A format by its name or a file's ending. Raises FormatError."""
    found = FORMATS.get(name) or _SUFFIXES.get(name.lower())
    if found is None:
        raise FormatError(f"Sound can be {', '.join(FORMATS)}; {name or 'a file without an ending'} is none of them.")
    return found


class Encoder(Protocol):
    """One sound from its first sample to its last."""

    def push(self, pcm: bytes) -> bytes:
        """16-bit samples to the bytes that can be made now."""
        ...

    def finish(self) -> bytes:
        """No more samples: the rest."""
        ...


class PlainSamples:
    """The samples themselves, after a header if there is one."""

    def __init__(self, header: bytes = b"") -> None:
        self._header = header

    def push(self, pcm: bytes) -> bytes:
        """Every sample at once."""
        header, self._header = self._header, b""
        return header + pcm

    def finish(self) -> bytes:
        """A header without samples, where there were none."""
        return self.push(b"")


class _Gathered:
    """What a container writes, to be taken away; it cannot be gone back in, so it has no `seek`."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


class Muxed:
    """Samples in a container, as PyAV makes it."""

    def __init__(
        self, kind: Format, rate: int, bit_rate: int | None, file: io.BytesIO | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        import av  # not before it is needed: the codecs are a hundred megabytes
        import av.audio.stream

        self._out = _Gathered()
        live = file is None
        container = "mp4" if live and kind.container == "ipod" else kind.container
        # bitexact leaves out the time and random serial numbers: the same samples are the same bytes
        options = {"fflags": "+bitexact"} | (dict(kind.live) if live else {})
        if not live and kind.container == "ipod":
            options["movie_timescale"] = str(rate)  # else the edit list says the length in milliseconds
            options["movflags"] = "use_metadata_tags"  # else only tags that iTunes knows are kept
        if not live and kind.container == "adts":
            options["write_id3v2"] = "1"  # frames alone have no place for text; a stream has its headers
        self._muxer: av.container.OutputContainer = av.open(
            self._out if live else file, "w", format=container, options=options
        )
        self._muxer.metadata.update(labels.tags() if tags is None else tags)
        stream = self._muxer.add_stream(kind.codec, rate=rate, layout="mono")
        assert isinstance(stream, av.audio.stream.AudioStream)
        self._stream = stream
        if bit_rate is not None:
            self._stream.bit_rate = bit_rate
        if live:
            self._stream.options = dict(kind.live_codec)
        self._format = _SAMPLE_FORMAT.get(kind.codec, "s16")
        self._rate = rate
        self._taken = 0
        self._first = info_frame(rate, bit_rate or self._stream.bit_rate) if live and kind.name == "mp3" else b""
        """What comes between the container's header and the first packet."""

    def push(self, pcm: bytes) -> bytes:
        """Samples to what is written of them by now."""
        samples = np.frombuffer(pcm, "<i2")
        if len(samples):
            import av

            values = samples.astype(np.float32) / np.float32(32768) if self._format == "fltp" else samples
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values[None]), format=self._format, layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = self._rate, self._taken, Fraction(1, self._rate)
            self._taken += len(samples)
            head = self._head()
            self._muxer.mux(self._stream.encode(frame))
            return head + self._out.take()
        return self._out.take()

    def _head(self) -> bytes:
        """The container's header and the frame behind it, once."""
        first, self._first = self._first, b""
        if not first:
            return b""
        self._muxer.start_encoding()
        return self._out.take() + first

    def finish(self) -> bytes:
        """The last packets and the container's end."""
        if self._taken:
            self._muxer.mux(self._stream.encode(None))
        self._muxer.close()
        return self._out.take()


def live(kind: Format, rate: int, bit_rate: int | None = None) -> Encoder:
    """An encoder whose bytes can be sent while more samples come. Raises FormatError."""
    if kind.name == "wav":
        return PlainSamples(streaming_header(rate))
    if not kind.codec:
        return PlainSamples()
    return Muxed(kind, kind.checked(rate), bit_rate or kind.bit_rate)


def encode(pcm: bytes, rate: int, kind: Format, bit_rate: int | None = None) -> bytes:
    """A whole sound as a file with all its labels. A rate that the format cannot have is converted.

    Raises FormatError, and CredentialsError where the file was to be signed and cannot be.
    """
    if rate not in kind.rates:
        pcm, rate = convert(pcm, rate, kind.rate), kind.rate
    if kind.name == "wav":
        return signed(wav(pcm, rate), kind.name)
    if not kind.codec:
        return pcm
    file = io.BytesIO()
    muxed = Muxed(kind, rate, bit_rate or kind.bit_rate, file, labels.tags(pcm))
    muxed.push(pcm)
    muxed.finish()
    return signed(file.getvalue(), kind.name)


def convert(pcm: bytes, source: int, target: int) -> bytes:
    """A whole sound at another rate; its length is `position` of the one it had."""
    import soxr

    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    length = position(len(pcm) // BYTES_PER_SAMPLE, source, target)
    out = soxr.resample(samples, source, target, quality="VHQ")[:length]
    padded = np.pad(out, (0, length - len(out)))
    return bytes(np.clip(np.rint(padded), -32768, 32767).astype("<i2").tobytes())
