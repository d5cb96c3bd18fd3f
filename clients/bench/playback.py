"""A listener with no buffer at all: it starts at the first chunk and stalls whenever the next one is late. Pure.

`play` lets one listen to the same arrivals again, on another clock than the wall's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """So many samples came at `at_s`."""

    at_s: float
    samples: int


class PlaybackClock:
    """Counts every stall; after one, playback goes on from when the sound came."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._empty_at: float | None = None
        self.underruns = 0
        self.stalled_s = 0.0

    def arrived(self, samples: int, now: float) -> float | None:
        """So many samples came at `now`. How long before they were needed (negative: too late); None for the first."""
        slack_s = None if self._empty_at is None else self._empty_at - now
        if slack_s is not None and slack_s < -0.5 / self._rate:  # less than half a sample is rounding
            self.underruns += 1
            self.stalled_s -= slack_s
        self._empty_at = self.starts_at(now) + samples / self._rate
        return slack_s

    def starts_at(self, now: float) -> float:
        """When samples that come at `now` begin to be heard."""
        if self._empty_at is None or now > self._empty_at + 0.5 / self._rate:
            return now
        return self._empty_at

    def played(self, now: float) -> float:
        """Seconds until the sound that came so far is played out; negative when it was."""
        return 0.0 if self._empty_at is None else self._empty_at - now


@dataclass(frozen=True, slots=True)
class Playback:
    """How a line was heard, in the times of the chunks that were played."""

    audible_at_s: float | None
    """When the sample that was asked for was heard; None if it never came."""
    underruns: int
    stalled_s: float
    slacks_s: tuple[float, ...]
    """Of each chunk after the first: how long before it was needed it came."""


def play(chunks: Iterable[Chunk], rate: int, audible_sample: int | None) -> Playback:
    """Hear chunks in order, and note when one sample (counted from the line's first) is heard."""
    clock, position, audible_at_s = PlaybackClock(rate), 0, None
    slacks_s: list[float] = []
    for chunk in chunks:
        if audible_sample is not None and position <= audible_sample < position + chunk.samples:
            audible_at_s = clock.starts_at(chunk.at_s) + (audible_sample - position) / rate
        slack_s = clock.arrived(chunk.samples, chunk.at_s)
        if slack_s is not None:
            slacks_s.append(slack_s)
        position += chunk.samples
    return Playback(audible_at_s, clock.underruns, clock.stalled_s, tuple(slacks_s))
