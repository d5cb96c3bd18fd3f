from __future__ import annotations

import numpy as np

from oncue.server.audio.labels import aigc
from oncue.server.audio.wav import wav
from tests.clients.web.modules import evaluate


def test_the_page_writes_the_file_that_the_server_writes() -> None:
    pcm = np.array([0, 1, -1, 32767, -32768, 1234, 5], np.int16)
    got = evaluate(
        "wav.js", "return Array.from(m.wav(Float32Array.from(given, (v) => v / 32768), 24000));", pcm.tolist()
    )
    assert bytes(got) == wav(pcm.tobytes(), 24_000, label=aigc())


def test_the_recording_of_a_person_is_not_said_to_be_generated() -> None:
    got = evaluate("wav.js", "return Array.from(m.wav(new Float32Array(3), 48000, null));")
    assert b"AI-generated" not in bytes(got)
    assert bytes(got).startswith(b"RIFF")


def test_left_and_right_are_in_turns() -> None:
    pcm = np.array([1, -1, 2, -2, 3, -3], np.int16)
    got = evaluate(
        "wav.js",
        "return Array.from(m.wav(Float32Array.from(given, (v) => v / 32768), 24000, undefined, 2));",
        pcm.tolist(),
    )
    assert bytes(got) == wav(pcm.tobytes(), 24_000, 2, label=aigc())
