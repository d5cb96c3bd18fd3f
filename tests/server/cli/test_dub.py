from __future__ import annotations

import io
import json
import shlex
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oncue.server.dubbing import media
from tests.conftest import SCRIPTED
from tests.films import make
from tests.films.heard import Contents, contents
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
    make.film(path, spoken, 10.0, rate=24_000)
    return Shot(path, spoken, lines)


def written(path: Path, lines: tuple[Truth, ...], *, named: bool = False) -> Path:
    path.write_text(make.srt(lines, named=named), encoding="utf-8")
    return path


Told = Callable[..., dict[str, Any]]


@pytest.fixture
def dub(capsys: pytest.CaptureFixture[str]) -> Told:
    def told(*arguments: object, code: int = 0) -> dict[str, Any]:
        assert run("dub", *map(str, arguments), "--consent", "--json") == code
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
    told = dub(shot.path, "--script", script, "-o", out, "--preview", 2, "--voice", "Ada=hum", "--voice", "Eve=hum",
               "--feeling", "none")  # fmt: skip
    assert "A voice was given for 1 who speak no line; those who do are Ada." in told["warnings"]
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
    elif kind == "scratched":
        make.film(path, [Spoken("a", 1.0, make.phrases_of_arithmetic("a", 100, (2.0,), 0)[0])], 4.0, audio_codec="aac")
        data = bytearray(path.read_bytes())
        data[2000 : len(data) - 6000] = np.random.default_rng(1).bytes(len(data) - 8000)
        path.write_bytes(data)
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
        ("scratched", "The film"),
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


@dataclass(frozen=True, slots=True)
class OddDub:
    """A dub of a film in 5.1 with pictures at uneven times, whose script overlaps and runs past its end."""

    before: Contents
    after: Contents
    told: dict[str, Any]


@pytest.mark.parametrize(("kind", "place"), [("speech", "end"), ("rhythm", "end")])
def test_a_label_is_heard_once_where_nobody_speaks_and_moves_no_line(
    shot: Shot, dub: Told, tmp_path: Path, kind: str, place: str
) -> None:
    script = written(tmp_path / "lines.srt", shot.lines)
    asked = (shot.path, "--script", script, "--lines", tmp_path / "lines")
    plain = dub(*asked, "-o", tmp_path / "plain.mkv")
    told = dub(*asked, "-o", tmp_path / "out.mkv", "--label", kind, "--label-place", place)
    label = told["label"]
    assert plain["label"] is None
    assert (label["kind"], label["text"]) == (kind, "AI-generated")
    times = [[(line["start_s"], line["end_s"]) for line in run["lines"]] for run in (plain, told)]
    assert times[0] == times[1]
    assert all(label["start_s"] >= end_s or label["end_s"] <= start_s for start_s, end_s in times[1])
    change = np.abs(contents(tmp_path / "out.mkv").pcm - contents(tmp_path / "plain.mkv").pcm).max(axis=1)
    changed = np.nonzero(change > 1e-3)[0] / 24_000
    assert label["start_s"] - 0.001 <= changed[0] < changed[-1] <= label["end_s"] + 0.001
    assert "AI-generated" in (tmp_path / "out.srt").read_text("utf-8")
    assert "AI-generated" not in (tmp_path / "plain.srt").read_text("utf-8")


def test_a_label_for_which_nobody_is_silent_is_a_sentence_and_no_film(shot: Shot, dub: Told, tmp_path: Path) -> None:
    lines = tuple(Truth(start_s, start_s + 0.9, "low", "Hi there.") for start_s in (float(n) for n in range(10)))
    script = written(tmp_path / "lines.srt", lines)
    told = dub(shot.path, "--script", script, "-o", tmp_path / "out.mkv", "--label", "rhythm", code=2)
    assert "label takes" in told["stderr"]
    assert not (tmp_path / "out.mkv").exists()


def test_nobody_is_spoken_in_a_voice_of_the_film_before_it_is_said_that_they_agreed(
    shot: Shot, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script, out, log = (
        written(tmp_path / "lines.srt", shot.lines, named=True),
        tmp_path / "out.mkv",
        tmp_path / "audit.jsonl",
    )
    asked = ("dub", str(shot.path), "--script", str(script), "-o", str(out), "--json")
    assert run(*asked) == 2
    assert "--consent" in capsys.readouterr().err
    assert run(*asked, "--voice", "low=hum") == 2  # the other one is still the film's
    assert "--consent" in capsys.readouterr().err
    assert not out.exists()
    assert run(*asked, "--voice", "low=hum", "--voice", "high=hum") == 0
    assert "voice_tried" not in log.read_text()
    assert run(*asked, "--consent", "--voice", "low=hum") == 0
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [entry["consent"]["by"] for entry in entries if entry["event"] == "voice_tried"] == ["oncue dub"]


@pytest.fixture(scope="module")
def odd_dub(tmp_path_factory: pytest.TempPathFactory) -> OddDub:
    folder = tmp_path_factory.mktemp("odd")
    film, out = folder / "film.mkv", folder / "out.mkv"
    spoken = [
        Spoken("low", start_s, make.phrases_of_arithmetic("low", 100, (1.4,), seed)[0])
        for start_s, seed in ((0.6, 3), (2.6, 4))
    ]
    make.film(film, spoken, 4.6, layout="5.1", variable=True, rate=24_000)
    lines = (
        Truth(0.6, 2.9, "low", "Hello there, how are you?"),
        Truth(2.6, 9.0, "low", "I am well, and you?"),
    )
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(io.StringIO()):
        patch.setenv("ONCUE_FAMILY", SCRIPTED)
        patch.setenv("ONCUE_VOICES_DIR", str(folder / "voices"))
        assert (
            run(
                "dub",
                str(film),
                "--consent",
                "--script",
                str(written(folder / "lines.srt", lines)),
                "-o",
                str(out),
                "--json",
            )
            == 0
        )
    return OddDub(contents(film), contents(out), json.loads(said.getvalue()))


def test_in_surround_sound_only_the_channel_with_the_speech_is_touched(odd_dub: OddDub) -> None:
    before, after = odd_dub.before.pcm, odd_dub.after.pcm
    assert before.shape == after.shape
    assert before.shape[1] == 6
    others = [0, 1, 3, 4, 5]
    assert np.abs(after[:, others] - before[:, others]).max() <= 1 / 32768
    assert np.abs(after[:, 2] - before[:, 2]).max() > 0.05


def test_pictures_at_uneven_times_keep_them(odd_dub: OddDub) -> None:
    steps = {round(two - one, 3) for (one, _), (two, _) in pairwise(sorted(odd_dub.before.packets))}
    assert len(steps) > 1
    assert odd_dub.before.packets == odd_dub.after.packets


def test_a_script_that_overlaps_or_runs_past_the_end_is_told_of_and_kept_in_its_time(odd_dub: OddDub) -> None:
    lines, warnings = odd_dub.told["lines"], odd_dub.told["warnings"]
    assert any("Line 1 ends 0.30 s after line 2 begins: it is made to end before." in told for told in warnings)
    assert any("Line 2 was to end after the film: it ends with it." in told for told in warnings)
    assert lines[0]["end_s"] <= lines[1]["start_s"]
    assert lines[1]["end_s"] <= odd_dub.told["duration_s"]
    assert [line["error_samples"] for line in lines] == [0, 0]


def test_in_a_film_without_speech_lines_are_laid_over_it_as_it_is(dub: Told, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    make.film(film, [], 4.0, layout="mono", rate=24_000)
    script = written(tmp_path / "lines.srt", (Truth(1.0, 2.5, "", "Hello there, how are you?"),))
    told = dub(film, "--script", script, "-o", out)
    assert any("laid over it as it is" in warning for warning in told["warnings"])
    assert told["speakers"][0]["voice"] == "default"
    assert told["replaced_s"] == []
    before, after = contents(film), contents(out)
    line = told["lines"][0]
    touched = slice(round((line["start_s"] - 0.1) * 24_000), round((line["end_s"] + 0.5) * 24_000))
    off = np.abs(after.pcm - before.pcm)
    assert off[touched].max() > 0.05
    off[touched] = 0
    assert off.max() <= 1 / 32768
    told = dub(film, "--text", "Hello.", "-o", tmp_path / "second.mkv", code=2)
    assert "Nobody is heard speaking in the film: give a script" in told["stderr"]
    assert not (tmp_path / "second.mkv").exists()


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
        (("--text", "Hello.", "--mouth", "0,0,1,1"), "--mouth is for --check"),
        (("--text", "Hello.", "--check", "x.gif"), "the ending .png"),
        (("--text", "Hello.", "--check", "x.png", "--preview", "1"), "check the film"),
        (("--text", "Hello.", "--ratio", "9"), "between 0.25 and 4"),
        (("--text", "Hello.", "--lang", "fr"), "The language is"),
        (("--text", "Hello.", "--into", "zh"), "--into is for --translate"),
        (("--text", "Hello.", "--preview", "0"), "preview"),
        (("--text", "Hello.", "--translate", "echo 'x", "--into", "en"), "quote"),
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
    assert "a file's name" in dub(shot.path, "--text", "Hello.", "-o", tmp_path, code=2)["stderr"]
    assert "wav" in dub(shot.path, "--text", "Hello.", "-o", tmp_path / "line.mkv", "--preview", 1, code=2)["stderr"]
