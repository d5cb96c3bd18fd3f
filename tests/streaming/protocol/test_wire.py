from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.protocol.messages import MAX_FRAME_BYTES

PLACES = (st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**63))
FRAMES = st.integers(0, 30).flatmap(
    lambda count: st.builds(wire.AudioFrame, *PLACES, st.just(count), st.binary(min_size=2 * count, max_size=2 * count))
)
PACKETS = st.builds(
    wire.AudioFrame, *PLACES, st.integers(0, 960), st.binary(min_size=1, max_size=99), st.just(wire.CODEC_OPUS)
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.one_of(FRAMES, PACKETS))
def test_an_audio_frame_survives_the_wire(frame: wire.AudioFrame) -> None:
    packed = wire.pack_audio(frame)
    assert wire.unpack_audio(packed) == frame
    assert len(packed) == 20 + len(frame.data)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(FRAMES, st.integers(0, 30))
def test_a_frame_cut_at_a_sample_is_the_rest_of_it(frame: wire.AudioFrame, cut: int) -> None:
    cut = min(cut, frame.samples)
    rest = frame.since(frame.start + cut)
    assert (rest.start, rest.end) == (frame.start + cut, frame.end)
    assert rest.pcm == frame.pcm[2 * cut :]


def test_a_packet_is_never_cut() -> None:
    packet = wire.AudioFrame(1, 2, 960, 960, b"opus", wire.CODEC_OPUS)
    assert packet.since(1500) is packet


@settings(max_examples=50, deadline=None, derandomize=True)
@given(FRAMES, st.integers(1, 25))
def test_a_cut_audio_frame_is_refused(frame: wire.AudioFrame, cut: int) -> None:
    with pytest.raises(BadMessage):
        wire.unpack_audio(wire.pack_audio(frame)[:-cut])


def test_the_largest_audio_frame_fits_the_frame_limit_even_in_base64() -> None:
    assert wire.MAX_FRAME_SAMPLES * 2 * 4 / 3 + 1000 < MAX_FRAME_BYTES


@pytest.mark.parametrize(
    "broken",
    [
        "", "{", "[]", "null", '"speak"', "{}", '{"type":"sing"}', '{"type":7}', '{"type":"speak"}',
        '{"type":"speak","id":"a","text":"x","seed":1.5}', '{"type":"speak","id":"a","text":"x","seed":true}',
        '{"type":"speak","id":"a","text":"x","seed":"1"}', '{"type":"speak","id":"","text":"x"}',
        '{"type":"speak","id":"a","text":"x","duration":{"seconds":NaN}}',
        '{"type":"speak","id":"a","text":"x","duration":{"seconds":1e999}}',
        '{"type":"speak","id":"a","text":"x","duration":{"seconds":-1}}',
        '{"type":"speak","id":"a","text":"\\ud800"}', '{"type":"speak","id":"a","text":null}',
        '{"type":"open","lead_ms":0}', '{"type":"open","audio":{"rate":12345}}', "[" * 5000,
    ],
)  # fmt: skip
def test_a_broken_frame_is_a_bad_message(broken: str) -> None:
    with pytest.raises(BadMessage):
        wire.decode_client(broken)
    wire.peek_id(broken)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_no_text_frame_raises_anything_but_bad_message(data: str) -> None:
    with pytest.raises(BadMessage):
        wire.decode_client(data)
    wire.peek_id(data)


def test_a_binary_frame_from_a_client_is_refused() -> None:
    with pytest.raises(BadMessage, match="binary"):
        wire.decode_client(b"\xa1")


def test_a_frame_over_64_kib_is_refused() -> None:
    with pytest.raises(BadMessage, match="65536"):
        wire.decode_client('{"type":"append","id":"a","text":"' + "字" * 30_000 + '"}')


def test_the_id_of_a_refused_message_is_found_when_it_has_one() -> None:
    assert wire.peek_id('{"type":"speak","id":"a","bogus":1}') == "a"
    assert wire.peek_id('{"type":"speak","id":7}') is None
    assert wire.peek_id(b"\xff") is None


def test_a_frame_is_read_once_to_its_message_or_to_what_is_wrong_with_it() -> None:
    assert wire.read_client('{"type":"finish","id":"a"}') == messages.Finish("a")
    unreadable = wire.read_client('{"type":"speak","id":"a","bogus":1}')
    assert isinstance(unreadable, wire.Unreadable)
    assert unreadable.id == "a"
    assert "bogus" in unreadable.error.message
