from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncue.server import watermark_key
from oncue.server.audio.wav import wav
from tests.server.audio.test_inspection import MARK, RATE, spoken
from tests.server.cli.running import run


def test_detect_says_what_it_found_and_exits_accordingly(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, sound = tmp_path / "watermark.json", tmp_path / "a.wav"
    sound.write_bytes(wav(spoken(), RATE))
    monkeypatch.setenv("ONCUE_WATERMARK_FILE", str(place))
    assert run("detect", str(sound)) == 0
    assert "not looked for" in capsys.readouterr().out
    place.write_text(json.dumps({"key": MARK.key.hex(), "server": MARK.server}))
    assert run("detect", str(sound)) == 0
    assert "found, by server 7 on 2024-10-04" in capsys.readouterr().out
    assert watermark_key.load(place) == MARK
    assert run("detect", str(tmp_path / "none.wav"), "--json") == 2
    assert "cannot be opened" in capsys.readouterr().err
