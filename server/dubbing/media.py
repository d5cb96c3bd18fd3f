"""Films in and out, in a child with limits: a film's sound to a file of samples with its speech, and new sound beside the old picture.

The picture is never decoded to write it: its packets are copied, and their hash before and after is compared. This is the one
place where a dubbed film is written, and where it is labelled; the samples are made elsewhere.
"""

from __future__ import annotations

import errno
import hashlib
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from oncue.server import limited_child
from oncue.server.audio import labels
from oncue.server.audio.credentials import FILMS, SIGNING_KEY, CredentialsError
from oncue.server.audio.file_format import id3_bytes
from oncue.server.voices.clip import as_loud_as_speech
from oncue.server.voices.vad import find_speech
from oncue.streaming.dubbing.fit import StretchedSpan, TimeMap

MAX_S = 1800.0
"""A film may be so long."""
MAX_FILE_BYTES = 8 * 1024**3
WALL_S = 900.0
CPU_S = 600
_MIN_RATE, _MAX_RATE, _MAX_CHANNELS = 8000, 192_000, 8
_T = TypeVar("_T")
_MODULE = "oncue.server.dubbing.media"
_CHUNK_S = 1.0

AudioChoice = Literal["auto", "aac", "flac", "opus", "pcm"]
_CODECS = {"aac": ("aac", "fltp"), "flac": ("flac", "s16"), "opus": ("libopus", "flt"), "pcm": ("pcm_s16le", "s16")}
_CONTAINERS: dict[str, tuple[str, tuple[AudioChoice, ...]]] = {
    ".mp4": ("mp4", ("aac", "flac", "opus")),
    ".m4v": ("mp4", ("aac", "flac", "opus")),
    ".mov": ("mov", ("aac", "pcm")),
    ".mkv": ("matroska", ("flac", "aac", "opus", "pcm")),
    ".webm": ("webm", ("opus",)),
    ".avi": ("avi", ("pcm",)),
    ".ts": ("mpegts", ("aac",)),
}
"""By a file's ending: what PyAV calls it, and the sounds it can hold, its own first."""

_SOUNDS = {b"RIFF": "wav", b"fLaC": "flac", b"OggS": "ogg", b"ID3": "mp3", b"\xff\xfb": "mp3", b"\xff\xf3": "mp3"}
"""Sounds without a picture: a play for the ear, or a background."""


class MediaError(ValueError):
    """A film that cannot be read or written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """The picture."""

    codec: str
    width: int
    height: int
    packets: int
    rate: float | None
    """Frames a second on average."""
    sha256: str
    """Of the bytes of its packets in their order."""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a film is. All times count from where a player begins."""

    format: str
    duration_s: float
    rate: int
    channels: int
    layout: str
    audio_codec: str
    samples: int
    """Of each channel, on the film's clock from 0."""
    audio_tracks: int
    video: VideoInfo | None
    speech: tuple[tuple[float, float], ...] = ()
    dropped: tuple[str, ...] = ()
    """Kinds of tracks that could not be copied."""


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A film that was read: `pcm` lies in a file, [samples, channels]."""

    info: MediaInfo
    pcm: NDArray[np.float32]


class _Read(Struct, frozen=True, tag=True):
    """Decode the sound of a film into a file of samples."""

    path: str
    samples: str
    max_s: float


class _Write(Struct, frozen=True, tag=True):
    """Copy a film's picture beside the sound in a file of samples."""

    path: str
    out: str
    container: str
    samples: str
    rate: int
    layout: str
    codec: AudioChoice
    slowed: tuple[tuple[float, float, float], ...]


class _Look(Struct, frozen=True, tag=True):
    """Mean brightness of parts of each picture, each part x, y, width, height as shares of the picture."""

    path: str
    regions: tuple[tuple[float, float, float, float], ...]


class Looked(Struct, frozen=True):
    """When each picture is shown, and how bright its parts are, 0 to 1."""

    times_s: tuple[float, ...]
    brightness: tuple[tuple[float, ...], ...]


_request: msgspec.json.Decoder[_Read | _Write | _Look] = msgspec.json.Decoder(_Read | _Write | _Look)


def read_film(path: Path, samples: Path, *, max_s: float = MAX_S) -> Film:
    """A film's sound into the file `samples`, and what it is. Raises MediaError."""
    _check_readable(path)
    answer = limited_child.ask(_MODULE, msgspec.json.encode(_Read(str(path), str(samples), max_s)), wall_s=WALL_S)
    info = _answered(answer, MediaInfo)
    pcm = np.memmap(samples, np.float32, "r", shape=(info.samples, info.channels))
    return Film(info, pcm)


def write_film(
    source: Path,
    out: Path,
    samples: Path,
    *,
    rate: int,
    layout: str,
    codec: AudioChoice,
    clock: TimeMap,
    video: VideoInfo | None,
) -> MediaInfo:
    """The picture of `source` beside the samples in a file, float32 and interleaved, as `out`, which appears when it is whole.

    Raises MediaError, also where the container would not take the picture's packets as they are.
    """
    container, _ = container_of(out)
    part = out.with_name(f".{out.stem}.part{out.suffix}")
    slowed = tuple((span.start_s, span.end_s, span.factor) for span in clock.spans)
    request = _Write(str(source), str(part), container, str(samples), rate, layout, codec, slowed)
    try:
        info = _answered(limited_child.ask(_MODULE, msgspec.json.encode(request), wall_s=WALL_S), MediaInfo)
        if (video is None) != (info.video is None) or (
            video and info.video and (video.sha256, video.packets) != (info.video.sha256, info.video.packets)
        ):
            raise MediaError(
                f"A {out.suffix} file would need the picture to be written anew: give the output the ending of the input."
            )
        _sign(part)
        part.replace(out)
    except OSError as error:
        raise MediaError(f"The dubbed film cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return info


def _sign(film: Path) -> None:
    """Content credentials, where they are wanted and the container can hold them. Raises MediaError or OSError."""
    key, media_type = SIGNING_KEY.get(), FILMS.get(film.suffix.lower())
    if key is None or media_type is None:
        return
    whole = film.with_name(f"{film.stem}.signed{film.suffix}")
    try:
        key.sign_film(film, whole, media_type)
        whole.replace(film)
    except CredentialsError as error:
        raise MediaError(str(error)) from error
    finally:
        whole.unlink(missing_ok=True)


def look(path: Path, regions: Sequence[tuple[float, float, float, float]]) -> Looked:
    """How bright parts of each picture are. Raises MediaError."""
    _check_readable(path)
    request = msgspec.json.encode(_Look(str(path), tuple(regions)))
    return _answered(limited_child.ask(_MODULE, request, wall_s=WALL_S), Looked)


def container_of(path: Path) -> tuple[str, tuple[AudioChoice, ...]]:
    """What a file's ending names, and the sounds it can hold. Raises MediaError."""
    found = _CONTAINERS.get(path.suffix.lower())
    if found is None:
        raise MediaError(
            f"A dubbed film is one of {', '.join(_CONTAINERS)}; {path.suffix or 'no ending'} is none of them."
        )
    return found


def codec_for(path: Path, wanted: AudioChoice) -> AudioChoice:
    """How the sound of a film is kept. Raises MediaError."""
    _, codecs = container_of(path)
    if wanted == "auto":
        return codecs[0]
    if wanted not in codecs:
        raise MediaError(f"A {path.suffix} file can hold {', '.join(codecs)}, not {wanted}.")
    return wanted


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(1)
        size = path.stat().st_size
    except OSError as error:
        raise MediaError(f"The film cannot be opened: {error.strerror}.") from error
    if not head:
        raise MediaError("The film is an empty file.")
    if size > MAX_FILE_BYTES:
        raise MediaError(f"The film is over {MAX_FILE_BYTES // 1024**3} GB: cut it into parts.")


def _answered(answer: limited_child.ChildAnswer, kind: type[_T]) -> _T:
    if answer.late:
        raise MediaError("The film took too long to open: is it very large, or on a slow disk?")
    if not answer.ok:
        raise MediaError(answer.told or "The film cannot be read: it is broken, or of a kind that is not known.")
    return msgspec.json.decode(answer.data, type=kind)


# What follows runs in the child.


def _child() -> int:
    limited_child.limit(CPU_S, file_bytes=MAX_FILE_BYTES)
    import av

    request = _request.decode(sys.stdin.buffer.read())
    try:
        answer: MediaInfo | Looked
        match request:
            case _Read():
                answer = _read(request)
            case _Write():
                answer = _written(request)
            case _Look():
                answer = _looked(request)
    except MediaError as error:
        sys.stdout.write(str(error))
        return limited_child.TOLD
    except av.FFmpegError as error:
        sys.stdout.write(f"The film is broken, or of a kind that is not known ({error.strerror}).")
        return limited_child.TOLD
    except OSError as error:
        sys.stdout.write(f"The film cannot be read or written: {error.strerror}.")
        return limited_child.TOLD
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0


def _format_of(head: bytes) -> str:
    """The demuxer by a file's first bytes, never by a guess of the library."""
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"}:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    for magic, name in _SOUNDS.items():
        if head.startswith(magic) and (magic != b"RIFF" or head[8:12] == b"WAVE"):
            return name
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpegts"
    raise MediaError(
        "The film is not MP4, MOV, Matroska, WebM, AVI, MPEG-TS or a sound file: convert it to one of these."
    )


def _opened(file: io.BufferedReader) -> Any:
    import av

    head = file.read(400)
    file.seek(id3_bytes(head))
    behind = file.read(4)
    name = "flac" if behind == b"fLaC" else _format_of(head)
    file.seek(0)
    return av.open(file, "r", format=name)


def _picture(container: Any) -> Any:
    """The stream of moving pictures; a cover is none."""
    import av.stream

    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def _read(request: _Read) -> MediaInfo:
    with Path(request.path).open("rb") as file, _opened(file) as container:
        duration_s = (container.duration or 0) / 1_000_000
        if duration_s > request.max_s:
            raise MediaError(
                f"The film is {_span(duration_s)} long, and {_span(request.max_s)} are the most: cut it into parts."
            )
        if not container.streams.audio:
            raise MediaError("The film has no sound track: there is no speech in it to dub.")
        audio, video = container.streams.audio[0], _picture(container)
        rate, channels = audio.codec_context.sample_rate, audio.codec_context.channels
        if not _MIN_RATE <= rate <= _MAX_RATE or not 1 <= channels <= _MAX_CHANNELS:
            raise MediaError("The film's sound must have 1 to 8 channels at 8 to 192 kHz: convert it.")
        zero_s = (container.start_time or 0) / 1_000_000
        digest, packets, reached_s = hashlib.sha256(), 0, 0.0
        sink = _Samples(Path(request.samples), audio, rate, channels, zero_s, request.max_s)
        with sink:
            for packet in container.demux([audio] if video is None else [audio, video]):
                if packet.stream is audio:
                    sink.take(packet)
                elif packet.size:
                    digest.update(bytes(packet))
                    packets += 1
                    reached_s = max(reached_s, float((packet.pts or 0) * packet.time_base) - zero_s)
            reached_s = max(reached_s, sink.count / rate)
            if reached_s < duration_s - 2:
                raise MediaError(
                    f"The film is broken: it says that it is {duration_s:.1f} s long and ends after {reached_s:.1f} s."
                )
            sink.fill(duration_s)
        if not sink.heard:
            raise MediaError("The film's sound track is empty.")
        return MediaInfo(
            format=container.format.name,
            duration_s=max(duration_s, sink.count / rate),
            rate=rate,
            channels=channels,
            layout=audio.layout.name,
            audio_codec=audio.codec_context.name,
            samples=sink.count,
            audio_tracks=len(container.streams.audio),
            video=_video_info(video, packets, digest.hexdigest()),
            speech=_speech(Path(request.samples), rate, channels),
        )


class _Samples:
    """Decoded frames to a file, each at its time: a gap of the track becomes silence, so that sample n is at n / rate."""

    def __init__(self, path: Path, stream: Any, rate: int, channels: int, zero_s: float, max_s: float) -> None:
        import av

        self._file = path.open("wb")
        self._rate, self._channels, self._zero_s, self._max = rate, channels, zero_s, round(max_s * rate)
        self._resampler = av.AudioResampler(format="flt", layout=stream.layout, rate=rate)
        self.count = 0
        self.heard = False

    def take(self, packet: Any) -> None:
        """Decode a packet. Raises MediaError where it cannot be."""
        import av

        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            at = 0.0 if packet.pts is None else float(packet.pts * packet.time_base) - self._zero_s
            raise MediaError(f"The film's sound is broken at {at:.1f} s: repair it, or convert it again.") from error
        for frame in frames:
            if frame.pts is not None:
                self._silence_until(round((float(frame.pts * frame.time_base) - self._zero_s) * self._rate))
            for piece in self._resampler.resample(frame):
                self._write(np.asarray(piece.to_ndarray(), np.float32).reshape(-1, self._channels))

    def fill(self, duration_s: float) -> None:
        """Silence up to the film's end."""
        for piece in self._resampler.resample(None):
            self._write(np.asarray(piece.to_ndarray(), np.float32).reshape(-1, self._channels))
        end = round(duration_s * self._rate)
        if end > self.count:
            self._write(np.zeros((end - self.count, self._channels), np.float32))

    def _silence_until(self, place: int) -> None:
        """A jitter of less than 50 ms is the container's rounding and no gap."""
        missing = place - self.count
        if missing > 0.05 * self._rate or (self.count == 0 and missing > 0):
            self._bound(place)
            self._write(np.zeros((missing, self._channels), np.float32))

    def _bound(self, count: int) -> None:
        """Whatever a film says of its length, it has no more samples than it may."""
        if count > self._max:
            raise MediaError(f"The film is over {_span(self._max / self._rate)} long: cut it into parts.")

    def _write(self, samples: NDArray[np.float32]) -> None:
        if not np.isfinite(samples).all():
            raise MediaError("The film's sound has samples that are not numbers: convert it again.")
        self.heard = self.heard or bool(len(samples))
        self.count += len(samples)
        self._bound(self.count)
        self._file.write(np.clip(samples, -1, 1).astype("<f4").tobytes())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _video_info(video: Any, packets: int, digest: str) -> VideoInfo | None:
    """What is told of a picture whose `packets` have this digest; None where there is none."""
    if video is None:
        return None
    context, rate = video.codec_context, video.average_rate
    return VideoInfo(context.name, context.width, context.height, packets, float(rate) if rate else None, digest)


def _speech(path: Path, rate: int, channels: int) -> tuple[tuple[float, float], ...]:
    """Where somebody speaks, in what is before the listener."""
    pcm = np.memmap(path, np.float32, "r").reshape(-1, channels)
    mono = np.asarray(pcm[:, : min(channels, 3)].mean(axis=1), np.float32)
    return tuple((span.start_s, span.end_s) for span in find_speech(as_loud_as_speech(mono, rate), rate))


def _written(request: _Write) -> MediaInfo:
    import av

    clock = TimeMap(tuple(StretchedSpan(*span) for span in request.slowed))
    options = {"fflags": "+bitexact"} if request.container != "mpegts" else {}
    if request.container in {"mp4", "mov"}:
        options["movflags"] = "use_metadata_tags"  # else only tags that iTunes knows are kept, and the labels are lost
    with (
        Path(request.path).open("rb") as file,
        _opened(file) as source,
        av.open(request.out, "w", format=request.container, options=options) as out,
    ):
        _label(source, out)
        zero_s = (source.start_time or 0) / 1_000_000
        video, replaced = _picture(source), source.streams.audio[0]
        copies: dict[Any, Any] = {}
        dropped: list[str] = []
        for stream in source.streams:  # in their order: a player takes the first sound
            if stream is replaced:
                sound = _Sound(request, out, zero_s)
                sound.is_shown_as(stream)
            elif (copy := _copied(stream, out, needed=stream is video)) is not None:
                copies[stream] = copy
            else:
                dropped.append(stream.type)
        _keep_chapters(source, out, clock, zero_s)
        for packet in _with_times(source.demux(list(copies))):
            if packet.stream is video:
                sound.up_to(float(packet.dts * packet.time_base) + _CHUNK_S)
            _retime(packet, clock, sound.zero_s)
            packet.stream = copies[packet.stream]
            _put(out, packet)
        sound.finish()
    return _summary(Path(request.out), request, tuple(dropped))


def _label(source: Any, out: Any) -> None:
    """What a dubbed film says of itself: the title it had, and that a machine speaks in it."""
    for name in ("title", "artist", "album", "date", "copyright", "language"):
        if name in source.metadata:
            out.metadata[name] = source.metadata[name]
    out.metadata.update(labels.tags())


def _copied(stream: Any, out: Any, *, needed: bool) -> Any:
    """A stream of the output that takes the packets of this one, None where the output cannot hold its kind.

    Raises MediaError where it is needed.
    """
    try:
        copy = out.add_stream_from_template(stream)
    except (ValueError, OSError, TypeError) as error:
        if needed:
            raise MediaError(
                "This kind of file cannot hold the picture: give the output the ending of the input."
            ) from error
        return None
    copy.time_base, copy.disposition = stream.time_base, stream.disposition
    copy.metadata.update({name: stream.metadata[name] for name in ("language", "title") if name in stream.metadata})
    return copy


def _put(out: Any, packets: Any) -> None:
    """Raises MediaError where the output cannot hold what is in them."""
    import av

    try:
        out.mux(packets)
    except av.FFmpegError as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise MediaError(
            f"This kind of file cannot hold the film ({error.strerror}): give the output the ending of the input."
        ) from error


def _keep_chapters(source: Any, out: Any, clock: TimeMap, zero_s: float) -> None:
    """The chapters at the times that what they name has in the dub."""

    def moved(chapter: Any, edge: str) -> int:
        at_s = float(chapter[edge] * chapter["time_base"])
        return round((clock(at_s - zero_s) + zero_s) / float(chapter["time_base"]))

    chapters = source.chapters()
    if chapters:
        out.set_chapters([{**one, "start": moved(one, "start"), "end": moved(one, "end")} for one in chapters])


def _with_times(packets: Iterator[Any]) -> Iterator[Any]:
    """Packets of films that do not tell when the first are decoded, as Matroska does not: they are decoded just before those
    that tell.
    """
    waiting: dict[Any, list[Any]] = {}
    for packet in packets:
        if not packet.size:
            continue
        if packet.dts is None:
            waiting.setdefault(packet.stream, []).append(packet)
            continue
        yield from _dated(waiting.pop(packet.stream, []), packet.dts)
        yield packet
    for left in waiting.values():
        yield from _dated(left, max(packet.pts for packet in left))


def _dated(packets: Sequence[Any], before: int) -> Sequence[Any]:
    """Packets with times of decoding that end at `before`."""
    for index, packet in enumerate(packets):
        step = packet.duration or max(1, round(0.04 / float(packet.time_base)))
        packet.dts = min(packet.pts, before - (len(packets) - index) * step)
    return packets


def _retime(packet: Any, clock: TimeMap, zero_s: float) -> None:
    """A packet on the clock of a film that is slowed in places."""
    if clock.is_identity:
        return
    base = packet.time_base

    def moved(ticks: int) -> int:
        return round((clock(float(ticks * base) - zero_s) + zero_s) / float(base))

    if packet.duration and packet.pts is not None:
        packet.duration = moved(packet.pts + packet.duration) - moved(packet.pts)
    packet.dts = moved(packet.dts)
    if packet.pts is not None:
        packet.pts = max(moved(packet.pts), packet.dts)


class _Sound:
    """The new sound, encoded as far as the picture has come."""

    def __init__(self, request: _Write, out: Any, zero_s: float) -> None:
        codec, self._format = _CODECS[request.codec]
        self._out, self._rate, self._layout = out, request.rate, request.layout
        self._stream = out.add_stream(codec, rate=request.rate, layout=request.layout)
        channels = self._stream.codec_context.channels
        if request.codec in {"aac", "opus"}:
            self._stream.bit_rate = 96_000 * channels
        self._pcm = np.memmap(request.samples, np.float32, "r").reshape(-1, channels)
        self._taken = 0
        self.zero_s = zero_s

    def is_shown_as(self, stream: Any) -> None:
        """Players choose it where they chose the sound that it stands for; its language may be another."""
        self._stream.disposition = stream.disposition

    def up_to(self, time_s: float) -> None:
        """Encode what is heard before a time."""
        end = min(len(self._pcm), round((time_s - self.zero_s) * self._rate))
        while self._taken < end:
            self._encode(min(end, self._taken + round(_CHUNK_S * self._rate)))

    def finish(self) -> None:
        """The rest."""
        self.up_to(self.zero_s + len(self._pcm) / self._rate + 1)
        _put(self._out, self._stream.encode(None))

    def _encode(self, end: int) -> None:
        import av

        rows = np.asarray(self._pcm[self._taken : end])
        values = np.clip(np.rint(rows * 32768.0), -32768, 32767).astype(np.int16) if self._format == "s16" else rows
        planar = self._format.endswith("p")
        shaped = np.ascontiguousarray(values.T if planar else values.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(shaped, format=self._format, layout=self._layout)
        frame.sample_rate, frame.time_base = self._rate, Fraction(1, self._rate)
        frame.pts = self._taken + round(self.zero_s * self._rate)
        self._taken = end
        _put(self._out, self._stream.encode(frame))


def _summary(path: Path, request: _Write, dropped: tuple[str, ...]) -> MediaInfo:
    """What was written, read back."""
    with path.open("rb") as file, _opened(file) as container:
        video, audio = _picture(container), container.streams.audio[0]
        digest, packets = hashlib.sha256(), 0
        if video is not None:
            for packet in container.demux(video):
                if packet.size:
                    digest.update(bytes(packet))
                    packets += 1
        return MediaInfo(
            format=container.format.name,
            duration_s=(container.duration or 0) / 1_000_000,
            rate=audio.codec_context.sample_rate,
            channels=audio.codec_context.channels,
            layout=audio.layout.name,
            audio_codec=audio.codec_context.name,
            samples=Path(request.samples).stat().st_size // (4 * audio.codec_context.channels),
            audio_tracks=len(container.streams.audio),
            video=_video_info(video, packets, digest.hexdigest()),
            dropped=dropped,
        )


def _looked(request: _Look) -> Looked:
    with Path(request.path).open("rb") as file, _opened(file) as container:
        video = _picture(container)
        if video is None:
            raise MediaError("The film has no picture to look at.")
        zero_s = (container.start_time or 0) / 1_000_000
        times: list[float] = []
        found: list[tuple[float, ...]] = []
        for frame in container.decode(video):
            times.append(float(frame.pts * frame.time_base) - zero_s)
            grey = frame.to_ndarray(format="gray")
            found.append(tuple(_brightness(grey, region) for region in request.regions))
        return Looked(tuple(times), tuple(found))


def _brightness(grey: NDArray[np.uint8], region: tuple[float, float, float, float]) -> float:
    height, width = grey.shape
    x, y, w, h = region
    part = grey[
        round(y * height) : max(round(y * height) + 1, round((y + h) * height)),
        round(x * width) : max(round(x * width) + 1, round((x + w) * width)),
    ]
    return float(part.mean()) / 255 if part.size else 0.0


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


if __name__ == "__main__":
    sys.exit(_child())
