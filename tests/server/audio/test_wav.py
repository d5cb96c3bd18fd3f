from __future__ import annotations

import io
import wave

from oncue.server.audio.labels import COMMENT
from oncue.server.audio.wav import wav


def test_a_wav_file_holds_the_samples_and_says_that_a_machine_spoke() -> None:
    pcm = bytes(range(200))
    data = wav(pcm, 24000)
    assert COMMENT.encode() in data
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24000)
        assert file.readframes(1000) == pcm


def test_the_same_samples_give_the_same_bytes() -> None:
    assert wav(b"\1\2", 8000) == wav(b"\1\2", 8000)


def test_stereo_is_two_channels_of_as_many_samples() -> None:
    with wave.open(io.BytesIO(wav(bytes(400), 24000, 2))) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, 100)
