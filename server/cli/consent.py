"""The options by which a command is told that whoever speaks in a recording agreed: the same names for every verb."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from oncue.server.cli.common import CommandError
from oncue.server.config import Config
from oncue.server.voices.consent import Shown, stated
from oncue.server.voices.store import Consent

HOW = "say so with --consent, or with a standing statement in the configuration (consent, ONCUE_CONSENT)"
"""How a command is given a statement."""
Agreed = Annotated[bool, typer.Option("--consent", help="Whoever speaks in the recording has agreed to this.")]
Recorded = Annotated[
    Path | None, typer.Option("--consent-recording", help="A recording in which they agree; its SHA-256 is kept.")
]
OnPaper = Annotated[
    Path | None, typer.Option("--consent-paper", help="A paper on which they agree; its SHA-256 is kept.")
]


def consent_of(
    verb: str, config: Config, *, agreed: bool, recording: Path | None, paper: Path | None, speaker: str = ""
) -> Consent | None:
    """The statement, None where there is none. Raises CommandError."""
    if recording is not None and paper is not None:
        raise CommandError("Give --consent-recording or --consent-paper, not both.")
    if not agreed and (recording is not None or paper is not None):
        raise CommandError("What shows the consent is given together with --consent.")
    if recording is not None:
        shown = Shown("recording", _sha256(recording), speaker)
    elif paper is not None:
        shown = Shown("paper", _sha256(paper), speaker)
    else:
        shown = Shown(speaker=speaker)
    return stated(f"oncue {verb}", config.consent, agreed=agreed, shown=shown)


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CommandError(f"What shows the consent cannot be read: {error.strerror}.") from error
