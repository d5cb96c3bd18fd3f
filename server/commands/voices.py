"""`oncue voices`: the voices of this machine; add one from a recording, or remove it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from server import reference
from server.commands.common import CommandError, config_of, print_json
from server.speech import local_engine
from server.voices import Entry, VoiceStore

voices = typer.Typer(help="List, add and remove voices.", invoke_without_command=True)
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@voices.callback()
def default(context: typer.Context) -> None:
    """List, add and remove voices."""
    if context.invoked_subcommand is None:
        list_voices()


@voices.command("list")
def list_voices(as_json: _AsJson = False) -> None:
    """Show every voice; the first is the default."""
    entries = asyncio.run(_list())
    if as_json:
        print_json({"voices": [{"name": e.name, "id": e.key, "origin": e.origin} for e in entries]})
        return
    table = Table("name", "id", "origin")
    for entry in entries:
        table.add_row(entry.name, entry.key, entry.origin)
    Console().print(table)


@voices.command()
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    file: Annotated[Path, typer.Argument(help="WAV, FLAC, Ogg or MP3 of one person, 3 to 30 s.")],
    consent: Annotated[bool, typer.Option(help="The speaker has agreed to this.")] = False,
) -> None:
    """Make a voice from a recording and keep it."""
    if not consent:
        raise CommandError("A voice is made only with the speaker's consent: say so with --consent.")
    entry = asyncio.run(_add(name, file))
    print(f"Added {entry.name} ({entry.key}).")


@voices.command()
def rm(name: Annotated[str, typer.Argument(help="Name or id of one of your voices.")]) -> None:
    """Remove one of your voices."""
    VoiceStore(config_of().voices_path, None, {}).remove(name)
    print("Removed.")


async def _list() -> tuple[Entry, ...]:
    async with local_engine(config_of()) as engine:
        return engine.store.list()


async def _add(name: str, file: Path) -> Entry:
    recording = reference.read(file)
    async with local_engine(config_of()) as engine:
        return engine.store.add(name, await engine.worker.make_voice(*recording))
