"""A listener with no buffer at all: it starts at the first chunk and stalls whenever the next one is late. Pure."""

from __future__ import annotations


class PlaybackClock:
    """Counts every stall; after one, playback goes on from when the sound came."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._empty_at: float | None = None
        self.underruns = 0
        self.stalled_s = 0.0

    def arrived(self, samples: int, now: float) -> None:
        """So many samples came at `now`."""
        if self._empty_at is None:
            self._empty_at = now
        elif now > self._empty_at + 0.5 / self._rate:  # less than half a sample is rounding
            self.underruns += 1
            self.stalled_s += now - self._empty_at
            self._empty_at = now
        self._empty_at += samples / self._rate

    def played(self, now: float) -> float:
        """Seconds until the sound that came so far is played out; negative when it was."""
        return 0.0 if self._empty_at is None else self._empty_at - now
