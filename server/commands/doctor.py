"""`oncue doctor`: is everything here, and does the sound of a line really leave before the line is decoded?

The proof is the engine's own event log of one line: the first chunk of sound in it must lie before the last code.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import shutil
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from server.commands.common import config_of, print_json
from server.config import Config
from server.speech import LocalEngine, local_engine
from streaming import events

_TEXT = "This line is long enough to show that its sound leaves while it is still being decoded."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    good: bool
    found: str


@dataclass(frozen=True, slots=True)
class Logged:
    """An event and its time."""

    event: events.Event
    at: float


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Check this installation and prove that it streams."""
    checks = [*environment(), *asyncio.run(_engine(config_of()))]
    good = all(check.good for check in checks)
    if as_json:
        print_json({"good": good, "checks": [asdict(check) for check in checks]})
    else:
        table = Table("check", "", "found")
        for check in checks:
            table.add_row(check.name, "ok" if check.good else "FAILED", check.found)
        Console().print(table)
    if not good:
        raise typer.Exit(1)


def environment() -> list[Check]:
    """What is installed."""
    espeak = shutil.which("espeak-ng")
    return [
        Check("python", True, platform.python_version()),
        *(Check(name, True, importlib.metadata.version(name)) for name in ("torch", "numpy", "aiohttp", "av")),
        Check("espeak-ng (only to train)", True, "found" if espeak else "not found; nothing else needs it"),
    ]


async def _engine(config: Config) -> list[Check]:
    async with local_engine(config) as engine:
        spec = engine.worker.spec
        loaded = Check("model", True, f"{spec.family} {spec.revision}, {spec.slots} slots, {spec.sample_rate} Hz")
        return [loaded, proof(await _event_log(engine))]


async def _event_log(engine: LocalEngine) -> list[Logged]:
    """Every event of one line, paced as for a listener."""
    heard: asyncio.Queue[Logged] = asyncio.Queue()
    uid = engine.worker.next_uid()
    line = events.Speak(uid, _TEXT, engine.store.find(None))
    engine.worker.submit(line, lambda event, at: heard.put_nowait(Logged(event, at)))
    log = [await heard.get()]
    while not isinstance(log[-1].event, events.Finished | events.Refused):
        log.append(await heard.get())
    return log


def proof(log: list[Logged]) -> Check:
    """Read the log: which code was the last before the first chunk left, and how many came after it."""
    name = "sound leaves before decoding ends"
    first = next((i for i, entry in enumerate(log) if isinstance(entry.event, events.AudioChunk)), None)
    if first is None:
        return Check(name, False, "the line made no sound")
    counts = [entry.event.codes if isinstance(entry.event, events.Decoded) else 0 for entry in log]
    before, total = max(counts[:first], default=0), max(counts)
    last = max(i for i, count in enumerate(counts) if count == total)
    later_ms = (log[last].at - log[first].at) * 1000
    found = f"chunk 1 left after code {before} of {total}, {later_ms:.0f} ms before code {total} was decoded"
    return Check(name, before < total, found)
