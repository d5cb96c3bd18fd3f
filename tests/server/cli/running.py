"""The command line as a function: arguments in, exit code out."""

from __future__ import annotations

from oncue.server.cli.main import main


def run(*arguments: str) -> int:
    """What the shell would see of `oncue ARGUMENTS`."""
    try:
        main(arguments)
    except SystemExit as left:
        return int(left.code or 0)
    return 0
