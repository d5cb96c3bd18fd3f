"""Whose statement lets a voice be made of a recording: said with the call, or once for all in the configuration.

A call's own statement goes before the standing one. Nothing here checks who speaks, and nothing is kept here.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from oncue.server.voices.store import Consent, VoiceStoreError


class ConsentMissing(VoiceStoreError):
    """A voice was to be made of a recording of which nobody said that its speaker agreed."""

    code = "consent_missing"


@dataclass(frozen=True, slots=True)
class Shown:
    """How a consent is shown; `evidence` is the SHA-256 of a recorded sentence or a paper."""

    how: Literal["tick", "recording", "paper"] = "tick"
    evidence: str = ""
    speaker: str = ""


def now() -> str:
    """ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def this_user() -> str:
    """Who works on this machine; a container may not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def stated(by: str, standing: str, *, agreed: bool, shown: Shown = Shown()) -> Consent | None:
    """The statement by the user of this machine, None where there is none.

    `by` is the call, `standing` the configuration's statement, `agreed` whether this call says it itself.
    """
    if agreed:
        return Consent(now(), by, this_user(), shown.speaker, shown.how, shown.evidence)
    if standing:
        return Consent(now(), by, this_user(), shown.speaker, "standing", statement=standing)
    return None


def demanded(consent: Consent | None, how: str) -> Consent:
    """A statement, where one is needed; `how` tells the caller how to give one. Raises ConsentMissing."""
    if consent is None:
        raise ConsentMissing(f"A voice is made only with the speaker's consent: {how}.")
    return consent
