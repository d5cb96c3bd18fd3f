"""The command `oncue`: its verbs, and every mistake of a user as one sentence and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from server.commands.bench import bench
from server.commands.common import SENTENCES
from server.commands.demo import demo
from server.commands.doctor import doctor
from server.commands.models import models
from server.commands.render import render
from server.commands.say import say
from server.commands.serve import serve
from server.commands.text import emotion, text
from server.commands.voices import voices

app = typer.Typer(
    name="oncue",
    help="A realtime streaming voice: sound while the line is still being decoded, ending on the sample it was told to.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for verb in (say, render, serve, text, emotion, bench, doctor, demo):
    app.command()(verb)
app.add_typer(voices, name="voices")
app.add_typer(models, name="models")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exits 0 when all went well, 1 when a check failed, 2 for what the user can mend."""
    try:
        app(args=None if arguments is None else list(arguments))
    except SENTENCES as error:
        print(f"oncue: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
