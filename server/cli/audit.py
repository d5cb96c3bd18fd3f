"""`oncue audit`: whether the log of what was made is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oncue.server.audit.log import AuditError, AuditLog
from oncue.server.cli.common import CommandError, CommandFailed, config_of, print_json

audit = typer.Typer(help="Check the log of what was made.", no_args_is_help=True)


@audit.callback()
def default() -> None:
    """Check the log of what was made."""


@audit.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="The log; the one of this machine's configuration if left out.")
    ] = None,
    head: Annotated[str, typer.Option(help="A hash noted earlier, which must stand in the log.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Walk the chain of hashes, and say how many lines are whole and what the last hash is. Exits 1 where one is broken."""
    path = file or config_of().audit_path
    try:
        found = AuditLog(path).verify(head)
    except AuditError as error:
        raise CommandError(str(error)) from error
    whole = found.bad is None and found.has_head
    if as_json:
        print_json({"whole": whole, "lines": found.lines, "head": found.head, "bad": found.bad, "why": found.why})
    elif whole:
        print(f"Whole: {found.lines} lines, the last with hash {found.head}.")
    if found.bad is not None:
        raise CommandFailed(f"Line {found.bad} of the log does not fit: {found.why}.")
    if not found.has_head:
        raise CommandFailed("The hash does not stand in the log: lines were taken off its end, or it is another log.")
