from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SCRIPTED
from tests.server.cli.running import run
from tests.sounds import good_recording, noisy_recording

SECRET = "canary-file.wav"


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONCUE_FAMILY", SCRIPTED)
    monkeypatch.setenv("ONCUE_VOICES_DIR", str(tmp_path / "voices"))
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def good(tmp_path: Path) -> str:
    (tmp_path / SECRET).write_bytes(good_recording())
    return str(tmp_path / SECRET)


@pytest.fixture
def noisy(tmp_path: Path) -> str:
    (tmp_path / "noisy.wav").write_bytes(noisy_recording())
    return str(tmp_path / "noisy.wav")


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert run("voices", *arguments, "--json") == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_voice_is_added_shown_listed_and_removed(
    capsys: pytest.CaptureFixture[str], good: str, tmp_path: Path
) -> None:
    assert run("voices", "add", "me", good, "--consent") == 0
    out = capsys.readouterr().out
    for word in ("speech above noise", "24000 Hz", "dBFS", "verdict", "good", "Added me"):
        assert word in out
    again = told(capsys, "add", "alias", good, "--consent")
    assert again["cached"]
    shown = told(capsys, "show", "me")["voice"]
    assert shown["id"] == again["voice"]["id"]
    assert shown["consent"]["by"] == "oncue voices add"
    assert shown["consent"]["at"].endswith("+00:00")
    assert shown["report"]["verdict"] == "good"
    assert run("voices", "show", "me") == 0
    assert "consent" in capsys.readouterr().out
    listed = told(capsys, "list")["voices"]
    assert [(voice["name"], voice["origin"]) for voice in listed] == [
        ("hum", "built-in"),
        ("alias", "yours"),
        ("me", "yours"),
    ]
    assert told(capsys, "show", "hum")["voice"] == listed[0]
    assert run("voices", "remove", "me") == run("voices", "rm", "alias") == 0
    assert len(told(capsys, "list")["voices"]) == 1
    kept = b"".join(path.read_bytes() for path in (tmp_path / "voices").iterdir())
    assert not kept


def test_without_consent_nothing_is_even_opened(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("voices", "add", "me", "/no/such/file.wav") == 2
    assert "consent" in capsys.readouterr().err
    assert not (tmp_path / "voices").exists()


def test_a_noisy_recording_is_reported_and_refused_unless_one_insists_or_has_it_denoised(
    capsys: pytest.CaptureFixture[str], noisy: str
) -> None:
    assert run("voices", "add", "me", noisy, "--consent") == 2
    said = capsys.readouterr()
    assert "doubtful" in said.out
    assert "14.0 dB" in said.err
    assert "--force" in said.err
    assert said.err.count("\n") == 1
    refused = told(capsys, "add", "me", noisy, "--consent", code=2)
    assert refused["error"]["code"] == "noisy"
    assert refused["report"]["verdict"] == "doubtful"
    assert told(capsys, "check", noisy, code=1)["report"] == refused["report"]
    assert told(capsys, "check", noisy, "--denoise")["report"]["verdict"] == "good"
    assert told(capsys, "add", "me", noisy, "--consent", "--force")["report"]["verdict"] == "doubtful"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("add", "a b", "x.wav", "--consent"), "letters"),
        (("add", "me", "/no/such/canary.wav", "--consent"), "opened"),
        (("remove", "nobody"), "no voice"),
        (("remove", "hum"), "comes with the model"),
        (("show", "nobody"), "no voice"),
        (("check", "/no/such/canary.wav"), "opened"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_no_file(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], word: str
) -> None:
    assert run("voices", *arguments) == 2
    said = capsys.readouterr()
    assert word in said.err
    assert "canary" not in said.err
    assert said.err.count("\n") == 1


def test_a_consent_is_stated_exported_and_taken_back_and_the_log_stays_whole(
    capsys: pytest.CaptureFixture[str], good: str, tmp_path: Path
) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"I agree.")
    shown = ["--consent", "--speaker", "Ada", "--consent-paper", str(paper)]
    assert run("voices", "add", "me", good, *shown, "--consent-recording", good) == 2
    assert run("voices", "add", "me", good, *shown) == 0
    capsys.readouterr()
    assert run("voices", "consent", "me") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["consent"]["evidence"] == hashlib.sha256(b"I agree.").hexdigest()
    assert (told["consent"]["how"], told["consent"]["speaker"], told["revoked"]) == ("paper", "Ada", None)
    assert run("voices", "revoke", "me") == 0
    assert run("voices", "revoke", "me") == 2
    capsys.readouterr()
    assert run("voices", "consent", "me") == 0
    assert json.loads(capsys.readouterr().out)["revoked"]["by"]
    assert run("audit", "verify") == 0
    assert "Whole: 2 lines" in capsys.readouterr().out
    log = tmp_path / "audit.jsonl"
    log.write_text(log.read_text().replace("Ada", "Eva"))
    assert run("audit", "verify") == 1
    assert "Line 1 of the log does not fit: it was changed." in capsys.readouterr().err
