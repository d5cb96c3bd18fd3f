from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from oncue.server.cli.bench import command as bench
from oncue.server.cli.bench.peers import LENGTHS_S, TEXTS, child, command, measure
from oncue.server.cli.common import CommandError
from oncue.server.cli.main import main

FAKE = """
import json, sys
name, slow, log = sys.argv[1], float(sys.argv[2]), sys.argv[3]
print(json.dumps({"version": "9", "load_s": 0.5, "at_once": 4}), flush=True)
for number, line in enumerate(sys.stdin):
    asked = json.loads(line)
    with open(log, "a") as file:
        file.write(name + (" many" if "at_once" in asked else "") + "\\n")
    audio_s = len(asked["text"]) / 10
    total_s = slow * audio_s * (1 + number % 3)
    if "at_once" in asked:
        said = {"audio_s": audio_s * asked["at_once"], "total_s": audio_s}
    else:
        said = {"audio_s": audio_s, "total_s": total_s, "first_audible_s": total_s / 2}
    print(json.dumps(said), flush=True)
"""


def fake(folder: Path, name: str, slow: float) -> list[str]:
    path = folder / "fake.py"
    path.write_text(FAKE)
    return [sys.executable, str(path), name, str(slow), str(folder / "log")]


def test_all_take_turns_and_each_is_set_against_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as stack:
        speakers = [
            stack.enter_context(child(name, fake(tmp_path, name, slow)))
            for name, slow in (("oncue", 0.1), ("hibari", 0.3))
        ]
        ours, other = measure(speakers, 3)
    assert ours.rtf_over_ours == 1.0
    assert other.rtf_over_ours == pytest.approx(3.0)
    assert ours.streams == other.streams == 4.0
    assert ours.rtf == pytest.approx(ours.lines[-1].rtf)
    assert [line.about_s for line in other.lines] == list(LENGTHS_S)
    assert [line.audio_s for line in other.lines] == [len(text) / 10 for text in TEXTS["hibari"]]
    order = (tmp_path / "log").read_text().split("\n")
    a, b = ["oncue"] * 3 + ["oncue many"], ["hibari"] * 3 + ["hibari many"]
    assert order == ["oncue", "hibari", *a, *b, *b, *a, *a, *b, ""]
    bench._print_peers([ours, other], as_json=False)
    bench._print_peers([ours, other], as_json=True)
    said = capsys.readouterr().out
    assert "hibari 9" in said
    assert '"rtf_over_ours"' in said


def test_a_speaker_that_dies_is_a_sentence_with_its_last_words(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("raise SystemExit('no weights')")
    with pytest.raises(CommandError, match="hibari gave up: no weights"), child("hibari", [sys.executable, str(path)]):
        pass
    path.write_text("print('{}', flush=True); input(); raise SystemExit('too hot')")
    with child("hibari", [sys.executable, str(path)]) as speaker, pytest.raises(CommandError, match="too hot"):
        speaker.ask(text="Hi.")
    with pytest.raises(CommandError, match="cannot be started"), child("hibari", [str(tmp_path / "nobody")]):
        pass


def test_a_silent_line_is_no_figure(tmp_path: Path) -> None:
    path = tmp_path / "silent.py"
    path.write_text("""print('{}\\n{"first_audible_s": null}', flush=True); input()""")
    with child("hibari", [sys.executable, str(path)]) as speaker, pytest.raises(CommandError, match="silent"):
        speaker.ask(text="Hi.")


def test_ours_is_started_by_this_python_and_others_by_theirs() -> None:
    assert command("oncue", "/their/python", 1)[0] == sys.executable
    assert command("hibari", "/their/python", None)[0] == "/their/python"


def test_a_python_without_any_of_them_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("oncue.server.cli.bench.peers.OTHERS", ())
    monkeypatch.setattr("oncue.server.cli.bench.peers.command", lambda name, *_: fake(tmp_path, name, 1.0))
    with pytest.raises(SystemExit) as left:
        main(["bench", "--peers"])
    assert left.value.code == 2
    assert "--peer-python" in capsys.readouterr().err
