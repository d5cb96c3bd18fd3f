"""Which lines of a session speak to nobody, because their client was lost and has not resumed them yet.

A value that keeps names; what is said meanwhile is kept by `replay.py`, and what follows from it is the
session's business.
"""

from __future__ import annotations

from collections.abc import Iterable


class Absence:
    """Lines are away from the moment the connection is lost until each is taken back, or until the time is over."""

    def __init__(self) -> None:
        self._away: set[str] = set()
        self._ended: set[str] = set()
        self._bytes = 0

    def __contains__(self, line: str) -> bool:
        return line in self._away

    def begin(self, lines: Iterable[str]) -> None:
        """The connection was lost, with these lines on it or kept from it."""
        self._away = set(lines)
        self._ended &= self._away
        self._bytes = 0

    def said(self, size: int) -> int:
        """So many bytes were said to nobody; returns how many since the connection was lost."""
        self._bytes += size
        return self._bytes

    def ended(self, line: str) -> None:
        """A line is over; nobody heard that if it is away."""
        if line in self._away:
            self._ended.add(line)

    def take_back(self, line: str) -> bool:
        """Somebody hears the line again, or its name is another's now; returns whether it was away."""
        away = line in self._away
        self._away.discard(line)
        self._ended.discard(line)
        return away

    def finish(self) -> tuple[set[str], set[str]]:
        """The time is over: the lines still away, and those of them whose end nobody heard."""
        away, ended = self._away, self._ended
        self._away, self._ended = set(), set()
        return away, ended
