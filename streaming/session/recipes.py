"""What a session must have written down elsewhere so that another server can take it up: what was opened, and each line as asked.

A line is a function of what was asked for it, so its recipe is a few hundred bytes, and no sound is kept. A line that was
changed or cancelled on the way has none: it could not be made again to the sample. Where recipes are kept is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from oncue.streaming.protocol import messages


class LineRecipe(Struct, frozen=True, forbid_unknown_fields=True):
    """A line as it was asked for, its voice by the key of what it was then, and the number that names it in frames."""

    number: int
    speak: messages.Speak
    more: tuple[messages.Append | messages.Finish, ...] = ()


class SessionRecipe(Struct, frozen=True, forbid_unknown_fields=True):
    """A session's `open`, how many lines it has numbered, and its lines that may be taken up, by id."""

    opened: messages.Open
    numbered: int = 0
    lines: Mapping[str, LineRecipe] = {}


@dataclass(frozen=True, slots=True)
class Opened:
    """A session began."""

    opened: messages.Open


@dataclass(frozen=True, slots=True)
class Asked:
    """A line, or more of one."""

    line: str
    recipe: LineRecipe
    numbered: int


@dataclass(frozen=True, slots=True)
class Unasked:
    """A line that cannot be made again; `ended` says that it can, for as long as its client may have missed the end."""

    line: str
    ended: bool


Change = Opened | Asked | Unasked


def grown(recipe: LineRecipe, message: messages.Append | messages.Finish) -> LineRecipe | None:
    """The recipe with more text; None where it depends on when text comes, so that nobody can make the line again."""
    if recipe.speak.max_wait_ms is not None or (
        recipe.speak.duration is not None and recipe.speak.duration.seconds is not None
    ):
        return None
    return msgspec.structs.replace(recipe, more=(*recipe.more, message))
