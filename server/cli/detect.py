"""`oncue detect`: whether a recording was spoken by a server with this machine's key, and what it says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oncue.server import watermark_key
from oncue.server.audio import inspection
from oncue.server.cli.common import CommandError, config_of, print_json


def detect(
    file: Annotated[
        Path, typer.Argument(help="WAV, FLAC, Ogg, Opus, MP3, M4A, AAC, WebM or AIFF; the first minute is heard.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say whether a machine spoke, as far as the mark in the sound and the labels in the file tell. Exits 1 if neither does."""
    try:
        key = watermark_key.load(config_of().watermark_path)
        found = inspection.read(file, key)
    except (inspection.NotInspected, watermark_key.WatermarkKeyError) as error:
        raise CommandError(str(error)) from error
    if as_json:
        print_json(found.as_json)
    else:
        print("\n".join(_sentences(found, has_key=key is not None)))
    if not found.layers:
        raise typer.Exit(1)


def _sentences(found: inspection.Inspection, *, has_key: bool) -> list[str]:
    mark, said = found.mark, []
    if not has_key:
        said.append("Watermark: not looked for, as no key is kept here.")
    elif mark is None:
        said.append(f"Watermark: {found.heard_s:.1f} s is too little to say anything.")
    elif not mark.found:
        said.append(f"Watermark: not found in {found.heard_s:.1f} s.")
    else:
        who = "" if mark.server is None else f", by server {mark.server} on {mark.day}"
        pace = "" if mark.speed == 1 else f", played at {mark.speed:.3f} of its speed"
        said.append(f"Watermark: found{who}{pace}; chance alone does this at most once in {1 / mark.chance:.0e}.")
    labels = [name for name in ("aigc", "source_type", "comment") if getattr(found.labels, name) is not None]
    said.append(f"Labels: {', '.join(labels) if labels else 'none'}.")
    return said
