"""Opus packets of 20 ms for a session that asks for them, through libopus in PyAV.

The encoder looks ahead, so the decoder of a line gives `PRE_SKIP` samples first that belong to no sample of
the line (RFC 7845, section 4.2); the count in every frame is of those that do. Nothing is stored or muxed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import av
import numpy as np

from oncue.model.api import Samples
from oncue.streaming.protocol.wire import CODEC_OPUS
from oncue.streaming.session.codecs import PLAIN, SILENCE, Codec, Payload

RATE = 48_000
PACKET = 960
"""Samples of a packet: 20 ms."""
PRE_SKIP = 312
"""libopus's look-ahead for anything but its low-delay mode: 6.5 ms."""
_BIT_RATE = 32_000
_OPTIONS = {"application": "audio", "frame_duration": "20", "vbr": "on", "compression_level": "5"}


class OpusEncoder:
    """One line's encoder: a packet as soon as its samples are there, and after `final` the last one, padded."""

    codec = CODEC_OPUS

    def __init__(self) -> None:
        self._context = av.CodecContext.create("libopus", "w")
        self._context.sample_rate = RATE
        self._context.layout = "mono"
        self._context.format = "flt"
        self._context.bit_rate = _BIT_RATE
        self._context.options = dict(_OPTIONS)
        self._context.open()
        self._waiting = SILENCE
        self._taken = 0
        self._fed = 0
        self._given = 0

    def push(self, samples: Samples, *, final: bool = False) -> Iterator[Payload]:
        """Samples at 48 kHz to the packets that are full now; after `final` all that were taken are in them."""
        self._taken += len(samples)
        self._waiting = np.concatenate((self._waiting, samples))
        if final and self._taken:
            packets = -(-(self._taken + PRE_SKIP) // PACKET)
            missing = packets * PACKET - self._fed - len(self._waiting)
            self._waiting = np.concatenate((self._waiting, np.zeros(missing, np.float32)))
        while len(self._waiting) >= PACKET:
            data = self._encode(self._waiting[:PACKET])
            self._waiting = self._waiting[PACKET:]
            reached = min(self._fed - PRE_SKIP, self._taken)
            yield Payload(reached - self._given, data)
            self._given = reached

    def _encode(self, samples: Samples) -> bytes:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="flt", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._fed
        (packet,) = self._context.encode(frame)
        self._fed += PACKET
        return bytes(packet)


CODECS: Mapping[str, Codec] = {**PLAIN, "opus": Codec(OpusEncoder, (RATE,), PRE_SKIP)}
"""What this server can send."""
