from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from oncue.server.cli.main import main


def run(*arguments: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert not left.value.code


def test_text_shows_the_readings_with_their_place_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    run("text", "银行 hi", "--json")
    units = json.loads(capsys.readouterr().out)["units"]
    assert [(unit["char"], unit["pinyin"]) for unit in units[:2]] == [("银", "yin2"), ("行", "hang2")]
    assert set(units[0]) == {"char", "char_start", "char_end", "pinyin", "phones"}


def test_emotion_shows_eight_weights(capsys: pytest.CaptureFixture[str]) -> None:
    run("emotion", "very sad", "--json")
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"vector", "style", "abstained", "source"}
    assert len(told["vector"]) == 8
    assert told["abstained"] is False


def test_emotion_asks_whom_a_server_would_and_says_who_answered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ONCUE_EMOTION_URL", "http://127.0.0.1:1/v1")  # where nobody listens
    monkeypatch.setenv("ONCUE_EMOTION_MODEL", "small")
    run("emotion", "utterly furious", "--json")
    assert json.loads(capsys.readouterr().out)["source"] == "lexicon"
    assert "could not be asked" in caplog.text
    assert "furious" not in caplog.text


def test_both_have_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    run("text", "hi")
    run("emotion", "happy")
    told = capsys.readouterr().out
    assert "HH" in told
    assert "happy" in told


def test_text_reads_with_a_dictionary_of_the_users(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("银行\tyin2 xing2\n", "utf-8")
    run("text", "银行", "--dictionary", str(words), "--json")
    assert [unit["pinyin"] for unit in json.loads(capsys.readouterr().out)["units"][:2]] == ["yin2", "xing2"]


def test_a_dictionary_that_is_missing_or_broken_is_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.tsv"
    broken.write_text("银行 yin2", "utf-8")
    for path, told in ((tmp_path / "none.tsv", "cannot be read"), (broken, "Line 1 of the dictionary")):
        with pytest.raises(SystemExit) as left:
            main(("text", "银行", "--dictionary", str(path)))
        assert left.value.code == 2
        assert told in capsys.readouterr().err


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_text_on_stdin_may_have_the_line_ends_of_any_system(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"Hello.{end or ' '}Bye.{end}".encode())))
    run("text", "-", "--json")
    assert [unit["char"] for unit in json.loads(capsys.readouterr().out)["units"]] == ["Hello", ".", "Bye", "."]
