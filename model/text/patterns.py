"""Patterns that are made once and kept: the library keeps 512 of them and forgets, so that a program with many makes them again.

For patterns that are written where they are used; their number is that of the places in this package.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache


@cache
def pattern(written: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """The pattern that is written so."""
    return re.compile(written, flags)


class LatePattern:
    """A pattern of a table of many, made when something is first held against it: most lines never come to most of them."""

    __slots__ = ("_flags", "_written", "match")

    match: Callable[[str, int], re.Match[str] | None]
    """Whether the pattern begins at a place of a text."""

    def __init__(self, written: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self._written, self._flags = written, flags
        self.match = self._made_and_matched

    def make(self) -> None:
        """Make it now."""
        self.match = re.compile(self._written, self._flags).match

    def _made_and_matched(self, text: str, at: int) -> re.Match[str] | None:
        self.make()
        return self.match(text, at)
