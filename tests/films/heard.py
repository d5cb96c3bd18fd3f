"""What is in a film's file, by PyAV alone: nothing of what wrote it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """Packets of the picture with their times in seconds, and the sound [samples, channels] with its rate and start."""

    packets: tuple[tuple[float, bytes], ...]
    pcm: NDArray[np.float32]
    rate: int
    start_s: float
    duration_s: float
    comment: str


def contents(path: Path) -> Contents:
    """Everything in a film."""
    with av.open(str(path)) as container:
        packets = [
            (float(packet.pts * packet.time_base), bytes(packet))
            for packet in (container.demux(container.streams.video[0]) if container.streams.video else ())
            if packet.size and packet.pts is not None and packet.time_base is not None
        ]
        duration_s, comment = (
            (container.duration or 0) / 1_000_000,
            {name.lower(): value for name, value in container.metadata.items()}.get("comment", ""),
        )
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        resampler = av.AudioResampler(format="flt", layout=stream.layout, rate=rate)
        parts, start_s = [], None
        for frame in container.decode(stream):
            if start_s is None:
                start_s = frame.time or 0.0
            parts += [
                np.asarray(made.to_ndarray(), np.float32).reshape(-1, channels) for made in resampler.resample(frame)
            ]
    pcm = np.concatenate(parts) if parts else np.zeros((0, channels), np.float32)
    return Contents(tuple(packets), pcm, rate, start_s or 0.0, duration_s, comment)
