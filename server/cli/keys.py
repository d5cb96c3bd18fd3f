"""`oncue keys`: who may use a server of this machine; add a key, list them, or take one back."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from oncue.server.cli.common import config_of, print_json
from oncue.server.http.keys import KeyStore

keys = typer.Typer(help="Add, list and remove API keys.", no_args_is_help=True)
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def _store() -> KeyStore:
    return KeyStore(config_of().keys_path)


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    streams: Annotated[int | None, typer.Option(min=1, help="Lines at once; no limit if left out.")] = None,
    characters: Annotated[
        int | None, typer.Option("--characters-per-minute", min=1, help="Characters a minute; no limit if left out.")
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Make a key and show it, this once. From then on a server of this machine asks everybody for one."""
    secret, key = _store().add(name, streams, characters)
    if as_json:
        print_json({"id": key.id, "name": key.name, "key": secret})
        return
    print(secret)
    print("Keep it: only its hash is kept here. Send it as `Authorization: Bearer …`.")


@keys.command("list")
def list_keys(as_json: _AsJson = False) -> None:
    """Show every key's name and limits; the keys themselves are known to nobody."""
    found = _store().list()
    if as_json:
        shown = [
            {
                "id": key.id, "name": key.name, "created": key.created, "streams": key.streams,
                "characters_per_minute": key.characters_per_minute,
            }
            for key in found
        ]  # fmt: skip
        print_json({"keys": shown})
        return
    table = Table("id", "name", "created", "lines at once", "characters a minute")
    for key in found:
        limits = (str(value or "any") for value in (key.streams, key.characters_per_minute))
        table.add_row(key.id, key.name, key.created, *limits)
    Console().print(table)


@keys.command()
def remove(name: Annotated[str, typer.Argument(help="Name or id of a key.")], as_json: _AsJson = False) -> None:
    """Take a key back; a server that runs refuses it from the next request on."""
    gone = _store().remove(name)
    if as_json:
        print_json({"removed": gone.id})
    else:
        print(f"The key {gone.name} is gone.")
