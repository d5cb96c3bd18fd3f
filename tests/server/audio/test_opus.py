from __future__ import annotations

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from oncue.model.api import Samples
from oncue.server.audio.opus import CODECS, PACKET, PRE_SKIP, RATE, OpusEncoder
from oncue.streaming.session.codecs import Payload


def sweep(samples: int) -> Samples:
    """A tone that rises, so that it is like itself at no other place."""
    at = np.arange(samples) / RATE
    return (0.4 * np.sin(2 * np.pi * (200 * at + 700 * at**2))).astype(np.float32)


def encoded(sound: Samples, cuts: tuple[int, ...] = ()) -> list[Payload]:
    encoder, parts, payloads = OpusEncoder(), np.split(sound, cuts), list[Payload]()
    for part in parts:
        payloads += encoder.push(part)
    return payloads + list(encoder.push(sound[:0], final=True))


def decoded(payloads: list[Payload]) -> NDArray[np.float64]:
    """As the protocol page tells a client to do it."""
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = RATE, "mono"
    frames = [frame.to_ndarray() for payload in payloads for frame in decoder.decode(av.Packet(payload.data))]
    stream = np.concatenate([frame.ravel().astype(np.float64) for frame in frames])
    stream /= 32768 if frames[0].dtype == np.int16 else 1
    return stream[PRE_SKIP : PRE_SKIP + sum(payload.samples for payload in payloads)]


@pytest.mark.parametrize("samples", [1, 100, 647, 648, 649, 960, 9000, 24_000])
def test_the_counts_add_up_to_the_sample(samples: int) -> None:
    payloads = encoded(sweep(samples))
    assert sum(payload.samples for payload in payloads) == samples
    assert all(0 < payload.samples <= PACKET for payload in payloads)
    assert len(decoded(payloads)) == samples


def test_every_sample_is_where_it_was() -> None:
    sound = sweep(24_000)
    again = decoded(encoded(sound))
    likeness = {lag: float(np.dot(again[2000:20_000], sound[2000 + lag : 20_000 + lag])) for lag in range(-40, 41)}
    assert max(likeness, key=lambda lag: likeness[lag]) == 0


def test_packets_do_not_depend_on_how_the_sound_was_cut() -> None:
    sound = sweep(5000)
    assert encoded(sound) == encoded(sound, (1, 700, 701, 4000))


def test_a_packet_leaves_as_soon_as_it_is_full() -> None:
    encoder = OpusEncoder()
    assert list(encoder.push(sweep(PACKET - 1))) == []
    assert len(list(encoder.push(sweep(1)))) == 1


def test_a_line_without_sound_has_no_packets() -> None:
    assert encoded(sweep(0)) == []


def test_the_look_ahead_is_what_the_library_says() -> None:
    head = OpusEncoder()._context.extradata
    assert head is not None
    assert int.from_bytes(head[10:12], "little") == CODECS["opus"].pre_skip == PRE_SKIP
