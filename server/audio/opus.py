"""Opus packets of 20 ms for a session that asks for them.

With the extra `opus` they come from libopus itself, whose bit rate can be changed from one packet to the next: it falls
while sound piles up on the way to a client and rises again when it has caught up. Without it, or without the library,
they come from the libopus in PyAV at one rate. The encoder looks ahead, so the decoder of a line gives `PRE_SKIP` samples
first that belong to no sample of the line (RFC 7845, section 4.2); the count in every frame is of those that do. Nothing
is stored or muxed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Protocol

import av
import numpy as np

from oncue.model.api import Samples
from oncue.streaming.protocol.wire import CODEC_OPUS
from oncue.streaming.session.codecs import PLAIN, SILENCE, Codec, Payload

_log = logging.getLogger(__name__)
RATE = 48_000
PACKET = 960
"""Samples of a packet: 20 ms."""
PRE_SKIP = 312
"""libopus's look-ahead for anything but its low-delay mode: 6.5 ms."""
BIT_RATES = ((0.0, 32_000), (0.25, 24_000), (0.5, 16_000), (1.0, 12_000))
"""From so many seconds of sound on the way, so many bits a second. Below 12 kbit/s libopus gives up the upper half of speech."""
_EASED = 0.5
"""A client has caught up when this part of what made the rate fall is left: so it does not swing."""
_OPTIONS = {"application": "audio", "frame_duration": "20", "vbr": "on", "compression_level": "5"}
_MOST_BYTES = 1276
"""The longest packet there is (RFC 6716, section 3.2)."""


class PacketEncoder(Protocol):
    """Samples of 20 ms to a packet, one after another."""

    bit_rate: int
    """Of the packets to come."""

    def encode(self, samples: Samples) -> bytes:
        """One packet of `PACKET` samples."""
        ...


class AvPackets:
    """Through PyAV: its rate is what it was opened with, whatever `bit_rate` is set to later."""

    def __init__(self) -> None:
        self.bit_rate = BIT_RATES[0][1]
        self._context = av.CodecContext.create("libopus", "w")
        self._context.sample_rate = RATE
        self._context.layout = "mono"
        self._context.format = "flt"
        self._context.bit_rate = self.bit_rate
        self._context.options = dict(_OPTIONS)
        self._context.open()
        self.extradata = self._context.extradata
        self._fed = 0

    def encode(self, samples: Samples) -> bytes:
        """One packet."""
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="flt", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._fed
        (packet,) = self._context.encode(frame)
        self._fed += PACKET
        return bytes(packet)


class LibopusPackets:
    """Through `opuslib`, a thin layer over the system's libopus."""

    def __init__(self, opuslib: Any) -> None:
        self._encode = opuslib.api.encoder.encode_float
        self._encoder = opuslib.Encoder(RATE, 1, "audio")
        self._encoder.vbr, self._encoder.complexity = 1, 5
        self._given = 0
        self.bit_rate = BIT_RATES[0][1]

    def encode(self, samples: Samples) -> bytes:
        """One packet."""
        if self.bit_rate != self._given:
            self._encoder.bitrate = self._given = self.bit_rate
        data = np.ascontiguousarray(samples, "<f4").tobytes()
        return bytes(self._encode(self._encoder.encoder_state, data, PACKET, _MOST_BYTES))


class OpusEncoder:
    """One line's encoder: a packet as soon as its samples are there, and after `final` the last one, padded."""

    codec = CODEC_OPUS

    def __init__(self, packets: Callable[[], PacketEncoder] | None = None) -> None:
        """`packets` is the best there is here unless it is said."""
        self._packets = (packets or packet_encoder())()
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
            data = self._packets.encode(self._waiting[:PACKET])
            self._fed += PACKET
            self._waiting = self._waiting[PACKET:]
            reached = min(self._fed - PRE_SKIP, self._taken)
            yield Payload(reached - self._given, data)
            self._given = reached

    def lag(self, seconds: float) -> None:
        """Sound piles up on the way to the client, or does not."""
        self._packets.bit_rate = followed(self._packets.bit_rate, seconds)


def followed(bit_rate: int, lag_s: float) -> int:
    """The bit rate for the next packets: down at once, and up a step when half of what made it fall is gone."""
    wanted = next(rate for reach_s, rate in reversed(BIT_RATES) if lag_s >= reach_s)
    if wanted <= bit_rate:
        return wanted
    number = [rate for _, rate in BIT_RATES].index(bit_rate)
    return BIT_RATES[number - 1][1] if lag_s < _EASED * BIT_RATES[number][0] else bit_rate


@cache
def packet_encoder() -> Callable[[], PacketEncoder]:
    """libopus where the extra `opus` and the library are installed, else PyAV; the log says why it is not the first."""
    try:
        import opuslib
        import opuslib.api.ctl
        import opuslib.api.encoder
    except ImportError:
        return AvPackets
    except Exception as error:  # noqa: BLE001 -- without the library it raises nothing more exact than Exception
        _log.warning(
            "opuslib is installed and cannot be used (%s): install libopus (Debian's libopus0, Homebrew's opus). "
            "Opus goes on at one bit rate.",
            error,
        )
        return AvPackets
    return lambda: LibopusPackets(opuslib)


CODECS: Mapping[str, Codec] = {**PLAIN, "opus": Codec(OpusEncoder, (RATE,), PRE_SKIP, adapts=True)}
"""What this server can send."""
