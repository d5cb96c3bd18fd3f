"""Guests who left without a word, kept for a while in case they come back. Pure: the time is an argument.

It knows names and deadlines; what a guest is, and what is to be done with one who stayed away, is its
owner's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Kept(Generic[T]):
    guest: T
    until: float
    back: bool = False


class Lobby(Generic[T]):
    """Every guest who was left here is handed out once by `expire` or by making room, unless left anew before."""

    def __init__(self, keep_s: float, most: int) -> None:
        self._keep_s = keep_s
        self._most = most
        self._kept: dict[str, _Kept[T]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def next_at(self) -> float | None:
        """When `expire` will have something to hand out."""
        return min((kept.until for kept in self._kept.values()), default=None)

    def leave(self, name: str, guest: T, now: float) -> list[T]:
        """Keep a guest; the ones to be let go to make room, those who left first before others."""
        self._kept.pop(name, None)
        gone = []
        while len(self._kept) >= self._most:
            gone.append(self._kept.pop(next(iter(self._kept))).guest)
        self._kept[name] = _Kept(guest, now + self._keep_s)
        return gone

    def take(self, name: str) -> T | None:
        """A guest comes back, once; its deadline stays, for what it does not take up again."""
        kept = self._kept.get(name)
        if kept is None or kept.back:
            return None
        kept.back = True
        return kept.guest

    def expire(self, now: float) -> list[T]:
        """The guests whose time is over."""
        over = [name for name, kept in self._kept.items() if kept.until <= now]
        return [self._kept.pop(name).guest for name in over]

    def clear(self) -> list[T]:
        """All of them: the house is closing."""
        guests = [kept.guest for kept in self._kept.values()]
        self._kept.clear()
        return guests
