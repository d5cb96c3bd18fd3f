from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oncue.server.dubbing import media
from tests.films import make
from tests.films.heard import contents
from tests.films.make import Spoken, Truth
from tests.server.cli.running import run
from tests.server.cli.test_say import scripted

__all__ = ["scripted"]


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A film of ten seconds with two speakers."""

    path: Path
    spoken: tuple[Spoken, ...]
    lines: tuple[Truth, ...]


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    said = {
        "low": make.phrases_of_arithmetic("low", 100, (1.6, 1.5), seed=3),
        "high": make.phrases_of_arithmetic("high", 220, (1.7, 1.5), seed=9),
    }
    spoken = tuple(make.in_turns(said))
    texts = ("Hello there, how are you?", "I am well, and you?", "Not so well today.", "Then let us go home.")
    lines = tuple(
        Truth(round(one.start_s, 3), round(one.end_s, 3), one.speaker, text)
        for one, text in zip(spoken, texts, strict=True)
    )
    make.film(path, spoken, 10.0)
    return Shot(path, spoken, lines)


def written(path: Path, lines: tuple[Truth, ...], *, named: bool = False) -> Path:
    path.write_text(make.srt(lines, named=named), encoding="utf-8")
    return path


Told = Callable[..., dict[str, Any]]


@pytest.fixture
def dub(capsys: pytest.CaptureFixture[str]) -> Told:
    def told(*arguments: object, code: int = 0) -> dict[str, Any]:
        assert run("dub", *map(str, arguments), "--json") == code
        captured = capsys.readouterr()
        found: dict[str, Any] = json.loads(captured.out) if captured.out else {}
        return found | {"stderr": captured.err}

    return told


def test_a_film_is_dubbed_in_one_command_and_keeps_everything_but_its_speech(
    shot: Shot, dub: Told, tmp_path: Path
) -> None:
    script, out = written(tmp_path / "lines.srt", shot.lines), tmp_path / "out.mkv"
    told = dub(
        shot.path, "--script", script, "-o", out, "--check", tmp_path / "check.png", "--mouth", "0.4,0.62,0.2,0.2"
    )
    before, after = contents(shot.path), contents(out)
    assert before.packets == after.packets
    assert abs(after.duration_s - before.duration_s) < 1 / make.FPS
    assert after.pcm.shape == before.pcm.shape
    assert "AI" in after.comment

    lines = told["lines"]
    assert [line["error_samples"] for line in lines] == [0] * 4
    assert [line["speaker"] for line in lines] == ["Speaker 1", "Speaker 2"] * 2
    assert all(one["end_s"] <= two["start_s"] for one, two in pairwise(lines))
    touched = np.zeros(len(before.pcm), bool)
    for start, end in (*told["replaced_s"], *((line["start_s"] - 0.1, line["end_s"] + 0.5) for line in lines)):
        touched[max(0, round(start * before.rate)) : round(end * before.rate)] = True
    assert (~touched).mean() > 0.15
    assert np.abs(after.pcm[~touched] - before.pcm[~touched]).max() <= 1 / 32768

    assert told["check"]["worst_ms"] < 20
    assert told["check"]["mouth_agrees"] > 0.6
    assert (tmp_path / "check.png").read_bytes().startswith(b"\x89PNG")
    assert "00:00:00,800 --> " in out.with_suffix(".srt").read_text("utf-8")
    assert out.with_suffix(".vtt").read_text("utf-8").startswith("WEBVTT")
    assert told["stderr"].count("line ") == 8

    changed = (*shot.lines[:3], replace(shot.lines[3], new_text="Then let us stay here."))
    again = dub(shot.path, "--script", written(script, changed), "-o", out)
    assert (again["spoken"], again["unchanged"]) == (1, 3)


def test_names_in_the_script_outrank_ears_and_a_voice_may_be_given_for_one(
    shot: Shot, dub: Told, tmp_path: Path
) -> None:
    lines = tuple(replace(line, speaker="Ada") for line in shot.lines)
    script = written(tmp_path / "lines.srt", lines, named=True)
    out = tmp_path / "line.wav"
    told = dub(shot.path, "--script", script, "-o", out, "--preview", 2, "--voice", "Ada=hum", "--feeling", "none")
    assert [(line["number"], line["speaker"]) for line in told["lines"]] == [(2, "Ada")]
    assert [(one["name"], one["voice"]) for one in told["speakers"]] == [("Ada", "hum")]
    assert out.read_bytes().startswith(b"RIFF")


def test_one_line_is_said_where_somebody_speaks(shot: Shot, dub: Told, tmp_path: Path) -> None:
    told = dub(
        shot.path,
        "--text",
        "It is a long way home from here.",
        "--ratio",
        "1.1",
        "-o",
        tmp_path / "line.wav",
        "--preview",
        "1",
    )
    assert abs(told["lines"][0]["start_s"] - shot.lines[0].start_s) < 0.1
    assert told["lines"][0]["speed"] == pytest.approx(1 / 1.1)


def test_lines_that_do_not_fit_are_told_with_what_would_and_nothing_is_written(
    shot: Shot, dub: Told, tmp_path: Path
) -> None:
    long = replace(shot.lines[1], new_text="This is far too long for the time, as everybody can see who reads it. " * 2)
    script, out = written(tmp_path / "lines.srt", (shot.lines[0], long, *shot.lines[2:])), tmp_path / "out.mkv"
    out.write_bytes(b"as it was")
    told = dub(shot.path, "--script", script, "-o", out, code=2)
    assert [line["fit_status"] == "too_long" for line in told["lines"]] == [False, True, False, False]
    assert "1 of 4 lines do not fit, and nothing was written. Line 2: It takes" in told["stderr"]
    assert out.read_bytes() == b"as it was"
    made = {path.name for path in tmp_path.iterdir()} - {"audit.jsonl", "watermark.json"}  # a server's own
    assert made == {"lines.srt", "out.dub", "out.mkv"}


def test_a_translator_is_asked_again_until_its_line_fits(shot: Shot, dub: Told, tmp_path: Path) -> None:
    script = "import json,sys; d=json.load(sys.stdin); print('So. ' * max(2, 60 // (1 + 9 * len(d['too_long']))))"
    told = dub(
        *(
            shot.path,
            "--script",
            written(tmp_path / "lines.srt", shot.lines),
            "-o",
            tmp_path / "line.wav",
            "--preview",
            1,
        ),
        *("--translate", f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}", "--into", "en"),
    )
    assert told["lines"][0]["text"] == "So. So. So."
    assert told["lines"][0]["fit_status"] in {"fits", "extended", "early"}
    told = dub(
        shot.path,
        "--text",
        "Hello.",
        "-o",
        tmp_path / "line.wav",
        "--preview",
        1,
        "--translate",
        "false",
        "--into",
        "en",
        code=2,
    )
    assert "ended with 1" in told["stderr"]


def odd(path: Path, kind: str) -> Path:
    """Films that something is wrong with."""
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(4000))
    elif kind == "half":
        whole = path.with_name("whole.mkv")
        make.film(whole, [Spoken("a", 1.0, make.phrases_of_arithmetic("a", 100, (2.0,), 0)[0])], 8.0)
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
        whole.unlink()
    elif kind == "silent movie":
        import av

        with av.open(str(path), "w") as out:
            stream = out.add_stream("mpeg4", rate=25)
            stream.width = stream.height = 64
            for _ in range(50):
                out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
            out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("missing", "The film cannot be opened"),
        ("empty", "The film is an empty file."),
        ("noise", "The film is not MP4"),
        ("half", "The film is broken"),
        ("silent movie", "The film has no sound track"),
    ],
)
def test_a_film_that_cannot_be_dubbed_is_one_sentence_and_nothing_is_written(
    kind: str, told: str, dub: Told, shot: Shot, tmp_path: Path
) -> None:
    film = odd(tmp_path / "odd.mkv", kind)
    script = written(tmp_path / "lines.srt", shot.lines)
    before = sorted(path.name for path in tmp_path.iterdir())
    assert told in dub(film, "--script", script, "-o", tmp_path / "out.mkv", code=2)["stderr"]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_script_of_another_film_and_a_film_that_is_too_long_are_sentences(
    shot: Shot, dub: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = tuple(replace(line, start_s=line.start_s + 60, end_s=line.end_s + 60) for line in shot.lines)
    script = written(tmp_path / "lines.srt", (shot.lines[0], *late))
    told = dub(shot.path, "--script", script, "-o", tmp_path / "out.mkv", code=2)
    assert "4 of 5 lines lie behind its end" in told["stderr"]
    with pytest.raises(media.MediaError, match=r"The film is 10 s long, and 5 s are the most"):
        media.read_film(shot.path, tmp_path / "samples.f32", max_s=5.0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Give a script with --script"),
        (("--text", " "), "no text"),
        (("--text", "Hello.", "--voice", "Ada"), "NAME=VOICE"),
        (("--text", "Hello.", "--audio", "mp3"), "auto, aac"),
        (("--text", "Hello.", "--mouth", "1,2", "--check", "x.png"), "four shares"),
        (("--text", "Hello.", "--mouth", "0.9,0,0.5,1", "--check", "x.png"), "inside the picture"),
        (("--script", "nowhere.srt"), "cannot be read"),
    ],
)
def test_wrong_options_are_sentences_before_anything_is_opened(
    arguments: tuple[str, ...], told: str, dub: Told, tmp_path: Path
) -> None:
    assert told in dub(tmp_path / "none.mkv", *arguments, "-o", tmp_path / "out.mkv", code=2)["stderr"]


def test_an_output_of_a_kind_that_no_film_has_is_a_sentence(shot: Shot, dub: Told, tmp_path: Path) -> None:
    assert ".mp4" in dub(shot.path, "--text", "Hello.", "-o", tmp_path / "out.gif", code=2)["stderr"]
    assert (
        "its own"
        not in dub(shot.path, "--text", "Hello.", "-o", tmp_path / "out.webm", "--audio", "flac", code=2)["stderr"]
    )
    assert "another name" in dub(shot.path, "--text", "Hello.", "-o", shot.path, code=2)["stderr"]
