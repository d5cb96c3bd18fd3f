from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from oncue.model.api import Voice
from oncue.model.tiny.voicefile import FAMILY, read_voices, write_voices


def test_voices_come_back_in_order_with_the_same_content(tmp_path: Path) -> None:
    voices = {name: Voice(FAMILY, {"a": np.full(3, i, np.float32), "b": np.zeros(1)}) for i, name in enumerate("zyx")}
    write_voices(tmp_path / "v", voices)
    found = read_voices(tmp_path / "v")
    assert list(found) == ["z", "y", "x"]
    assert {name: voice.key for name, voice in found.items()} == {name: voice.key for name, voice in voices.items()}


def test_a_missing_or_broken_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install again"):
        read_voices(tmp_path / "none")
    (tmp_path / "v").write_bytes(b"no voices")
    with pytest.raises(ValueError, match="cannot be read"):
        read_voices(tmp_path / "v")
