"""How much one key may ask for: lines at once, and characters a minute. Pure: the time is an argument.

Characters come from a bucket that fills up evenly and holds a minute's worth (a token bucket: ITU-T I.371). A text larger
than the whole bucket may come when it is full, and is paid back before the next.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from oncue.streaming.protocol.errors import RateLimited

_MOST_ADDRESSES = 10_000
_RETRY_STREAMS_S = 1.0
"""Nobody knows when another line will end; soon is a good time to ask again."""


class Allows(Protocol):
    """Who says whether there may be another line."""

    def begin(self, characters: int, now: float) -> None:
        """One more line. Raises RateLimited."""
        ...

    def take(self, characters: int, now: float) -> None:
        """More text. Raises RateLimited."""
        ...

    def end(self) -> None:
        """A line has ended."""
        ...


class Both:
    """A key's allowance and its address's: what either refuses is refused, and counts for neither."""

    def __init__(self, one: Allowance, other: Allowance) -> None:
        self._one, self._other = one, other

    def begin(self, characters: int, now: float) -> None:
        """One more line. Raises RateLimited with `retry_after_s`."""
        self._one.begin(characters, now)
        try:
            self._other.begin(characters, now)
        except RateLimited:
            self._one.end()
            self._one.give_back(characters)
            raise

    def take(self, characters: int, now: float) -> None:
        """More text. Raises RateLimited with `retry_after_s`."""
        self._one.take(characters, now)
        try:
            self._other.take(characters, now)
        except RateLimited:
            self._one.give_back(characters)
            raise

    def end(self) -> None:
        """A line has ended."""
        self._one.end()
        self._other.end()


class Allowance:
    """Every line that `begin` admitted must be given back by `end`, once."""

    def __init__(self, streams: int | None, characters_per_minute: int | None, whose: str = "This key") -> None:
        self.whose = whose
        self.streams, self.characters_per_minute = streams, characters_per_minute
        self._lines = 0
        self._left = float(characters_per_minute or 0)
        self._at: float | None = None

    def begin(self, characters: int, now: float) -> None:
        """One more line. Raises RateLimited with `retry_after_s`, and counts nothing."""
        if self.streams is not None and self._lines >= self.streams:
            raise RateLimited(
                f"{self.whose} speaks {self.streams} lines at once: wait for one to end.",
                retry_after_s=_RETRY_STREAMS_S,
            )
        self.take(characters, now)
        self._lines += 1

    def take(self, characters: int, now: float) -> None:
        """More text. Raises RateLimited with `retry_after_s`, and counts nothing."""
        limit = self.characters_per_minute
        if limit is None:
            return
        if self._at is not None:
            self._left = min(float(limit), self._left + max(0.0, now - self._at) * limit / 60)
        self._at = now
        wanted = min(characters, limit)
        if wanted > self._left:
            after = (wanted - self._left) * 60 / limit
            raise RateLimited(
                f"{self.whose} speaks {limit} characters a minute: go on in {after:.0f} s.",
                retry_after_s=round(after, 3),
            )
        self._left -= characters

    def give_back(self, characters: int) -> None:
        """What was taken and not used."""
        if self.characters_per_minute is not None:
            self._left = min(float(self.characters_per_minute), self._left + characters)

    @property
    def unused(self) -> bool:
        """No line is counted, and nothing was taken that is not paid back by a minute's rest."""
        return self._lines == 0

    def end(self) -> None:
        """A line has ended."""
        self._lines -= 1


class Addresses:
    """The allowances of addresses, as many as there may be: those who rest longest make room for others."""

    def __init__(self, streams: int | None, characters_per_minute: int | None) -> None:
        self._limits = (streams, characters_per_minute)
        self._known: dict[str, Allowance] = {}

    def of(self, address: str) -> Allowance | None:
        """The same one for all requests from an address; None where there is no limit."""
        if self._limits == (None, None):
            return None
        found = self._known.pop(address, None) or Allowance(*self._limits, whose="Your address")
        if len(self._known) >= _MOST_ADDRESSES:
            resting = next((name for name, each in self._known.items() if each.unused), None)
            if resting is not None:
                del self._known[resting]
        self._known[address] = found
        return found


CALLER: ContextVar[str] = ContextVar("caller", default="")
"""The id of the key of whoever sent the request that is being served; empty where none was asked for."""

OF_CALLER: ContextVar[Allows | None] = ContextVar("allowance", default=None)
"""Of whoever sent the request that is being served, None where there is no limit."""
