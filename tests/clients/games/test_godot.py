from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.clients.games.programs import CLIENTS, needs_godot3, output_of
from tests.conftest import Running


def project(number: int, folder: Path) -> Path:
    """A copy, for the engine writes into its project."""
    return Path(shutil.copytree(CLIENTS / f"godot{number}", folder / "project"))


@needs_godot3
async def test_the_scene_for_godot_3_plays_a_line_to_its_exact_end(running: Running, tmp_path: Path) -> None:
    path = project(3, tmp_path)
    code, lines = await output_of(
        "godot3-server", "--path", str(path), home=tmp_path, ONCUE_URL=running.url, ONCUE_QUIT="1"
    )
    assert code == 0, lines
    assert "SCRIPT ERROR" not in "\n".join(lines)
    assert "line 1 will be 2.500 s (exact)" in lines
    said = [line.removeprefix("word: ") for line in lines if line.startswith("word: ")]
    assert said == ["Hello", "there", "I", "speak", "on", "cue"]
    (ended,) = (line for line in lines if line.startswith("line 1 complete"))
    assert ended.startswith("line 1 complete after 2.500 s, mouth ")
    assert ended.endswith(" and 0.00 now")
    assert "mouth 0.00 at most" not in ended


@needs_godot3
async def test_the_client_for_godot_3_queues_stops_and_survives_a_refusal(running: Running, tmp_path: Path) -> None:
    path = project(3, tmp_path)
    shutil.copy(Path(__file__).parent / "godot3_queue.gd", path / "queue.gd")
    code, lines = await output_of(
        "godot3-server", "--path", str(path), "-s", "queue.gd", home=tmp_path, ONCUE_URL=running.url
    )
    assert code == 0, lines
    assert "SCRIPT ERROR" not in "\n".join(lines)
    told = [line for line in lines if line.startswith("ended ")]
    assert told == ["ended 1 cancelled", "ended 2 failed", "ended 3 complete", "ended 4 complete"]
    assert [line for line in lines if line.startswith("heard")] == ["heard 1.000"]


@needs_godot3
async def test_without_a_server_the_scene_for_godot_3_says_so(tmp_path: Path) -> None:
    path = project(3, tmp_path)
    _, lines = await output_of(
        "godot3-server", "--path", str(path), home=tmp_path, ONCUE_URL="http://127.0.0.1:9", ONCUE_QUIT="1"
    )
    assert "The OnCue server closed the connection, or there is none." in lines
    assert "SCRIPT ERROR" not in "\n".join(lines)


@pytest.mark.parametrize("script", ["oncue.gd", "main.gd"])
def test_the_scripts_for_godot_4_are_grammatical(script: str) -> None:
    """No Godot 4 runs here: its grammar is checked, and that it has every function and signal of the one for Godot 3."""
    parser = pytest.importorskip(
        "gdtoolkit.parser", reason="gdtoolkit, which knows GDScript's grammar, is not installed"
    )
    text = (CLIENTS / "godot4" / script).read_text("utf-8")
    parser.parser.parse(text, gather_metadata=False)
    names = [
        {line.partition("(")[0] for line in source.splitlines() if line.startswith(("func ", "signal "))}
        for source in (text, (CLIENTS / "godot3" / script).read_text("utf-8"))
    ]
    assert names[1] - names[0] == set()
