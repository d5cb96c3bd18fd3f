"""How much one key may ask for: lines at once, and characters a minute. Pure: the time is an argument.

Characters come from a bucket that fills up evenly and holds a minute's worth (a token bucket: ITU-T I.371). A text larger
than the whole bucket may come when it is full, and is paid back before the next.
"""

from __future__ import annotations

from contextvars import ContextVar

from oncue.streaming.protocol.errors import RateLimited

_RETRY_STREAMS_S = 1.0
"""Nobody knows when another line will end; soon is a good time to ask again."""


class Allowance:
    """Every line that `begin` admitted must be given back by `end`, once."""

    def __init__(self, streams: int | None, characters_per_minute: int | None) -> None:
        self.streams, self.characters_per_minute = streams, characters_per_minute
        self._lines = 0
        self._left = float(characters_per_minute or 0)
        self._at: float | None = None

    def begin(self, characters: int, now: float) -> None:
        """One more line. Raises RateLimited with `retry_after_s`, and counts nothing."""
        if self.streams is not None and self._lines >= self.streams:
            raise RateLimited(
                f"This key speaks {self.streams} lines at once: wait for one to end.", retry_after_s=_RETRY_STREAMS_S
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
                f"This key speaks {limit} characters a minute: go on in {after:.0f} s.", retry_after_s=round(after, 3)
            )
        self._left -= characters

    def end(self) -> None:
        """A line has ended."""
        self._lines -= 1


CALLER: ContextVar[str] = ContextVar("caller", default="")
"""The id of the key of whoever sent the request that is being served; empty where none was asked for."""

OF_CALLER: ContextVar[Allowance | None] = ContextVar("allowance", default=None)
"""Of whoever sent the request that is being served, None where there is no limit."""
