from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SCRIPTED
from tests.server.audio.test_credentials import action_of, read
from tests.server.cli.running import run
from tests.sounds import good_recording

KEYS = {
    "audio_s",
    "target_s",
    "error_samples",
    "first_audio_s",
    "decode_done_s",
    "total_s",
    "rtf",
    "codes",
    "forced_steps",
    "rate_rms",
    "words",
}


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONCUE_FAMILY", SCRIPTED)
    monkeypatch.setenv("ONCUE_VOICES_DIR", str(tmp_path / "voices"))


def say(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run("say", *arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_say_tells_everything_in_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    told = say(capsys, "Hello there.", "--duration", "1.2")
    assert set(told) >= KEYS
    assert (told["target_s"], told["error_samples"]) == (1.2, 0)
    assert [word["text"] for word in told["words"]] == ["Hello", "there"]
    assert set(told["words"][0]) == {"text", "start_s", "end_s"}


def test_the_same_seed_gives_the_same_bytes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sounds = []
    for index, seed in enumerate("778"):
        file = tmp_path / f"{index}.wav"
        say(capsys, "Hello there.", "--seed", seed, "-o", str(file))
        sounds.append(file.read_bytes())
    assert sounds[0] == sounds[1] != sounds[2]


def test_text_comes_from_stdin_for_a_dash(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Hello there.\n")))
    assert [word["text"] for word in say(capsys, "-")["words"]] == ["Hello", "there"]


def test_without_json_a_person_can_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("say", "Hello.", "--ratio", "1.1", "--emotion", "happy", "--intensity", "0.5") == 0
    assert "length" in capsys.readouterr().out


def test_a_recording_gives_the_voice(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "me.wav"
    file.write_bytes(good_recording())
    by_file, by_name = tmp_path / "file.wav", tmp_path / "name.wav"
    assert say(capsys, "Hello.", "--ref", str(file), "--consent", "-o", str(by_file))["samples"] > 0
    assert run("voices", "add", "me", str(file), "--consent") == 0
    assert say(capsys_cleared(capsys), "Hello.", "--voice", "me", "-o", str(by_name))["samples"] > 0
    assert by_file.read_bytes() == by_name.read_bytes()
    assert run("voices", "rm", "me") == 0
    assert run("say", "Hello.", "--voice", "me") == 2


def test_a_recording_gives_no_voice_before_somebody_says_that_its_speaker_agreed_and_that_is_written_down(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, paper, log = tmp_path / "me.wav", tmp_path / "paper.pdf", tmp_path / "audit.jsonl"
    file.write_bytes(good_recording())
    paper.write_bytes(b"I agree.")
    assert run("say", "Hello.", "--ref", str(file)) == 2
    assert "--consent" in capsys.readouterr().err
    assert not log.exists()
    say(capsys, "Hello.", "--ref", str(file), "--consent", "--consent-paper", str(paper))
    monkeypatch.setenv("ONCUE_CONSENT", "contracts of all speakers, folder 7")
    say(capsys, "Hello.", "--ref", str(file))
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    tried = [entry["consent"] for entry in entries if entry["event"] == "voice_tried"]
    assert [(one["how"], one["by"]) for one in tried] == [("paper", "oncue say"), ("standing", "oncue say")]
    assert tried[0]["evidence"] == hashlib.sha256(b"I agree.").hexdigest()
    assert tried[1]["statement"] == "contracts of all speakers, folder 7"
    assert run("audit", "verify") == 0


@pytest.mark.parametrize("kind", ["speech", "rhythm"])
@pytest.mark.parametrize("place", ["start", "end"])
def test_a_label_that_is_heard_is_counted_in_the_length_and_leaves_the_words_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, place: str
) -> None:
    monkeypatch.setenv("ONCUE_WATERMARK", "false")  # or it lies elsewhere under the words
    exact = say(capsys, "Hello there.", "--label", kind, "--label-place", place, "--duration", "2.5")
    assert (exact["audio_s"], exact["error_samples"]) == (2.5, 0)
    plain, labelled = tmp_path / "plain.pcm", tmp_path / "labelled.pcm"
    say(capsys, "Hello there.", "-o", str(plain))
    told = say(capsys, "Hello there.", "--label", kind, "--label-place", place, "-o", str(labelled))
    words, sound = plain.read_bytes(), labelled.read_bytes()
    assert len(sound) - len(words) == 2 * round(told["stats"]["label_s"] * 24_000)
    assert sound.startswith(words) if place == "end" else sound.endswith(words)


def test_a_file_is_signed_where_the_configuration_says_so_and_what_stands_against_it_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONCUE_C2PA", "true")
    assert run("say", "Hello.", "-o", str(tmp_path / "x.mp3")) == 0
    told = read((tmp_path / "x.mp3").read_bytes(), "audio/mpeg")
    assert (told["validation_state"], action_of(told)["action"]) == ("Valid", "c2pa.created")
    assert (tmp_path / "c2pa" / "key.pem").exists()
    monkeypatch.setenv("ONCUE_C2PA_KEY", "/no/such.pem")
    capsys.readouterr()
    assert run("say", "Hello.", "-o", str(tmp_path / "y.mp3")) == 2
    assert "c2pa_chain" in capsys.readouterr().err
    assert not (tmp_path / "y.mp3").exists()


def test_a_voice_that_was_taken_back_is_not_made_of_its_recording_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "me.wav"
    file.write_bytes(good_recording())
    assert run("voices", "add", "me", str(file), "--consent") == 0
    assert run("voices", "revoke", "me") == 0
    assert run("say", "Hello.", "--ref", str(file), "--consent") == 2
    assert "took the consent" in capsys.readouterr().err


def capsys_cleared(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    capsys.readouterr()
    return capsys


@pytest.mark.parametrize(
    "arguments",
    [
        ("say", ""),
        ("say", "x" * 5000),
        ("say", "a\x07b"),
        ("say", "Hello.", "--voice", "nobody"),
        ("say", "Hello.", "--duration", "-1"),
        ("say", "Hello.", "--duration", "2", "--ratio", "1"),
        ("say", "Hello.", "--ref", "/no/such/file.wav"),
        ("say", "Hello.", "--ref", "/no/such/file.wav", "--consent"),
        ("say", "Hello.", "--consent-paper", "/no/such/paper.pdf"),
        ("say", "Hello.", "--consent", "--consent-paper", "/no/such/paper.pdf"),
        ("say", "Hello.", "--emotion", "1,2,3,4,5,6,7,8"),
        ("say", "Hello.", "--intensity", "7"),
        ("say", "Hello.", "--label", "sung"),
        ("say", "Hello.", "--label", "speech", "--label-place", "middle"),
        ("say", "Hello.", "--lang", "xx"),
        ("say", "Hello.", "--server", "http://127.0.0.1:9"),
        ("say", "Hello.", "-o", "/proc/no/such.wav"),
        ("text", "……"),
        ("voices", "add", "me", "/no/such/file.wav"),
        ("voices", "rm", "nobody"),
        ("serve", "--host", "0.0.0.0"),
        ("serve", "--config", "/no/such.toml"),
    ],
    ids=lambda arguments: " ".join(arguments)[:30],
)
def test_a_users_mistake_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("oncue: ")
    assert told.err.count("\n") == 1


def test_a_model_that_is_not_there_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCUE_FAMILY", "nobody")
    assert run("say", "Hello.") == 2
    assert "family" in capsys.readouterr().err


def test_a_file_is_written_in_the_format_that_its_name_ends_in(tmp_path: Path) -> None:
    for name, begins in (("x.flac", b"fLaC"), ("x.opus", b"OggS"), ("x.mp3", b"ID3"), ("x.WAV", b"RIFF")):
        assert run("say", "Hi.", "-o", str(tmp_path / name)) == 0
        assert (tmp_path / name).read_bytes().startswith(begins)


def test_an_ending_that_means_no_format_is_refused_before_anything_is_spoken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("say", "Hi.", "-o", str(tmp_path / "x.aiff")) == 2
    assert ".aiff is none of them" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
