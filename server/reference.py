"""A stranger's recording to mono samples, in a process of its own with hard limits.

The child may use so much memory and so many seconds, and reads only the formats named here; if it
crashes, the recording was bad and nothing else happened. Making a voice of the samples is not done here.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

from model.api import Samples
from streaming.errors import BadReference

MAX_BYTES = 10 * 1024 * 1024
MIN_S = 3.0
MAX_S = 60.0
WALL_S = 45.0
"""A busy machine may be slow to start the child; what the child may compute is CPU_S."""
CPU_S = 15
MAX_ADDRESS_BYTES = 2 * 1024**3
_HEADER = struct.Struct("<I")
_FORMATS = {b"RIFF": "wav", b"fLaC": "flac", b"OggS": "ogg", b"ID3": "mp3", b"\xff\xfb": "mp3", b"\xff\xf3": "mp3"}


def read(path: Path) -> tuple[Samples, int]:
    """A file to mono samples in [-1, 1] and their rate. Raises BadReference."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadReference(f"The reference recording cannot be opened: {error.strerror}.") from error
    return decode(data)


def decode(data: bytes) -> tuple[Samples, int]:
    """The bytes of a recording to mono samples in [-1, 1] and their rate. Raises BadReference."""
    if len(data) > MAX_BYTES:
        raise BadReference(f"The reference recording is over {MAX_BYTES // 2**20} MB: give 3 to 30 s of one person.")
    if not any(data.startswith(magic) for magic in _FORMATS):
        raise BadReference("The reference recording is not WAV, FLAC, Ogg or MP3: convert it to one of these.")
    pcm, rate = _in_child(data)
    seconds = len(pcm) / rate
    if seconds < MIN_S:
        raise BadReference(
            f"The reference recording is {seconds:.1f} s long: give at least {MIN_S:.0f} s of one person speaking.",
            seconds=seconds,
        )
    return pcm, rate


def _in_child(data: bytes) -> tuple[Samples, int]:
    command = [sys.executable, "-m", "server.reference"]
    root = str(Path(__file__).resolve().parent.parent)
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, no shell, and nothing of the user's in the arguments
            command, input=data, capture_output=True, timeout=WALL_S, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise BadReference("The reference recording took too long to decode: give a short plain WAV file.") from None
    if done.returncode != 0 or len(done.stdout) < _HEADER.size:
        told = done.stdout.decode("utf-8", "replace") if done.returncode == 3 else ""
        raise BadReference(told or "The reference recording could not be decoded: give a plain WAV file.")
    (rate,) = _HEADER.unpack_from(done.stdout)
    return np.frombuffer(done.stdout, "<f4", offset=_HEADER.size).astype(np.float32), rate


def _child() -> int:
    """Main of the child: bytes in, rate and samples out; exit 3 with a sentence for what the user can mend."""
    import io
    import resource

    import av

    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_BYTES, MAX_ADDRESS_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    data = sys.stdin.buffer.read(MAX_BYTES)
    name = next(name for magic, name in _FORMATS.items() if data.startswith(magic))
    parts: list[bytes] = []
    with av.open(io.BytesIO(data), "r", format=name) as container:
        if not container.streams.audio:
            return _tell("The reference recording has no sound in it.")
        stream = container.streams.audio[0]
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        if channels > 2 or not 8000 <= rate <= 192_000:
            return _tell("The reference recording must be mono or stereo, at 8 to 192 kHz.")
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        samples = 0
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                parts.append(piece.to_ndarray().astype("<f4").tobytes())
                samples += piece.samples
            if samples > MAX_S * rate:
                return _tell(f"The reference recording is over {MAX_S:.0f} s: give 3 to 30 s of one person.")
    sys.stdout.buffer.write(_HEADER.pack(rate) + b"".join(parts))
    return 0


def _tell(sentence: str) -> int:
    sys.stdout.write(sentence)
    return 3


if __name__ == "__main__":
    sys.exit(_child())
