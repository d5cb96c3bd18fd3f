"""Which lines of a session speak to nobody, because their client was lost and has not resumed them yet.

It keeps names, and of a line that is over the item that says so, which the budget of `replay.py` must not take;
what else is said meanwhile is kept there, and what follows from it is the session's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oncue.streaming.session.replay import Item


class Absence:
    """Lines are away from the moment the connection is lost until each is taken back, or until the time is over."""

    def __init__(self) -> None:
        self._away: set[str] = set()
        self._ends: dict[str, Item] = {}
        self._dismissed: set[str] = set()
        self._bytes = 0

    def __contains__(self, line: str) -> bool:
        return line in self._away

    def begin(self, lines: Iterable[str]) -> None:
        """The connection was lost, with these lines on it or kept from it."""
        self._away = set(lines)
        self._ends = {line: end for line, end in self._ends.items() if line in self._away}
        self._bytes = 0

    def said(self, size: int) -> int:
        """So many bytes were said to nobody; returns how many since the connection was lost."""
        self._bytes += size
        return self._bytes

    def dismiss(self, line: str) -> None:
        """The client wants no more of a line that may be away but its end."""
        self._dismissed |= {line} & self._away

    def ended(self, line: str, end: Item) -> bool:
        """A line is over, as `end` says; nobody heard that if it is away. Returns whether somebody waits for it still."""
        if line in self._away:
            self._ends[line] = end
        return line in self._dismissed

    def take_back(self, line: str) -> bool:
        """Somebody hears the line again, or its name is another's now; returns whether it was away."""
        away = line in self._away
        self._away.discard(line)
        self._dismissed.discard(line)
        self._ends.pop(line, None)
        return away

    def finish(self) -> Mapping[str, Item | None]:
        """The time is over: the lines still away, with the ends that nobody heard."""
        away = {line: self._ends.get(line) for line in self._away}
        self._away, self._ends, self._dismissed = set(), {}, set()
        return away
