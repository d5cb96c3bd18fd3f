"""`oncue dub`: a film with other words in the voices of its speakers, in one command."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
import soxr
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from oncue.server.cli.common import (
    CommandError,
    LabelOption,
    LabelPlaceOption,
    config_of,
    format_of,
    print_json,
)
from oncue.server.cli.consent import Agreed, OnPaper, Recorded, consent_of
from oncue.server.config import Config
from oncue.server.dubbing import media
from oncue.server.dubbing.casting import check_consent
from oncue.server.dubbing.check import Check
from oncue.server.dubbing.check import check as measure
from oncue.server.dubbing.dub import DubOptions, DubReport, LinesDoNotFit, Progress, dub
from oncue.server.dubbing.media import Film, MediaError
from oncue.server.dubbing.translate import Translating, TranslationError, translator
from oncue.server.local_engine import local_engine
from oncue.streaming.dubbing.fit import MOST_VIDEO_STRETCH
from oncue.streaming.dubbing.script import DubLine, DubScript, ScriptError, ordered, read_script, spoken_by
from oncue.streaming.protocol import messages

_Word = TypeVar("_Word", bound=str)
LABELS: tuple[messages.LabelChoice, ...] = ("none", "speech", "rhythm")
PLACES: tuple[messages.LabelPlace, ...] = ("start", "end")
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
    consent: Agreed = False,
    consent_recording: Recorded = None,
    consent_paper: OnPaper = None,
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
    label: LabelOption = "none",
    label_place: LabelPlaceOption = "end",
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
    preview: Annotated[int | None, typer.Option(min=1, help="Only this line, in its place, as a sound file.")] = None,
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
    config = config_of()
    asked = _Asked(
        video=video,
        script=_script_of(script, text),
        ratio=ratio,
        background=background,
        options=DubOptions(
            out=output,
            language=_language_of(lang),
            video_stretch=allow_video_stretch,
            codec=_codec_of(audio),
            feeling=feeling,
            intensity=intensity,
            speakers=speakers,
            voices=dict(_voice_of(pair) for pair in voice or ()),
            seed=seed,
            together=together,
            again=again,
            consent=consent_of("dub", config, agreed=consent, recording=consent_recording, paper=consent_paper),
            label=_choice(label, LABELS, "A label is none, speech or rhythm."),
            label_place=_choice(label_place, PLACES, "A label is heard at the start or at the end."),
            only=preview,
            kept_in=lines,
        ),
        foreign=_translator(translate, into, translate_model),
        check=check,
        mouth=None if mouth is None else _region(mouth),
        config=config,
    )
    asked.refuse_what_cannot_be()
    with _as_sentences(as_json=as_json):
        report, found = _dubbed(asked)
    if as_json:
        print_json(report.as_json | ({} if found is None else {"check": _check_told(asked, found)}))
        return
    _print(report)
    if found is not None:
        Console().print(f"onsets are at most {found.worst_ms or 0:.0f} ms off; drawn in {check}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Everything that a command line asks for, read before the film and the model are: a mistake in it fails at once."""

    video: Path
    script: DubScript | str
    """The lines, or the text of the one."""
    ratio: float | None
    background: Path | None
    options: DubOptions
    foreign: Translating | None
    check: Path | None
    mouth: tuple[float, float, float, float] | None
    config: Config

    def refuse_what_cannot_be(self) -> None:
        """Raises CommandError for options that contradict each other or this machine."""
        out, preview = self.options.out, self.options.only is not None
        if out.resolve() == self.video.resolve():
            raise CommandError("The output is the film itself: give it another name.")
        if out.is_dir():
            raise CommandError("The output is a folder: give it a file's name.")
        place = next(one for one in out.absolute().parents if one.exists())
        if not place.is_dir() or not os.access(place, os.W_OK):
            raise CommandError("The output's folder cannot be written to.")
        if (
            isinstance(self.script, DubScript) and not self.options.voices
        ):  # or else it shows when the speakers are known
            check_consent(self.script.lines, self.options.consent)
        if self.ratio is not None and not 0.25 <= self.ratio <= 4:
            raise CommandError("A ratio lies between 0.25 and 4.")
        if self.check is None:
            if self.mouth is not None:
                raise CommandError("--mouth is for --check: say where its picture is to be written.")
        elif preview:
            raise CommandError("A preview is a sound and not a film: check the film.")
        elif self.check.suffix.lower() != ".png":
            raise CommandError("The picture of --check is a PNG: give it the ending .png.")
        elif find_spec("matplotlib") is None:
            raise CommandError("The picture of --check needs matplotlib: pip install 'oncue[demo]'.")
        if preview:
            format_of(out)
            return
        try:
            media.codec_for(out, self.options.codec)
        except MediaError as error:
            raise CommandError(str(error)) from error


@contextmanager
def _as_sentences(*, as_json: bool) -> Iterator[None]:
    """What goes wrong with a film, as a sentence; of lines that do not fit the report is printed too."""
    try:
        yield
    except LinesDoNotFit as error:
        if as_json:
            print_json(error.report.as_json)
        raise CommandError(str(error)) from error
    except (MediaError, ScriptError, TranslationError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise CommandError(f"A file cannot be read or written{where}: {error.strerror or error}.") from error


def _dubbed(asked: _Asked) -> tuple[DubReport, Check | None]:
    """Read, dub, and measure where that is asked. Raises what `_as_sentences` knows."""
    progress = Progress(lambda told: print(told, file=sys.stderr, flush=True))
    with tempfile.TemporaryDirectory(prefix="oncue-dub-") as folder:
        place = Path(folder)
        progress.step("reading the film")
        film = media.read_film(asked.video, place / "film.f32")
        report = asyncio.run(_dub(asked, film, progress, place))
        if asked.check is None:
            return report, None
        progress.step("checking")
        found = measure(film, Path(report.out or ""), report, place, mouth=asked.mouth)
        from oncue.server.dubbing.check_picture import draw  # matplotlib, which not everybody has

        asked.check.parent.mkdir(parents=True, exist_ok=True)
        draw(found, report, asked.check)
        return report, found


async def _dub(asked: _Asked, film: Film, progress: Progress, folder: Path) -> DubReport:
    script, options = asked.script, asked.options
    lines = _in_place(script, film) if isinstance(script, str) else script
    if asked.ratio is not None:
        lines = replace(lines, lines=tuple(_with_ratio(line, asked.ratio) for line in lines.lines))
    if asked.background is not None:
        options = replace(options, background=await asyncio.to_thread(_stem, asked.background, folder, film))
    progress.step("loading the model")
    async with local_engine(asked.config) as engine:
        if asked.foreign is None:
            return await dub(engine, asked.video, film, lines, options, progress)
        async with asked.foreign as ask:
            return await dub(engine, asked.video, film, lines, options, progress, ask)


def _translator(place: str | None, into: str, model: str) -> Translating | None:
    if place is None:
        if into:
            raise CommandError("--into is for --translate: say who translates, or give a script in that language.")
        return None
    try:
        return translator(place, into, model, os.environ.get("ONCUE_TRANSLATE_KEY", ""))
    except TranslationError as error:
        raise CommandError(str(error)) from error


def _check_told(asked: _Asked, found: Check) -> dict[str, Any]:
    """What was measured, for `--json`."""
    return {
        "picture": str(asked.check),
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
    return line if line.ratio is not None else replace(line, ratio=ratio)


def _stem(path: Path, folder: Path, film: Film) -> NDArray[np.float32]:
    """The sound of another file with the film's rate, channels and length. Raises MediaError."""
    try:
        found = media.read_film(path, folder / "background.f32")
    except MediaError as error:
        raise MediaError(f"The background cannot be used. {error}") from error
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


def _choice(word: str, known: tuple[_Word, ...], otherwise: str) -> _Word:
    """One of a few words. Raises CommandError."""
    for one in known:
        if word == one:
            return one
    raise CommandError(otherwise)


def _language_of(name: str) -> str:
    if name not in {"auto", "zh", "en"}:
        raise CommandError("The language is auto, zh or en.")
    return name


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
    if report.label is not None:
        console.print(f"label: {report.label.text}, from {report.label.start_s:.2f} to {report.label.end_s:.2f} s")
    for warning in report.warnings:
        console.print(f"note: {warning}")
    console.print(f"{report.spoken} spoken, {report.unchanged} unchanged, in {report.elapsed_s:.1f} s")
