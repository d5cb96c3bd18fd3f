"""`oncue text` and `oncue emotion`: what a text and a description of a feeling are taken for, without a voice model."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from oncue.model.api import EMOTION_NAMES
from oncue.model.text import dictionary as dictionaries
from oncue.model.text import frontend
from oncue.model.text.emotion import EmotionReading
from oncue.server.cli.common import CommandError, config_of, print_json, text_of
from oncue.server.from_config import emotion_service


def text(
    text: Annotated[str, typer.Argument(help="A text; - reads it from stdin.")],
    lang: Annotated[str, typer.Option(help="auto, zh or en.")] = "auto",
    dictionary: Annotated[Path | None, typer.Option(help="A file of pronunciations.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show how a text will be read."""
    try:
        units = frontend.describe(text_of(text), lang, dictionaries.load(dictionary))
    except ValueError as error:
        raise CommandError(str(error)) from error
    if as_json:
        print_json({"units": units})
        return
    table = Table("written", "pinyin", "phones")
    for unit in units:
        phones = unit["phones"]
        said = " ".join(map(str, phones)) if isinstance(phones, list | tuple) else str(phones)
        table.add_row(str(unit["char"]), str(unit["pinyin"] or ""), said)
    Console().print(table)


def emotion(
    text: Annotated[str, typer.Argument(help="A preset or plain words; - reads them from stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what feeling a description is taken for, and by whom: as configured, like a server."""
    found = asyncio.run(_feeling(text_of(text)))
    if as_json:
        print_json(
            {"vector": list(found.vector), "style": found.style, "abstained": found.abstained, "source": found.source}
        )
        return
    table = Table("feeling", "weight", title=f"read by: {found.source}")
    for name, weight in zip(EMOTION_NAMES, found.vector, strict=True):
        table.add_row(name, f"{weight:.2f}")
    Console().print(table)


async def _feeling(words: str) -> EmotionReading:
    """Ask whoever is configured, and wait for a model that must be loaded. Raises ConfigError."""
    reader = emotion_service(config_of())
    try:
        if reader.known(words) is None:
            await reader.settled()
        return await reader.read(words)
    finally:
        await reader.close()
