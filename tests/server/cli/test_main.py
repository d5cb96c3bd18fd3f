from __future__ import annotations

import subprocess
import sys

import pytest

from oncue.server.cli.main import VERBS, main


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert all(f" {verb} " in told for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help_of_its_own(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert f" {verb} " in capsys.readouterr().out


def test_a_verb_nobody_knows_is_a_mistake_of_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sing"])
    assert ended.value.code == 2
    assert "sing" in capsys.readouterr().err


def test_saying_a_line_waits_neither_for_torch_nor_for_the_web_server() -> None:
    program = (
        "import sys; from oncue.server.cli.main import app_of; app_of(['say']); import oncue.model.tiny.speech;"
        "print(sorted({'torch', 'onnx', 'oncue.server.http.app'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
