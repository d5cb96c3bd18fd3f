from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.server.cli.running import run
from tests.server.cli.test_say import scripted

__all__ = ["scripted"]

SCENE = """
title: The door
characters:
  ada: {pan: -0.6}
  bo: {pan: 0.6, emotion: "angry"}
pre_roll: 0.5
cues: {knock: null}
choices: {answer: {options: [yes_, no_], default: yes_}}
beats:
  - id: one
    lines:
      - {id: a, who: ada, text: "Who is there at this hour of the night?", at: 1.0}
      - {id: b, who: bo, text: "It is me.", cut_in: {line: a, word: 6}}
      - {id: c, who: ada, text: "Come in then.", end_at: 6.0}
      - {id: d, who: ada, text: "Go away.", when: {answer: no_}}
  - id: two
    cue: knock
    lines:
      - {id: e, who: bo, text: "What was that?"}
"""


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scene.yaml"
    path.write_text(SCENE, encoding="utf-8")
    return path


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def test_a_scene_is_rendered_with_every_line_in_its_place_and_stems_that_sum_to_the_mix(
    scene: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run("scene", "render", str(scene), "-o", str(out), "--cue", "knock=8", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["skipped"] == ["d"]
    lines = {line["line"]: line for line in told["lines"]}
    assert list(lines) == ["a", "b", "c", "e"]
    assert (lines["a"]["start_s"], lines["e"]["start_s"]) == (1.0, 8.0)
    assert lines["a"]["cut_s"] == lines["b"]["start_s"] == lines["a"]["end_s"]
    assert lines["c"]["end_s"] <= 6.0
    assert lines["c"]["error_samples"] == 0
    stems, mix = [samples(out / name) for name in told["stems"].values()], samples(out / "mix.wav")
    assert np.array_equal(sum(stem.astype(np.int32) for stem in stems), mix)
    ada = samples(out / "stem-ada.wav")
    first = int(np.nonzero(ada[:, 0])[0][0]) / told["rate"]
    assert abs(first - 0.5 - 1.0) < 0.02
    assert json.loads((out / "scene.json").read_text("utf-8")) == told
    assert "ada: Who is there" in (out / "scene.srt").read_text("utf-8")


def test_a_cue_without_a_time_a_choice_nobody_has_and_a_broken_scene_are_sentences(
    scene: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert run("scene", "render", str(scene), "-o", out) == 2
    assert run("scene", "render", str(scene), "-o", out, "--choose", "answer=perhaps") == 2
    assert run("scene", "render", str(scene), "-o", out, "--cue", "knock") == 2
    assert run("scene", "check", str(tmp_path / "none.yaml")) == 2
    told = capsys.readouterr().err
    assert "1 lines wait for a cue" in told
    assert "no choice answer with that option" in told
    assert "CUE=SECONDS" in told
    assert not (tmp_path / "out").exists()


def test_a_scene_is_checked_without_a_model(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scene", "check", str(scene), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [line["status"] for line in told["lines"]] == ["planned", "planned", "planned", "skipped", "waiting"]
    assert run("scene", "check", str(scene)) == 0
    assert "The door" in capsys.readouterr().out


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scene", "schema") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "An OnCue scene"
