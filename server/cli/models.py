"""`oncue models`: fetch the files of a family from a hub, and convert them into what OnCue loads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from oncue.model.install import Installer, installer
from oncue.server.cli.common import CommandError, print_json
from oncue.server.model_folders import models_path

models = typer.Typer(help="Fetch and convert models.", no_args_is_help=True)
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_DEFAULT_FAMILY = "indextts2"


@models.command("fetch")
def fetch(
    family: Annotated[str, typer.Argument(help="Which family.")] = _DEFAULT_FAMILY,
    to: Annotated[Path | None, typer.Option(help="Folder; without it the one `oncue serve` looks in.")] = None,
    hub: Annotated[str, typer.Option(help="huggingface or modelscope.")] = "huggingface",
    pin: Annotated[list[str] | None, typer.Option(help="NAME=COMMIT of a source; may be given again.")] = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", "--accept-license", help="You have read the licences and agree.")
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Download a family; what is there already is not fetched again."""
    with _sentences():
        chosen = installer(family)
        if not accept_licence:
            _show_terms(chosen)
            raise CommandError("Read the licences above; if you agree, run it again with --accept-licence.")
        folder = to or models_path(os.environ) / family
        got = chosen.fetch(folder, accepted=True, hub=hub, revisions=_pins(pin or []), progress=_tell)
    if as_json:
        print_json({"folder": str(got.folder), "revisions": got.revisions, "notes": got.notes})
        return
    _print_notes(got.notes)
    print(f"Fetched into {got.folder}; next: oncue models convert {got.folder}")


@models.command("convert")
def convert(
    folder: Annotated[Path, typer.Argument(help="Folder with the published files.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to; without it DIR/oncue.")] = None,
    family: Annotated[str, typer.Option(help="Which family the files are of.")] = _DEFAULT_FAMILY,
    as_json: _AsJson = False,
) -> None:
    """Check every key of the published checkpoints and write what OnCue loads."""
    with _sentences():
        made = installer(family).convert(folder, output, progress=_tell)
    if as_json:
        print_json({"folder": str(made.folder), "revision": made.revision, "notes": made.notes})
        return
    _print_notes(made.notes)
    print(f"Converted into {made.folder}; next: oncue serve --model {family} --model-dir {made.folder}")


def _show_terms(chosen: Installer) -> None:
    console = Console(stderr=True)
    for terms in chosen.terms():
        console.print(f"{terms.repository}: {terms.licence}\n  {terms.summary}\n  {terms.url}", highlight=False)


def _pins(pairs: list[str]) -> dict[str, str]:
    """NAME=COMMIT to a mapping. Raises CommandError."""
    pins = {}
    for pair in pairs:
        name, sign, commit = pair.partition("=")
        if not (name and sign and commit):
            raise CommandError("A pin is NAME=COMMIT, for instance bigvgan=0123abc.")
        pins[name] = commit
    return pins


def _tell(name: str, done: int, of: int) -> None:
    Console(stderr=True).print(f"[{done}/{of}] {name}", highlight=False, markup=False)


def _print_notes(notes: tuple[str, ...]) -> None:
    console = Console(stderr=True)
    for note in notes:
        console.print(f"Note: {note}", highlight=False, markup=False)


@contextmanager
def _sentences() -> Iterator[None]:
    """What an installer raises is written for the one who typed the command."""
    try:
        yield
    except OSError as error:
        told = error.strerror or str(error)
        raise CommandError(f"The model's files cannot be used: {told.rstrip('.')}.") from error
    except ValueError as error:
        raise CommandError(str(error)) from error
