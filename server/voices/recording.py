"""A stranger's recording to a clip, in a process of its own with hard limits.

The child may use so much memory and so many seconds, and reads only the formats of `audio/file_format.py`; if it
crashes, the recording was bad and nothing else happened. It also does all that is done with the samples, so that a
server's loop never waits for it. Making a voice of the clip is not done here.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import msgspec
import numpy as np

from oncue.model.api import Samples
from oncue.server import limited_child
from oncue.server.audio.file_format import NAMES, format_of
from oncue.server.voices.clip import Clip, prepare
from oncue.server.voices.quality import QualityReport
from oncue.streaming.protocol.errors import BadReference

MAX_BYTES = 10 * 1024 * 1024
MIN_S = 3.0
MAX_S = 60.0
WALL_S = 45.0
"""A busy machine may be slow to start the child; what the child may compute is CPU_S."""
CPU_S = 15
_HEADER = struct.Struct("<II")
"""Rate, and bytes of the report that comes before the samples."""
_DENOISE = "--denoise"


def read(path: Path, *, denoise: bool = False) -> Clip:
    """A file to a clip. Raises BadReference."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadReference(f"The reference recording cannot be opened: {error.strerror}.") from error
    return decode(data, denoise=denoise)


def decode(data: bytes, *, denoise: bool = False) -> Clip:
    """The bytes of a recording to a clip, whatever its report says of it. Raises BadReference."""
    if len(data) > MAX_BYTES:
        raise BadReference(f"The reference recording is over {MAX_BYTES // 2**20} MB: give 3 to 15 s of one person.")
    if format_of(data) is None:
        raise BadReference(f"The reference recording is not {NAMES}: convert it to one of these.")
    clip = _in_child(data, denoise=denoise)
    seconds = clip.report.figures.duration_s
    if seconds < MIN_S:
        raise BadReference(
            f"The reference recording is {seconds:.1f} s long: give at least {MIN_S:.0f} s of one person speaking.",
            seconds=seconds,
        )
    return clip


def _in_child(data: bytes, *, denoise: bool) -> Clip:
    answer = limited_child.ask("oncue.server.voices.recording", data, *([_DENOISE] if denoise else []), wall_s=WALL_S)
    if answer.late:
        raise BadReference("The reference recording took too long to decode: give a short plain WAV file.")
    if not answer.ok or len(answer.data) < _HEADER.size:
        raise BadReference(answer.told or "The reference recording could not be decoded: give a plain WAV file.")
    return _unpacked(answer.data)


def _packed(clip: Clip) -> bytes:
    report = msgspec.json.encode(clip.report)
    return _HEADER.pack(clip.rate, len(report)) + report + clip.pcm.astype("<f4").tobytes()


def _unpacked(data: bytes) -> Clip:
    rate, length = _HEADER.unpack_from(data)
    start = _HEADER.size + length
    report = msgspec.json.decode(data[_HEADER.size : start], type=QualityReport)
    return Clip(np.frombuffer(data[start:], "<f4").astype(np.float32), rate, report)


def _child() -> int:
    """Main of the child: bytes in, a packed clip out; exit 3 with a sentence for what the user can mend."""
    limited_child.limit(CPU_S)
    decoded = _decoded(sys.stdin.buffer.read(MAX_BYTES))
    if isinstance(decoded, str):
        sys.stdout.write(decoded)
        return limited_child.TOLD
    sys.stdout.buffer.write(_packed(prepare(*decoded, denoise=_DENOISE in sys.argv)))
    return 0


def _decoded(data: bytes) -> tuple[Samples, int] | str:
    """Mono samples in [-1, 1] and their rate, or a sentence. Only in the child."""
    import io

    import av

    parts: list[bytes] = []
    with av.open(io.BytesIO(data), "r", format=format_of(data)) as container:
        if not container.streams.audio:
            return "The reference recording has no sound in it."
        stream = container.streams.audio[0]
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        if channels > 2 or not 8000 <= rate <= 192_000:
            return "The reference recording must be mono or stereo, at 8 to 192 kHz."
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        samples = 0
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                parts.append(piece.to_ndarray().astype("<f4").tobytes())
                samples += piece.samples
            if samples > MAX_S * rate:
                return f"The reference recording is over {MAX_S:.0f} s: give 3 to 15 s of one person."
    pcm = np.frombuffer(b"".join(parts), "<f4")
    if not np.isfinite(pcm).all():
        return "The reference recording has samples that are not numbers: save it as 16-bit WAV."
    return np.clip(pcm, -1, 1).astype(np.float32), rate


if __name__ == "__main__":
    sys.exit(_child())
