from __future__ import annotations

import base64

from oncue.streaming.protocol import wire
from tests.clients.web.modules import evaluate


def test_a_frame_is_read_as_the_server_packs_it() -> None:
    frame = wire.AudioFrame(7, 70_000, 2**40 + 3, 3, b"\x01\x00\xff\x7f\x00\x80")
    got = evaluate(
        "protocol.js",
        """
        const bytes = Uint8Array.from(given);
        const { payload, ...head } = m.parseFrame(bytes.buffer);
        return { head, samples: Array.from(m.floats(payload)), again: Array.from(m.pcm(m.floats(payload))) };
        """,
        list(wire.pack_audio(frame)),
    )
    assert got["head"] == {"codec": 1, "number": 7, "sequence": 70_000, "start": 2**40 + 3, "samples": 3}
    assert got["samples"] == [1 / 32768, 32767 / 32768, -1]
    assert got["again"] == [1, 32767, -32768]


def test_what_is_no_frame_is_refused() -> None:
    good = list(wire.pack_audio(wire.AudioFrame(0, 0, 0, 2, b"\0\0\0\0")))
    got = evaluate(
        "protocol.js",
        "return given.map((bytes) => { try { m.parseFrame(Uint8Array.from(bytes).buffer); } catch (error) { return error.name; } });",
        [good[:19], [0x7B, *good[1:]], good[:-1]],
    )
    assert got == ["RangeError"] * 3


def test_a_token_of_any_letters_becomes_a_subprotocol_that_the_server_can_read() -> None:
    token = "tøken?>~"
    plain, coded = evaluate("protocol.js", "return m.subprotocols(given);", token)
    assert plain == "oncue.v1"
    value = coded.removeprefix("oncue.token.")
    assert base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode() == token
    assert evaluate("protocol.js", "return m.subprotocols('');") == []


def test_the_stream_is_where_the_page_is() -> None:
    got = evaluate(
        "protocol.js",
        "return given.map((url) => m.streamUrl(new URL(url)));",
        ["http://127.0.0.1:8760/", "https://studio.local:8760/overlay?x=1"],
    )
    assert got == ["ws://127.0.0.1:8760/v1/stream", "wss://studio.local:8760/v1/stream"]
