from __future__ import annotations

import asyncio
import json
import wave
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Running
from tests.server.cli.running import run
from tests.server.cli.test_say import scripted

__all__ = ["scripted"]

SCRIPT = """id,text,character,emotion,length
gate_01,"Halt, who goes there?",Guard,angry:0.6,2.0
gate_02,It is only me.,Ann,,
gate_03,……,Guard,,
gate_04,你好，今天很好。,Ann,,x1.1
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.csv"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def index(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in json.loads((folder / "index.json").read_text("utf-8"))}


def test_a_table_becomes_files_by_id_with_subtitles_and_goes_on_after_a_mistake(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run("render", str(script), "-o", str(out)) == 1
    told = capsys.readouterr()
    assert "3 spoken, 0 unchanged, 1 failed" in told.out
    assert "line 4 (gate_03) was not spoken" in told.err
    assert "4/4 " in told.err
    assert "left" in told.err
    rows = index(out)
    assert list(rows) == ["gate_01", "gate_02", "gate_04"]
    with wave.open(str(out / "gate_01.wav")) as file:
        assert file.getnframes() == 48_000
    assert rows["gate_01"]["seconds"] == rows["gate_01"]["target_seconds"] == 2.0
    assert "Guard: Halt, who goes there?" in (out / "gate_01.srt").read_text("utf-8")
    whole = (out / "script.vtt").read_text("utf-8")
    assert whole.startswith("WEBVTT\n")
    assert [line for line in whole.splitlines() if line.startswith("<v ")][1] == "<v Ann>It is only me."
    assert "00:00:02." in whole  # the second line begins where the first one ends


def test_what_has_not_changed_is_not_spoken_again(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run("render", str(script), "-o", str(out))
    times = {path.name: path.stat().st_mtime_ns for path in out.glob("*.wav")}
    script.write_text(SCRIPT.replace("only me", "just me").replace("……", "Pass."), encoding="utf-8")
    assert run("render", str(script), "-o", str(out)) == 0
    assert "2 spoken, 2 unchanged, 0 failed" in capsys.readouterr().out
    now = {path.name: path.stat().st_mtime_ns for path in out.glob("*.wav")}
    assert {name for name in now if now[name] != times.get(name)} == {"gate_02.wav", "gate_03.wav"}
    (out / "gate_04.wav").unlink()
    assert run("render", str(script), "-o", str(out), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["spoken"], told["unchanged"]) == (1, 3)
    assert [sound["id"] for sound in told["sounds"]] == ["gate_01", "gate_02", "gate_03", "gate_04"]
    assert run("render", str(script), "-o", str(out), "--again", "--json") == 0
    assert json.loads(capsys.readouterr().out)["spoken"] == 4


def test_another_label_is_another_sound(script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoken = []
    for label in ("none", "none", "rhythm", "rhythm"):
        run("render", str(script), "-o", str(tmp_path / "out"), "--label", label, "--json")
        spoken.append(json.loads(capsys.readouterr().out)["spoken"])
    assert spoken[1] == spoken[3] == 0
    assert spoken[0] == spoken[2] > 0


def test_a_row_that_takes_a_used_id_is_counted_apart_from_the_line_that_has_it(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.write_text("id,text\na,Hello there.\na,Once more.\nb,And I.\n", encoding="utf-8")
    for told in ("2 spoken, 0 unchanged, 1 failed", "0 spoken, 2 unchanged, 1 failed"):
        assert run("render", str(script), "-o", str(tmp_path / "out")) == 1
        assert told in capsys.readouterr().out


def test_a_cast_gives_characters_their_voices_and_a_changed_cast_only_their_lines(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cast, out = tmp_path / "cast.toml", tmp_path / "out"
    cast.write_text('[Guard]\nvoice = "hum"\n')
    run("render", str(script), "-o", str(out), "--cast", str(cast))
    cast.write_text('[Guard]\nvoice = "hum"\n[Ann]\nemotion = "sad"\n')
    capsys.readouterr()
    run("render", str(script), "-o", str(out), "--cast", str(cast), "--json")
    assert json.loads(capsys.readouterr().out)["spoken"] == 2
    cast.write_text("[Guard]\nvoice = 3\n")
    assert run("render", str(script), "-o", str(out), "--cast", str(cast)) == 2
    assert "cast cannot be used" in capsys.readouterr().err


def test_an_unknown_voice_fails_its_lines_and_no_others(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.write_text("id\ttext\tvoice\na\tHello there.\tnobody\nb\tHello there.\t\n", "utf-8")
    moved = script.rename(script.with_suffix(".tsv"))
    assert run("render", str(moved), "-o", str(tmp_path / "out"), "--format", "flac") == 1
    assert list(index(tmp_path / "out")) == ["b"]
    assert (tmp_path / "out" / "b.flac").read_bytes().startswith(b"fLaC")
    assert "line 2 (a) was not spoken" in capsys.readouterr().err


async def test_a_server_makes_the_same_files(script: Path, running: Running, tmp_path: Path) -> None:
    for folder, more in (("here", ()), ("there", ("--server", running.url))):
        await asyncio.to_thread(run, "render", str(script), "-o", str(tmp_path / folder), *more)
    for name in ("gate_01.wav", "gate_04.wav", "script.srt"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_options_of_a_list_of_lines_are_refused_for_a_table(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("render", str(script), "-o", str(tmp_path / "out"), "--ratios", "0.9") == 2
    assert "columns" in capsys.readouterr().err
