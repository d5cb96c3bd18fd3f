"""Lossy codecs there and back, in memory: what recordings go through before anybody hears them."""

from __future__ import annotations

import io
from pathlib import Path

import av
import av.audio.stream
import numpy as np
import soxr

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE


def through(x: Samples, container: str, codec: str, rate: int, bit_rate: int) -> Samples:
    """Samples at SAMPLE_RATE coded as PyAV calls it, at `rate`, and back; a codec's delay may stay at its head."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.audio.stream.AudioStream)
        stream.bit_rate = bit_rate
        pcm = (np.clip(soxr.resample(x, SAMPLE_RATE, rate), -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm[None]), format="s16", layout="mono")
        frame.sample_rate = rate
        fit = av.AudioResampler(stream.codec_context.format, "mono", rate, stream.codec_context.frame_size)
        for piece in (*fit.resample(frame), *fit.resample(None)):
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return decoded(io.BytesIO(file.getvalue()))


def decoded(source: io.BytesIO | Path) -> Samples:
    """A sound file as mono samples at SAMPLE_RATE."""
    back = av.AudioResampler("flt", "mono", SAMPLE_RATE)
    parts = []
    with av.open(source if isinstance(source, io.BytesIO) else str(source), "r") as container:
        for frame in container.decode(audio=0):
            parts += [piece.to_ndarray()[0] for piece in back.resample(frame)]
    return np.concatenate(parts).astype(np.float32)
