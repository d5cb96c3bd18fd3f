"""Where the listener is: a playback clock that is reported, or assumed from when sound was sent.

It answers how far ahead the sound already sent is, and when that will have shrunk to a given lead.
It decides nothing.
"""

from __future__ import annotations

import math

REPORT_REACH_S = 1.0
"""How long a reported position is carried on by the clock: a paused player sends no reports."""


class PlaybackClock:
    """Never ahead of what was sent: a player that has run dry waits where it stopped."""

    def __init__(self, sample_rate: int, heard: int = 0) -> None:
        """`heard` samples were heard before they are sent here: the line was begun elsewhere."""
        self._rate = sample_rate
        self._heard = heard
        self._anchor_samples = 0.0
        self._anchor_at = math.inf
        self._reported = False
        self.sent = 0

    def position(self, now: float) -> float:
        """Samples heard by `now`."""
        elapsed = max(0.0, now - self._anchor_at) if math.isfinite(self._anchor_at) else 0.0
        if self._reported:
            elapsed = min(elapsed, REPORT_REACH_S)
        return min(float(self.sent), max(float(self._heard), self._anchor_samples + elapsed * self._rate))

    def lead_s(self, now: float) -> float:
        """Seconds of sound that were sent and not yet heard."""
        return (self.sent - self.position(now)) / self._rate

    def send(self, samples: int, now: float) -> None:
        """Sound was sent; a player that had run dry starts again with it."""
        if self._anchor_at == math.inf or (not self._reported and self.position(now) >= self.sent):
            self._anchor_samples, self._anchor_at = float(self.sent), now
        self.sent += samples

    def report(self, samples: int, now: float) -> None:
        """The listener says how much was heard."""
        self._anchor_samples, self._anchor_at = float(min(samples, self.sent)), now
        self._reported = True

    def when_lead_is(self, lead_s: float, now: float) -> float:
        """The time at which the lead will be down to `lead_s`; infinite if only a report can tell."""
        if self.lead_s(now) <= lead_s:
            return now
        target = self.sent - lead_s * self._rate
        at = self._anchor_at + (target - self._anchor_samples) / self._rate
        if self._reported and at > self._anchor_at + REPORT_REACH_S:
            return math.inf
        return at
