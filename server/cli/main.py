"""The command `oncue`: its verbs, and every mistake of a user as one sentence and an exit code.

A verb's module is imported when it is called, or when help is asked for: `say` must not wait for what serves. And an engine's
process, which imports this file as the main module, must not wait for a command line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

VERBS: dict[str, str] = {
    "say": "say:say",
    "render": "render:render",
    "serve": "serve:serve",
    "text": "text:text",
    "emotion": "text:emotion",
    "bench": "bench.command:bench",
    "doctor": "doctor:doctor",
    "detect": "detect:detect",
    "demo": "demo:demo",
    "chat": "live:chat",
    "vtube": "live:vtube",
    "mcp": "mcp:mcp",
    "dub": "dub:dub_command",
    "voices": "voices:voices",
    "scene": "scene:scene",
    "models": "models:models",
    "keys": "keys:keys",
    "audit": "audit:audit",
}
"""Name to module of this folder and what it has there: a function, or an app of verbs of its own."""


def app_of(arguments: Sequence[str]) -> typer.Typer:
    """The command as far as these arguments need it: one verb where they begin with one, or else all of them."""
    import typer

    app = typer.Typer(
        name="oncue",
        help="A realtime streaming voice: sound while the line is still being decoded, ending on the sample it was told to.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_a_verb_comes_first)  # or a single verb would be the whole command
    named = arguments[0] if arguments else ""
    for verb in (named,) if named in VERBS else VERBS:
        module, _, attribute = VERBS[verb].partition(":")
        found = getattr(import_module(f"oncue.server.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb)
        else:
            app.command(verb)(found)
    return app


def _a_verb_comes_first() -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exits 0 when all went well, 1 when something failed here and now, 2 for what the user can mend."""
    from oncue.server.cli.common import SENTENCES

    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        app_of(given)(args=given)
    except SENTENCES as error:
        print(f"oncue: {error}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 2))


if __name__ == "__main__":
    main()
