"""`oncue render TABLE`: a script of a game or a drama to files named by its ids.

What is there already is not spoken again: the index keeps with each file what its sound depends on. A line that cannot be
spoken is told of, the others are spoken, and an end in the middle keeps what was made.
"""

from __future__ import annotations

import asyncio
import sys
import time
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
from rich.console import Console

from oncue.clients.client import ClientError, Refusal
from oncue.server.audio.encoders import Format, encode
from oncue.server.audio.subtitles import Cue, TimedWord, cues, srt, vtt
from oncue.server.cli.common import CommandError, print_json, write
from oncue.server.cli.table import Mistake, Part, TableLine, eta_s, parts_of
from oncue.server.local_engine import LineCollector, line_message
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import OnCueError

INDEX = "index.json"
KEEP_EVERY_S = 5.0
"""How much work a crash can cost."""

Speaker = Callable[[messages.Speak], Awaitable[LineCollector]]


class Rendered(msgspec.Struct, frozen=True):
    """A file of the index."""

    id: str
    file: str
    hash: str
    bytes: int
    character: str
    seconds: float
    target_seconds: float | None
    words: tuple[TimedWord, ...]
    cues: tuple[Cue, ...]
    warning: str | None = None


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A character in the file of the cast."""

    voice: str | None = None
    emotion: str | None = None


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How a table is rendered."""

    output: Path
    kind: Format
    together: int
    again: bool
    """Speak everything anew."""
    as_json: bool


def read_cast(path: Path | None) -> dict[str, Part]:
    """TOML: a table for each character, with voice and emotion. Raises CommandError."""
    if path is None:
        return {}
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, _Part])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CommandError(f"The file of the cast cannot be used: {error}.") from error
    return parts_of((name, Part(part.voice, part.emotion)) for name, part in found.items())


class TableRendering:
    """One run over a table."""

    def __init__(self, options: TableOptions, made_by: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`made_by` names the model; with the format it is what a file depends on besides its line."""
        self._options, self._clock = options, clock
        self._made_by = f"{made_by} {options.kind.name}"
        self._index = {} if options.again else _kept(options.output)
        self._mistakes: list[Mistake] = []
        self._began = self._kept_at = clock()
        self._done_characters = self._left_characters = self._done = self._failed = self._total = 0

    async def run(self, lines: Sequence[TableLine], mistakes: Sequence[Mistake], speak: Speaker) -> int:
        """Speak what has changed, write the index, and tell; the exit code."""
        self._mistakes = list(mistakes)
        waiting = [line for line in lines if not self._unchanged(line)]
        self._total, self._left_characters = len(waiting), sum(len(line.text) for line in waiting)
        gate = asyncio.Semaphore(self._options.together)
        with self._keeping(lines):
            async with asyncio.TaskGroup() as group:
                for line in waiting:
                    await gate.acquire()  # in the order of the table, and no more at once than was asked for
                    task = group.create_task(self._one(line, speak))
                    task.add_done_callback(lambda _: gate.release())
        self._tell(lines, skipped=len(lines) - len(waiting))
        return 1 if self._mistakes else 0

    def _unchanged(self, line: TableLine) -> bool:
        kept = self._index.get(line.id)
        if kept is None or kept.hash != line.fingerprint(self._made_by):
            return False
        try:
            return (self._options.output / kept.file).stat().st_size == kept.bytes
        except OSError:
            return False

    async def _one(self, line: TableLine, speak: Speaker) -> None:
        try:
            fields = {
                "voice": line.voice,
                "emotion": line.emotion,
                "duration": line.duration,
                "seed": line.seed,
                "language": line.language,
            }
            spoken = await speak(line_message(line.text, **fields))
            self._index[line.id] = await asyncio.to_thread(self._written, line, spoken)
        except (Refusal, OnCueError, ClientError) as error:
            self._failed += 1
            self._mistakes.append(Mistake(line.place, line.id, str(error)))
            self._index.pop(line.id, None)  # what an earlier run made of it is not what it says now
        self._done += 1
        self._done_characters += len(line.text)
        self._left_characters -= len(line.text)
        self._progress(line)

    def _written(self, line: TableLine, spoken: LineCollector) -> Rendered:
        done, rate, folder = spoken.end(), spoken.rate, self._options.output
        sound = encode(bytes(spoken.pcm), rate, self._options.kind)
        words = tuple(TimedWord(w.char_start, w.char_end, w.start / rate, w.end / rate) for w in spoken.words)
        shown = tuple(cues(line.text, words, line.character))
        name = f"{line.id}{self._options.kind.suffix}"
        write(folder / f"{line.id}.srt", srt(shown).encode())
        write(folder / f"{line.id}.vtt", vtt(shown).encode())
        write(folder / name, sound)
        target = None if done.target_samples is None else done.target_samples / rate
        return Rendered(
            line.id,
            name,
            line.fingerprint(self._made_by),
            len(sound),
            line.character,
            done.samples / rate,
            target,
            words,
            shown,
            spoken.warning,
        )

    @contextmanager
    def _keeping(self, lines: Sequence[TableLine]) -> Iterator[None]:
        """Whatever ends the run, what was made is in the index."""
        try:
            yield
        finally:
            self._keep(lines)

    def _keep(self, lines: Sequence[TableLine]) -> None:
        folder = self._options.output
        rows = [self._index[line.id] for line in lines if line.id in self._index]
        write(folder / INDEX, msgspec.json.format(msgspec.json.encode(rows), indent=1))
        whole: list[Cue] = []
        at_s = 0.0
        for row in rows:
            whole += [cue.later(at_s) for cue in row.cues]
            at_s += row.seconds
        write(folder / "script.srt", srt(whole).encode())
        write(folder / "script.vtt", vtt(whole).encode())

    def _progress(self, line: TableLine) -> None:
        now = self._clock()
        if now - self._kept_at >= KEEP_EVERY_S:
            self._kept_at = now
            rows = sorted(self._index.values(), key=lambda row: row.id)
            write(self._options.output / INDEX, msgspec.json.encode(rows))
        left_s = eta_s(self._done_characters, self._left_characters, now - self._began)
        about = "" if left_s is None or self._done == self._total else f", about {_span(left_s)} left"
        print(f"{self._done}/{self._total} {line.id}{about}", file=sys.stderr, flush=True)

    def _tell(self, lines: Sequence[TableLine], skipped: int) -> None:
        mistakes = sorted(self._mistakes, key=lambda mistake: mistake.place)
        rows = [self._index[line.id] for line in lines if line.id in self._index]
        made = self._done - self._failed
        if self._options.as_json:
            print_json(
                {
                    "folder": str(self._options.output),
                    "spoken": made,
                    "unchanged": skipped,
                    "sounds": [{"id": row.id, "file": row.file, "seconds": row.seconds} for row in rows],
                    "failed": [asdict(mistake) for mistake in mistakes],
                }
            )
        else:
            Console().print(f"{made} spoken, {skipped} unchanged, {len(mistakes)} failed, in {self._options.output}")
        for mistake in mistakes:
            name = f" ({mistake.id})" if mistake.id else ""
            print(f"oncue: line {mistake.place}{name} was not spoken: {mistake.message}", file=sys.stderr)


def _kept(folder: Path) -> dict[str, Rendered]:
    """The index of an earlier run; one that cannot be read means that everything is spoken anew."""
    try:
        rows = msgspec.json.decode((folder / INDEX).read_bytes(), type=list[Rendered])
    except (OSError, msgspec.MsgspecError):
        return {}
    return {row.id: row for row in rows}


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
