from __future__ import annotations

from pathlib import Path

import pytest

from tests import programs

LOG = """\
=========================== short test summary info ============================
SKIPPED [3] tests/clients/web/test_page.py:20: needs chromium, which pip cannot bring
SKIPPED [2] tests/sdk/test_sdks.py:25: the SDKs are not there: python -m tests.sdk.prepare fetches them
SKIPPED [1] tests/server/voices/test_vad.py:49: could not import 'torch'
1 passed
"""


def test_a_skip_for_a_listed_program_is_counted_and_any_other_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    path.write_text(LOG, "utf-8")
    assert programs.main([str(path)]) == 1
    told = capsys.readouterr().out
    assert "3 needs chromium" in told
    assert "test_vad.py:49" in told


def test_a_run_whose_skips_are_all_explained_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("\n".join(line for line in LOG.splitlines() if "vad" not in line), "utf-8")
    assert programs.main([str(path)]) == 0


def test_a_program_is_missing_when_none_of_its_commands_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "which", {"google-chrome": "/usr/bin/google-chrome"}.get)
    assert programs.missing(["chromium", "mono"]) == ["mono"]
    with pytest.raises(KeyError):
        programs.missing(["a program that nobody listed"])
