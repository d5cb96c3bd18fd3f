"""The command `oncue`: its verbs, and every mistake of a user as one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from oncue.server.cli.audit import audit
from oncue.server.cli.bench.command import bench
from oncue.server.cli.common import SENTENCES
from oncue.server.cli.demo import demo
from oncue.server.cli.detect import detect
from oncue.server.cli.doctor import doctor
from oncue.server.cli.dub import dub_command
from oncue.server.cli.keys import keys
from oncue.server.cli.live import chat, vtube
from oncue.server.cli.mcp import mcp
from oncue.server.cli.models import models
from oncue.server.cli.render import render
from oncue.server.cli.say import say
from oncue.server.cli.scene import scene
from oncue.server.cli.serve import serve
from oncue.server.cli.text import emotion, text
from oncue.server.cli.voices import voices

app = typer.Typer(
    name="oncue",
    help="A realtime streaming voice: sound while the line is still being decoded, ending on the sample it was told to.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for verb in (say, render, serve, text, emotion, bench, doctor, detect, demo, chat, vtube, mcp):
    app.command()(verb)
app.command("dub")(dub_command)
app.add_typer(voices, name="voices")
app.add_typer(scene, name="scene")
app.add_typer(models, name="models")
app.add_typer(keys, name="keys")
app.add_typer(audit, name="audit")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exits 0 when all went well, 1 when something failed here and now, 2 for what the user can mend."""
    try:
        app(args=None if arguments is None else list(arguments))
    except SENTENCES as error:
        print(f"oncue: {error}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 2))


if __name__ == "__main__":
    main()
