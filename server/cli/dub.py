"""`oncue dub`: a film with other words in the voices of its speakers, in one command."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import soxr
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from oncue.server.cli.common import CommandError, config_of, print_json
from oncue.server.dubbing import media
from oncue.server.dubbing.check import check as measure
from oncue.server.dubbing.dub import DubOptions, DubReport, LinesDoNotFit, Progress, dub
from oncue.server.dubbing.media import Film, MediaError
from oncue.server.dubbing.translate import Translating, TranslationError, translator
from oncue.server.local_engine import local_engine
from oncue.streaming.dubbing.fit import MOST_VIDEO_STRETCH
from oncue.streaming.dubbing.script import DubLine, DubScript, ScriptError, ordered, read_script, spoken_by

_MAX_SCRIPT_BYTES = 4 * 1024 * 1024


def dub_command(
    video: Annotated[Path, typer.Argument(help="The film: MP4, MOV, MKV, WebM, AVI or TS.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The dubbed film; with --preview a sound file.")],
    script: Annotated[
        Path | None, typer.Option(help="Lines with times: .srt, .vtt, .csv, .tsv or .json; see docs/dubbing.md.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="One line, said where somebody speaks in the film.")] = None,
    ratio: Annotated[float | None, typer.Option(help="Every line's length as a factor of the natural one.")] = None,
    voice: Annotated[
        list[str] | None, typer.Option(help="NAME=VOICE: a voice of yours for a speaker, instead of the film's own.")
    ] = None,
    feeling: Annotated[str, typer.Option(help="heard (the original's), none, or words such as angry.")] = "heard",
    intensity: Annotated[float, typer.Option(min=0.0, max=1.0, help="How strong the feeling is.")] = 1.0,
    speakers: Annotated[
        int | None, typer.Option(min=1, max=32, help="How many people speak, where it is known.")
    ] = None,
    background: Annotated[
        Path | None, typer.Option(help="The film's sound without speech, as a film or a sound file.")
    ] = None,
    allow_video_stretch: Annotated[
        float,
        typer.Option(min=1.0, max=MOST_VIDEO_STRETCH, help="Let the picture be slowed by so much under long lines."),
    ] = 1.0,
    audio: Annotated[str, typer.Option(help="How the new sound is kept: auto, aac, flac, opus or pcm.")] = "auto",
    lang: Annotated[str, typer.Option(help="auto, zh or en.")] = "auto",
    translate: Annotated[
        str | None,
        typer.Option(help="A command or the address of a chat endpoint that puts the lines into another language."),
    ] = None,
    into: Annotated[str, typer.Option(help="For --translate: zh or en.")] = "",
    translate_model: Annotated[str, typer.Option(help="For an endpoint: its model.")] = "default",
    seed: Annotated[int, typer.Option(help="The same seed gives the same voice track.")] = 0,
    together: Annotated[int, typer.Option(min=1, max=8, help="How many lines at once.")] = 4,
    check: Annotated[
        Path | None, typer.Option(help="Measure the dubbed film, and draw how well it is in time into this PNG.")
    ] = None,
    mouth: Annotated[
        str | None, typer.Option(help="For --check: X,Y,WIDTH,HEIGHT of a mouth, as shares of the picture.")
    ] = None,
    preview: Annotated[int | None, typer.Option(help="Only this line, in its place, as a sound file.")] = None,
    lines: Annotated[
        Path | None,
        typer.Option(help="Folder in which the sounds of lines are kept; OUT.dub beside the output if not given."),
    ] = None,
    again: Annotated[bool, typer.Option(help="Speak also what has not changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say other lines in a film, in the voices of those who speak in it. The picture is copied as it is.

    Exits 2 when lines do not fit their time, and then writes nothing and says what would fit.
    """
    wanted = _script_of(script, text)  # before the film and the model: a mistake in it fails at once
    options = DubOptions(
        out=output,
        language=lang,
        video_stretch=allow_video_stretch,
        codec=_codec_of(audio),
        feeling=feeling,
        intensity=intensity,
        speakers=speakers,
        voices=dict(_voice_of(pair) for pair in voice or ()),
        seed=seed,
        together=together,
        again=again,
        only=preview,
        kept_in=lines,
    )
    if output.resolve() == video.resolve():
        raise CommandError("The output is the film itself: give it another name.")
    if check is not None and preview is not None:
        raise CommandError("A preview is a sound and not a film: check the film.")
    foreign = None if translate is None else _translator(translate, into, translate_model)
    region = None if mouth is None else _region(mouth)
    progress = Progress(lambda told: print(told, file=sys.stderr, flush=True))
    try:
        if preview is None:
            media.codec_for(output, options.codec)
        with tempfile.TemporaryDirectory(prefix="oncue-dub-") as folder:
            place = Path(folder)
            progress.step("reading the film")
            film = media.read_film(video, place / "film.f32")
            report = asyncio.run(_dub(video, film, wanted, ratio, background, options, progress, place, foreign))
            checked = None if check is None else _checked(film, report, check, region, place)
    except LinesDoNotFit as error:
        if as_json:
            print_json(error.report.as_json)
        raise CommandError(str(error)) from error
    except (MediaError, ScriptError, TranslationError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"The output cannot be written: {error.strerror}.") from error
    if as_json:
        print_json(report.as_json | ({} if checked is None else {"check": checked}))
    else:
        _print(report)
        if checked is not None:
            Console().print(f"onsets are at most {checked['worst_ms'] or 0:.0f} ms off; drawn in {check}")


async def _dub(
    video: Path,
    film: Film,
    script: DubScript | str,
    ratio: float | None,
    stem: Path | None,
    options: DubOptions,
    progress: Progress,
    folder: Path,
    foreign: Translating | None,
) -> DubReport:
    lines = _in_place(script, film) if isinstance(script, str) else script
    if ratio is not None:
        lines = DubScript(tuple(_with_ratio(line, ratio) for line in lines.lines), lines.warnings)
    if stem is not None:
        options = replace(options, background=await asyncio.to_thread(_stem, stem, folder, film))
    progress.step("loading the model")
    async with local_engine(config_of()) as engine:
        if foreign is None:
            return await dub(engine, video, film, lines, options, progress)
        async with foreign as ask:
            return await dub(engine, video, film, lines, options, progress, ask)


def _translator(place: str, into: str, model: str) -> Translating:
    try:
        return translator(place, into, model, os.environ.get("ONCUE_TRANSLATE_KEY", ""))
    except TranslationError as error:
        raise CommandError(str(error)) from error


def _checked(
    film: Film,
    report: DubReport,
    picture: Path,
    mouth: tuple[float, float, float, float] | None,
    folder: Path,
) -> dict[str, Any]:
    """Measure what was written, draw it, and tell. Raises MediaError and CommandError."""
    try:
        from oncue.server.dubbing.check_picture import draw
    except ImportError as error:
        raise CommandError("The picture of --check needs matplotlib: pip install 'oncue[demo]'.") from error
    found = measure(film, Path(report.out or ""), report, folder, mouth=mouth)
    draw(found, report, picture)
    return {
        "picture": str(picture),
        "worst_ms": found.worst_ms,
        "mouth_agrees": found.mouth_agrees,
        "lines": [asdict(line) for line in found.lines],
    }


def _region(text: str) -> tuple[float, float, float, float]:
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        raise CommandError("A mouth is four shares of the picture with commas: X,Y,WIDTH,HEIGHT.") from None
    if not (0 <= x < 1 and 0 <= y < 1 and 0 < width <= 1 - x and 0 < height <= 1 - y):
        raise CommandError("A mouth lies inside the picture: shares of it between 0 and 1.")
    return x, y, width, height


def _script_of(script: Path | None, text: str | None) -> DubScript | str:
    """The lines, or the text of the one. Raises CommandError."""
    if (script is None) == (text is None):
        raise CommandError("Give a script with --script, or one line with --text.")
    if text is not None:
        if not text.strip():
            raise CommandError("There is no text to speak.")
        return text
    assert script is not None
    try:
        data = script.read_bytes()
        if len(data) > _MAX_SCRIPT_BYTES:
            raise CommandError(f"The script is over {_MAX_SCRIPT_BYTES // 2**20} MB.")
        return read_script(data.decode("utf-8-sig"), script.suffix.lower().lstrip("."))
    except OSError as error:
        raise CommandError(f"The script cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError("The script is not UTF-8 text: save it as UTF-8.") from error
    except ScriptError as error:
        raise CommandError(str(error)) from error


def _in_place(text: str, film: Film) -> DubScript:
    """One line where somebody speaks: from the first speech of the film to its last. Raises MediaError."""
    speech = film.info.speech
    if not speech:
        raise MediaError("Nobody is heard speaking in the film: give a script that says when the line begins.")
    said, name, emotion, strength = spoken_by(text)
    return ordered([DubLine(1, said, speech[0][0], speech[-1][1], name, emotion, strength)])


def _with_ratio(line: DubLine, ratio: float) -> DubLine:
    if not 0.25 <= ratio <= 4:
        raise CommandError("A ratio lies between 0.25 and 4.")
    return line if line.ratio is not None else replace(line, ratio=ratio)


def _stem(path: Path, folder: Path, film: Film) -> NDArray[np.float32]:
    """The sound of another file with the film's rate, channels and length. Raises MediaError."""
    found = media.read_film(path, folder / "background.f32")
    if abs(found.info.duration_s - film.info.duration_s) > 0.5:
        raise MediaError(
            f"The background is {found.info.duration_s:.2f} s long and the film {film.info.duration_s:.2f} s: it must be of the same cut."
        )
    pcm = np.asarray(found.pcm)
    if found.info.rate != film.info.rate:
        pcm = soxr.resample(pcm, found.info.rate, film.info.rate).astype(np.float32)
    if pcm.shape[1] == 1:
        pcm = np.repeat(pcm, film.info.channels, axis=1)
    if pcm.shape[1] != film.info.channels:
        raise MediaError(
            f"The background has {pcm.shape[1]} channels and the film {film.info.channels}: give it the same."
        )
    length = film.info.samples
    return np.pad(pcm[:length], ((0, max(0, length - len(pcm))), (0, 0)))


def _voice_of(pair: str) -> tuple[str, str]:
    name, equals, voice = pair.partition("=")
    if not equals or not name.strip() or not voice.strip():
        raise CommandError("A voice for a speaker is written NAME=VOICE, as in --voice Ada=mei.")
    return name.strip().casefold(), voice.strip()


def _codec_of(name: str) -> media.AudioChoice:
    for known in ("auto", "aac", "flac", "opus", "pcm"):
        if name == known:
            return known
    raise CommandError("The new sound is kept as auto, aac, flac, opus or pcm.")


def _print(report: DubReport) -> None:
    console = Console()
    table = Table(title=report.out)
    for head in ("line", "speaker", "start", "end", "speed", "fit"):
        table.add_column(head)
    for line in report.lines:
        table.add_row(
            str(line.number),
            line.speaker,
            f"{line.start_s:.2f}",
            f"{line.end_s:.2f}",
            f"{line.speed:.2f}×",
            line.fit_status,
        )
    console.print(table)
    for one in report.speakers:
        console.print(f"{one.name}: {one.voice}" + (f", {one.reference_s:.1f} s" if one.reference_s else ""))
    for warning in report.warnings:
        console.print(f"note: {warning}")
    console.print(f"{report.spoken} spoken, {report.unchanged} unchanged, in {report.elapsed_s:.1f} s")
