from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from oncue.server.audio.spoken_line import SpokenLine


def test_a_line_knows_its_length_and_how_far_it_is_from_the_one_asked_for(tmp_path: Path) -> None:
    audio = SpokenLine(np.zeros(12000, np.int16), 24000, 12001, (), None)
    assert audio.duration_s == 0.5
    assert audio.error_samples == -1
    with wave.open(str(audio.export(tmp_path / "x.wav"))) as file:
        assert file.getnframes() == 12000
