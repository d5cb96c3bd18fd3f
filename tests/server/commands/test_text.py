from __future__ import annotations

import json

import pytest

from server.cli import main


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
    assert set(told) == {"vector", "style", "abstained"}
    assert len(told["vector"]) == 8
    assert told["abstained"] is False


def test_both_have_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    run("text", "hi")
    run("emotion", "happy")
    told = capsys.readouterr().out
    assert "HH" in told
    assert "happy" in told
