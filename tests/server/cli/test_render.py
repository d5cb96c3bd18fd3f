from __future__ import annotations

import asyncio
import json
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from oncue.server.config import Config
from oncue.server.ray import batch
from tests.conftest import Running
from tests.server.cli.running import run
from tests.server.cli.test_say import scripted
from tests.server.ray.test_batch import Tasks

__all__ = ["scripted"]


def test_every_line_is_spoken_at_every_length_and_its_file_is_as_long_as_the_index_says(tmp_path: Path) -> None:
    lines, out = tmp_path / "lines.txt", tmp_path / "out"
    lines.write_text("Hello there, you.\n\n你好，今天很好。\n", encoding="utf-8")
    assert run("render", str(lines), "-o", str(out), "--ratios", "free,0.9,1.2") == 0
    index = json.loads((out / "index.json").read_text(encoding="utf-8"))
    assert [(row["text"][:2], row["ratio"]) for row in index] == [
        (t, r) for t in ("He", "你好") for r in (0.0, 0.9, 1.2)
    ]
    for row in index:
        with wave.open(str(out / row["file"])) as file:
            assert file.getnframes() == row["samples"]
        assert row["error_samples"] in {None, 0}


def test_every_sound_has_the_label_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines, out = tmp_path / "lines.txt", tmp_path / "out"
    lines.write_text("Hello there, you.\n你好，今天很好。\n", encoding="utf-8")
    assert run("render", str(lines), "-o", str(out), "--label", "rhythm", "--label-place", "start") == 0
    index = json.loads((out / "index.json").read_text(encoding="utf-8"))
    assert [row["stats"]["label_s"] for row in index] == [1.3, 1.3]
    assert all(row["words"][0]["start_s"] >= 1.3 for row in index)
    assert run("render", str(lines), "-o", str(out), "--label", "sung") == 2
    assert "speech or rhythm" in capsys.readouterr().err


async def test_a_server_speaks_the_same_bytes(running: Running, tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("Hello there, you.\n", encoding="utf-8")
    for folder, more in (("here", ()), ("there", ("--server", running.url))):
        options = ("render", str(lines), "-o", str(tmp_path / folder), "--ratios", "free,1.2", *more)
        assert await asyncio.to_thread(run, *options) == 0
    for name in ("000-free.wav", "000-1.2.wav"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_tasks_on_ray_make_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def in_threads(config: Config, together: int) -> AsyncIterator[batch.RayBatch]:
        yield batch.RayBatch(config, Tasks().submit, cores=1, together=together)

    monkeypatch.setattr(batch, "ray_batch", in_threads)
    lines = tmp_path / "lines.txt"
    lines.write_text("Hello there, you.\n……\nAnd good day.\n", encoding="utf-8")
    for folder, more in (("here", ()), ("there", ("--ray",))):
        assert run("render", str(lines), "-o", str(tmp_path / folder), "--ratios", "free,1.2", *more) == 1
    made = sorted(path.name for path in (tmp_path / "here").glob("*.wav"))
    assert made == sorted(path.name for path in (tmp_path / "there").glob("*.wav"))
    assert len(made) == 4
    for name in made:
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_ray_that_is_not_installed_and_a_server_beside_it_are_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    lines = tmp_path / "lines.txt"
    lines.write_text("Hello.\n", encoding="utf-8")
    assert run("render", str(lines), "-o", str(tmp_path / "out"), "--ray") != 0
    assert "pip install 'oncue[ray]'" in capsys.readouterr().err
    assert run("serve", "--ray") != 0
    assert "pip install 'oncue[ray]'" in capsys.readouterr().err
    assert run("render", str(lines), "-o", str(tmp_path / "out"), "--ray", "--server", "http://127.0.0.1:1") == 2
    assert "one of the two" in capsys.readouterr().err


def test_a_file_without_lines_and_a_word_for_a_ratio_are_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("\n", encoding="utf-8")
    assert run("render", str(lines), "-o", str(tmp_path / "out")) == 2
    lines.write_text("Hello.\n", encoding="utf-8")
    assert run("render", str(lines), "-o", str(tmp_path / "out"), "--ratios", "slow") == 2
    assert "no line" in capsys.readouterr().err


def test_a_line_that_cannot_be_spoken_is_named_and_the_others_are_spoken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, out = tmp_path / "lines.txt", tmp_path / "out"
    lines.write_text("Hello there.\n\n……\nGood day.\n", encoding="utf-8")
    assert run("render", str(lines), "-o", str(out)) == 1
    told = capsys.readouterr()
    assert "2 sounds in" in told.out
    assert told.err == "oncue: line 3 was not spoken: There is nothing in the text that can be spoken.\n"
    assert [row["text"] for row in json.loads((out / "index.json").read_text("utf-8"))] == ["Hello there.", "Good day."]


def test_json_tells_of_what_was_spoken_and_of_what_was_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines, out = tmp_path / "lines.txt", tmp_path / "out"
    lines.write_text("Hello there.\n……\n", encoding="utf-8")
    assert run("render", str(lines), "-o", str(out), "--ratios", "1.1", "--format", "flac", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [row["file"] for row in told["sounds"]] == ["000-1.1.flac"]
    assert told["sounds"] == json.loads((out / "index.json").read_text("utf-8"))
    assert [(one["line"], one["ratio"], one["code"]) for one in told["failed"]] == [(2, 1.1, "unpronounceable")]
    assert (out / "000-1.1.flac").read_bytes().startswith(b"fLaC")
