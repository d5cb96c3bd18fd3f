"""`oncue render`: speak every line of a file at several lengths, and write the sounds with an index.

For a script that is to be recorded in one go, and for measuring: the index has the same figures as `say --json`. A table
is another thing, with ids, characters and lengths of its own: `render_table`.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from oncue.clients.client import Client, Refusal
from oncue.server.audio.encoders import Format, encode
from oncue.server.cli.common import (
    CommandError,
    LabelOption,
    LabelPlaceOption,
    config_of,
    format_of,
    print_json,
    write,
)
from oncue.server.cli.render_table import TableOptions, TableRendering, read_cast
from oncue.server.cli.say import report_of
from oncue.server.cli.table import ENDINGS, read_table
from oncue.server.local_engine import LineCollector, line_message, local_engine, speak_remotely
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import OnCueError

FREE = 0.0
INDEX = "index.json"
_ALL_AT_ONCE = 1_000_000
"""Ray has its own queue."""

Speaker = Callable[[messages.Speak], Awaitable[LineCollector]]


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One line at one length; `ratio` is FREE for the natural one."""

    number: int
    """Among the lines to speak, from 0."""
    place: int
    """Line of the file, from 1."""
    text: str
    ratio: float
    voice: str | None

    @property
    def name(self) -> str:
        """File name without the ending."""
        return f"{self.number:03d}-{'free' if self.ratio == FREE else format(self.ratio, 'g')}"


@dataclass(frozen=True, slots=True)
class Where:
    """Who makes the lines: a server, tasks on Ray of which each makes `together` at once, or this process."""

    server: str | None
    ray: bool
    together: int


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A line that could not be spoken at a length, and the sentence that says why."""

    line: int
    ratio: float
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class _Label:
    """What is heard in every sound that says that a machine speaks."""

    kind: messages.LabelChoice
    place: messages.LabelPlace

    @classmethod
    def of(cls, kind: str, place: str) -> _Label:
        """Raises CommandError."""
        try:
            return msgspec.convert({"kind": kind, "place": place}, cls)
        except msgspec.ValidationError:
            raise CommandError("A label is none, speech or rhythm, at the start or the end.") from None

    @property
    def told(self) -> str:
        """What sounds depend on because of it; nothing where there is none."""
        return "" if self.kind == "none" else f" label {self.kind} {self.place}"

    def on(self, speak: Speaker) -> Speaker:
        """The same speaker, with the label in every line."""
        return lambda line: speak(msgspec.structs.replace(line, label=self.kind, label_place=self.place))


def render(
    lines: Annotated[
        Path, typer.Argument(help="A text file, one line to speak on each; or a table, .csv .tsv .jsonl.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the sounds and index.json.")],
    ratios: Annotated[
        str, typer.Option(help="Lengths as factors of the natural one, with commas; free is natural.")
    ] = "free",
    voices: Annotated[str | None, typer.Option(help="Voices with commas; the lines take turns.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    label: LabelOption = "none",
    label_place: LabelPlaceOption = "end",
    together: Annotated[int, typer.Option(min=1, max=8, help="How many lines at once.")] = 4,
    sound_format: Annotated[str, typer.Option("--format", help="wav, flac, mp3, opus, m4a …")] = "wav",
    cast: Annotated[
        Path | None, typer.Option(help="For a table: TOML with a table for each character, with voice and emotion.")
    ] = None,
    again: Annotated[bool, typer.Option(help="For a table: speak also what has not changed.")] = False,
    server: Annotated[str | None, typer.Option(help="URL of a server; without it the lines are made here.")] = None,
    ray: Annotated[
        bool, typer.Option("--ray", help="Have the lines made by tasks on Ray, each some lines; see docs/scale.md.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Speak every line of a file. A line that cannot be spoken is named, the others are spoken, and the exit code is 1.

    A table has the columns id and text, and may have character, voice, emotion, length, seed and language.
    """
    kind = format_of(Path(f"line.{sound_format}"))
    heard = _Label.of(label, label_place)
    if ray and server is not None:
        raise CommandError("Lines are made by a server or on Ray: give one of the two.")
    where = Where(server, ray, together)
    if ray:
        together = _ALL_AT_ONCE
    if lines.suffix.lower() in ENDINGS:
        if ratios != "free" or voices is not None:
            raise CommandError("A table says each line's length and voice itself: use its columns, or --cast.")
        options = TableOptions(output, kind, together, again, as_json)
        if code := asyncio.run(_render_table(lines, cast, seed, where, options, heard)):
            raise typer.Exit(code)
        return
    texts = _texts(lines)
    wanted = [_ratio(part) for part in ratios.split(",")]
    names: list[str | None] = list(voices.split(",")) if voices else [None]
    jobs = [
        RenderJob(number, place, text, ratio, names[number % len(names)])
        for (number, (place, text)), ratio in itertools.product(enumerate(texts), wanted)
    ]
    made = asyncio.run(_render(jobs, output, seed, together, where, kind, heard))
    rows = [one for one in made if not isinstance(one, FailedJob)]
    failed = [one for one in made if isinstance(one, FailedJob)]
    write(output / INDEX, msgspec.json.format(msgspec.json.encode(rows), indent=1))
    if as_json:
        print_json({"folder": str(output), "sounds": rows, "failed": [asdict(one) for one in failed]})
    else:
        Console().print(f"{len(rows)} sounds in {output}")
    for one in failed:
        length = "" if one.ratio == FREE else f" at {one.ratio:g} times its length"
        print(f"oncue: line {one.line}{length} was not spoken: {one.message}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _texts(path: Path) -> list[tuple[int, str]]:
    """The lines that are not empty, each with its place in the file, from 1. Raises CommandError."""
    try:
        texts = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError("The file of lines cannot be read as UTF-8 text.") from error
    found = [(place, text.strip()) for place, text in enumerate(texts, 1) if text.strip()]
    if not found:
        raise CommandError("There is no line in the file.")
    return found


def _ratio(word: str) -> float:
    try:
        return FREE if word.strip() == "free" else float(word)
    except ValueError:
        raise CommandError("Ratios are numbers with commas, or free.") from None


async def _render(
    jobs: list[RenderJob], output: Path, seed: int, together: int, where: Where, kind: Format, label: _Label
) -> list[dict[str, Any] | FailedJob]:
    gate = asyncio.Semaphore(together)
    async with _speaker(where) as (speak_plainly, _):
        speak = label.on(speak_plainly)

        async def one(job: RenderJob) -> dict[str, Any] | FailedJob:
            async with gate:
                try:
                    return await _speak(speak, job, output, seed, kind)
                except (Refusal, OnCueError) as refused:
                    return FailedJob(job.place, job.ratio, refused.code, str(refused))

        return list(await asyncio.gather(*(one(job) for job in jobs)))


async def _render_table(
    path: Path, cast: Path | None, seed: int, where: Where, options: TableOptions, label: _Label
) -> int:
    table = read_table(path, read_cast(cast), seed)  # before the model: a bad file fails at once
    async with _speaker(where) as (speak, made_by):
        rendering = TableRendering(options, f"{made_by}{label.told}")
        return await rendering.run(table.lines, table.mistakes, label.on(speak))


@asynccontextmanager
async def _speaker(where: Where) -> AsyncIterator[tuple[Speaker, str]]:
    """What speaks a line, and which model that is: an engine of this process, a server, by a connection for each line, or Ray."""
    config, server = config_of(), where.server
    if where.ray:
        from oncue.server.ray.batch import ray_batch

        async with ray_batch(config, where.together) as batch:
            yield batch.speak, await batch.made_by()
        return
    if server is not None:
        async with await Client.connect(server, token=config.token) as client:
            model = client.ready.model
        yield (lambda line: speak_remotely(server, config.token, line)), f"{model.family} {model.revision}"
        return
    async with local_engine(config) as engine:
        spec = engine.pool.spec
        yield engine.speak, f"{spec.family} {spec.revision}"


async def _speak(speak: Speaker, job: RenderJob, output: Path, seed: int, kind: Format) -> dict[str, Any]:
    duration = None if job.ratio == FREE else {"ratio": job.ratio}
    line = line_message(job.text, voice=job.voice, duration=duration, seed=seed)
    spoken = await speak(line)
    name = f"{job.name}{kind.suffix}"
    write(output / name, encode(bytes(spoken.pcm), spoken.rate, kind))
    return {"file": name, "text": job.text, "ratio": job.ratio, "voice": job.voice, **asdict(report_of(spoken))}
