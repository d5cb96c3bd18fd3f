from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from oncue.model import install
from oncue.model.install import Converted, Fetched, Progress, Terms, silent
from tests.server.cli.running import run

CALLS: list[Any] = []


class FakeInstaller:
    """Notes what it was asked."""

    def terms(self) -> tuple[Terms, ...]:
        return (Terms("a/b", "Some Licence", "https://example.com/licence", "Be good."),)

    def fetch(
        self, folder: Path, *, accepted: bool, hub: str, revisions: Mapping[str, str], progress: Progress = silent
    ) -> Fetched:
        CALLS.append((folder, accepted, hub, dict(revisions)))
        progress("a/b/file", 0, 1)
        return Fetched(folder, {"x": "c0ffee"}, ("one note",))

    def convert(self, folder: Path, output: Path | None = None, *, progress: Progress = silent) -> Converted:
        if not folder.is_dir():
            raise FileNotFoundError(f"There is no gpt.pth in {folder}: fetch first.")
        if (folder / "bad").exists():
            raise ValueError("gpt.pth: the key a.b is missing.")
        return Converted(output or folder / "oncue", "abc", ())


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    CALLS.clear()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(install.INSTALLERS, "indextts2", "tests.server.cli.test_models:FakeInstaller")


def test_the_licences_are_shown_and_nothing_is_fetched_until_they_are_accepted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("models", "fetch", "indextts2") == 2
    told = capsys.readouterr().err
    assert "Some Licence" in told
    assert "https://example.com/licence" in told
    assert "--accept-licence" in told
    assert not CALLS


def test_an_accepted_download_goes_where_the_server_looks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("models", "fetch", "--accept-licence", "--pin", "x=1", "--pin", "y=2") == 0
    assert [(tmp_path / "home" / "oncue" / "models" / "indextts2", True, "huggingface", {"x": "1", "y": "2"})] == CALLS
    told = capsys.readouterr()
    assert "[0/1] a/b/file" in told.err
    assert "one note" in told.err
    assert "oncue models convert" in told.out


def test_fetching_and_converting_tell_one_json_object(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("models", "fetch", "--to", str(tmp_path), "--hub", "modelscope", "--accept-license", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "folder": str(tmp_path),
        "revisions": {"x": "c0ffee"},
        "notes": ["one note"],
    }
    assert run("models", "convert", str(tmp_path), "--json") == 0
    assert json.loads(capsys.readouterr().out)["revision"] == "abc"


def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bad").mkdir()
    for arguments, word in (
        (("fetch", "nobody"), "nothing to fetch"),
        (("fetch", "--accept-licence", "--pin", "x"), "NAME=COMMIT"),
        (("convert", str(tmp_path)), "a.b is missing"),
        (("convert", str(tmp_path / "else")), "no gpt.pth"),
    ):
        assert run("models", *arguments) == 2
        told = capsys.readouterr().err
        assert told.startswith("oncue: ")
        assert word in told
