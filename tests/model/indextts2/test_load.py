from __future__ import annotations

import wave
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from oncue.model.api import Samples, Voice
from oncue.model.indextts2.load import HUM, builtin_voices, load
from oncue.model.indextts2.voice import make_voice
from tests.model.indextts2.family import hum, listening
from tests.model.indextts2.seeded import small_config


def listen(pcm: Samples, rate: int) -> Voice:
    return partial(make_voice, listening(), small_config().mel)(pcm, rate)


def write(path: Path, samples: Samples, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def test_without_a_recording_there_is_a_hum_so_that_the_engine_can_warm_up(tmp_path: Path) -> None:
    assert list(builtin_voices(tmp_path / "voices", listen)) == [HUM]


def test_recordings_in_the_folder_are_the_voices(tmp_path: Path) -> None:
    write(tmp_path / "b.wav", hum(200.0))
    write(tmp_path / "a.wav", hum(300.0))
    voices = builtin_voices(tmp_path, listen)
    assert list(voices) == ["a", "b"]
    assert voices["a"].key != voices["b"].key


def test_a_recording_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    write(tmp_path / "two.wav", hum(200.0), channels=2)
    with pytest.raises(ValueError, match=r"two\.wav.*mono"):
        builtin_voices(tmp_path, listen)
    (tmp_path / "two.wav").write_bytes(b"no sound")
    with pytest.raises(ValueError, match=r"two\.wav"):
        builtin_voices(tmp_path, listen)
    write(tmp_path / "two.wav", np.zeros(30_000, np.float32))
    with pytest.raises(ValueError, match=r"two\.wav.*silent"):
        builtin_voices(tmp_path, listen)


def test_without_weights_it_is_said_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="oncue models fetch"):
        load()
    with pytest.raises(FileNotFoundError, match="oncue models convert"):
        load(tmp_path)
