from __future__ import annotations

import ctypes.util
import itertools
import logging
import sys
from collections.abc import Callable, Iterator

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from oncue.model.api import Samples
from oncue.server.audio import opus
from oncue.server.audio.opus import (
    BIT_RATES,
    CODECS,
    PACKET,
    PRE_SKIP,
    RATE,
    AvPackets,
    LibopusPackets,
    OpusEncoder,
    PacketEncoder,
    followed,
)
from oncue.streaming.session.codecs import Payload


def libopus() -> PacketEncoder:
    """Packets of the system's library."""
    import opuslib
    import opuslib.api.encoder

    return LibopusPackets(opuslib)


needs_libopus = pytest.mark.needs_program("libopus0")


@pytest.fixture(params=[AvPackets, pytest.param(libopus, marks=needs_libopus)], ids=["PyAV", "libopus"])
def packets(request: pytest.FixtureRequest) -> Callable[[], PacketEncoder]:
    """Either way to make packets."""
    made: Callable[[], PacketEncoder] = request.param
    return made


def sweep(samples: int) -> Samples:
    """A tone that rises, so that it is like itself at no other place."""
    at = np.arange(samples) / RATE
    return (0.4 * np.sin(2 * np.pi * (200 * at + 700 * at**2))).astype(np.float32)


def encoded(packets: Callable[[], PacketEncoder], sound: Samples, cuts: tuple[int, ...] = ()) -> list[Payload]:
    encoder, parts, payloads = OpusEncoder(packets), np.split(sound, cuts), list[Payload]()
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
def test_the_counts_add_up_to_the_sample(packets: Callable[[], PacketEncoder], samples: int) -> None:
    payloads = encoded(packets, sweep(samples))
    assert sum(payload.samples for payload in payloads) == samples
    assert all(0 < payload.samples <= PACKET for payload in payloads)
    assert len(decoded(payloads)) == samples


def test_every_sample_is_where_it_was(packets: Callable[[], PacketEncoder]) -> None:
    sound = sweep(24_000)
    again = decoded(encoded(packets, sound))
    likeness = {lag: float(np.dot(again[2000:20_000], sound[2000 + lag : 20_000 + lag])) for lag in range(-40, 41)}
    assert max(likeness, key=lambda lag: likeness[lag]) == 0


def test_packets_do_not_depend_on_how_the_sound_was_cut(packets: Callable[[], PacketEncoder]) -> None:
    sound = sweep(5000)
    assert encoded(packets, sound) == encoded(packets, sound, (1, 700, 701, 4000))


def test_a_packet_leaves_as_soon_as_it_is_full(packets: Callable[[], PacketEncoder]) -> None:
    encoder = OpusEncoder(packets)
    assert list(encoder.push(sweep(PACKET - 1))) == []
    assert len(list(encoder.push(sweep(1)))) == 1


def test_a_line_without_sound_has_no_packets(packets: Callable[[], PacketEncoder]) -> None:
    assert encoded(packets, sweep(0)) == []


def test_the_look_ahead_is_what_the_library_says() -> None:
    head = AvPackets().extradata
    assert head is not None
    assert int.from_bytes(head[10:12], "little") == CODECS["opus"].pre_skip == PRE_SKIP


@needs_libopus
def test_libopus_looks_ahead_as_far_as_the_one_in_pyav() -> None:
    import opuslib

    assert opuslib.Encoder(RATE, 1, "audio").lookahead == PRE_SKIP


def noise(seconds: float) -> Samples:
    return (0.1 * np.random.default_rng(3).standard_normal(int(seconds * RATE))).astype(np.float32)


@needs_libopus
def test_packets_shrink_while_a_client_lags_and_grow_when_it_has_caught_up() -> None:
    encoder = OpusEncoder(libopus)

    def bits_a_second(lag_s: float) -> float:
        encoder.lag(lag_s)
        return sum(8 * len(payload.data) for payload in encoder.push(noise(1.0)))

    at_ease, lagging, worse = bits_a_second(0.0), bits_a_second(0.6), bits_a_second(5.0)
    assert 24_000 < at_ease < 44_000
    assert lagging < 0.65 * at_ease
    assert worse < 0.85 * lagging
    for _ in BIT_RATES:
        again = bits_a_second(0.0)
    assert again == pytest.approx(at_ease, rel=0.1)


def test_an_encoder_of_one_bit_rate_does_not_mind_a_client_that_lags() -> None:
    quiet, told = OpusEncoder(AvPackets), OpusEncoder(AvPackets)
    told.lag(3.0)
    assert list(told.push(noise(0.5))) == list(quiet.push(noise(0.5)))


RATES = [rate for _, rate in BIT_RATES]


@given(st.sampled_from(RATES), st.floats(0, 100))
def test_the_bit_rate_falls_at_once_and_rises_a_step_at_a_time(before: int, lag_s: float) -> None:
    after = followed(before, lag_s)
    assert after in RATES
    assert RATES.index(after) - RATES.index(before) >= -1
    assert after <= before or lag_s < BIT_RATES[RATES.index(before)][0] / 2
    if lag_s >= 1.0:
        assert after == RATES[-1]


def test_between_falling_and_rising_there_is_room_so_that_it_does_not_swing() -> None:
    lags = itertools.cycle([0.45, 0.55])
    rates, rate = [], RATES[0]
    for lag_s in itertools.islice(lags, 20):
        rate = followed(rate, lag_s)
        rates.append(rate)
    assert rates[1:] == [16_000] * 19


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if nothing had looked for the library yet."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "opuslib"]:
        monkeypatch.delitem(sys.modules, name)
    opus.packet_encoder.cache_clear()
    yield
    opus.packet_encoder.cache_clear()


@pytest.mark.usefixtures("forgotten")
def test_without_the_extra_packets_come_from_pyav_and_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opuslib", None)
    assert opus.packet_encoder() is AvPackets
    assert caplog.records == []


@pytest.mark.usefixtures("forgotten")
def test_without_the_library_the_log_says_what_to_install_and_packets_come_from_pyav(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: None)
    with caplog.at_level(logging.WARNING):
        assert opus.packet_encoder() is AvPackets
    assert "libopus0" in caplog.text
    assert len(encoded(opus.packet_encoder(), sweep(960))) == 2
