"""`oncue render`: speak every line of a file at several lengths, and write the sounds with an index.

For a script that is to be recorded in one go, and for measuring: the index has the same figures as `say --json`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from oncue.server.audio.wav import wav
from oncue.server.cli.common import CommandError, config_of, write
from oncue.server.cli.say import report_of
from oncue.server.local_engine import LineCollector, local_engine, speak_remotely
from oncue.streaming.protocol import messages

FREE = 0.0
INDEX = "index.json"

Speaker = Callable[[messages.Speak], Awaitable[LineCollector]]


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One line at one length; `ratio` is FREE for the natural one."""

    number: int
    text: str
    ratio: float
    voice: str | None

    @property
    def name(self) -> str:
        """File name without the ending."""
        return f"{self.number:03d}-{'free' if self.ratio == FREE else format(self.ratio, 'g')}"


def render(
    lines: Annotated[Path, typer.Argument(help="A UTF-8 text file, one line to speak on each.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the WAV files and index.json.")],
    ratios: Annotated[
        str, typer.Option(help="Lengths as factors of the natural one, with commas; free is natural.")
    ] = "free",
    voices: Annotated[str | None, typer.Option(help="Voices with commas; the lines take turns.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    together: Annotated[int, typer.Option(min=1, max=8, help="How many lines at once.")] = 4,
    server: Annotated[str | None, typer.Option(help="URL of a server; without it the lines are made here.")] = None,
) -> None:
    """Speak every line of a file."""
    texts = _texts(lines)
    wanted = [_ratio(part) for part in ratios.split(",")]
    names: list[str | None] = list(voices.split(",")) if voices else [None]
    jobs = [
        RenderJob(number, text, ratio, names[number % len(names)])
        for (number, text), ratio in itertools.product(enumerate(texts), wanted)
    ]
    rows = asyncio.run(_render(jobs, output, seed, together, server))
    write(output / INDEX, msgspec.json.format(msgspec.json.encode(rows), indent=1))
    Console().print(f"{len(rows)} sounds in {output}")


def _texts(path: Path) -> list[str]:
    try:
        texts = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError("The file of lines cannot be read as UTF-8 text.") from error
    if not texts:
        raise CommandError("There is no line in the file.")
    return texts


def _ratio(word: str) -> float:
    try:
        return FREE if word.strip() == "free" else float(word)
    except ValueError:
        raise CommandError("Ratios are numbers with commas, or free.") from None


async def _render(
    jobs: list[RenderJob], output: Path, seed: int, together: int, server: str | None
) -> list[dict[str, Any]]:
    gate = asyncio.Semaphore(together)
    async with _speaker(server) as speak:

        async def one(job: RenderJob) -> dict[str, Any]:
            async with gate:
                return await _speak(speak, job, output, seed)

        return list(await asyncio.gather(*(one(job) for job in jobs)))


@asynccontextmanager
async def _speaker(server: str | None) -> AsyncIterator[Speaker]:
    """What speaks a line: an engine of this process, or a server, by a connection for each line."""
    config = config_of()
    if server is not None:
        yield lambda line: speak_remotely(server, config.token, line)
        return
    async with local_engine(config) as engine:
        yield engine.speak


async def _speak(speak: Speaker, job: RenderJob, output: Path, seed: int) -> dict[str, Any]:
    duration = None if job.ratio == FREE else messages.Duration(ratio=job.ratio)
    line = messages.Speak(job.name, job.text, voice=job.voice, duration=duration, seed=seed)
    spoken = await speak(line)
    write(output / f"{job.name}.wav", wav(bytes(spoken.pcm), spoken.rate))
    figures = asdict(report_of(spoken))
    return {"file": f"{job.name}.wav", "text": job.text, "ratio": job.ratio, "voice": job.voice, **figures}
