"""Where a line is that is being played: its clock runs from the first sound and waits where sound comes late. Pure.

It plays nothing itself: it is the clock that the mouth and the captions share with whoever plays the samples.
"""

from __future__ import annotations


class PlaybackPosition:
    """The law: it never runs ahead of what has arrived, and never backwards."""

    def __init__(self, rate: int, latency_s: float = 0.0) -> None:
        self._rate, self._latency_s = rate, latency_s
        self.received_samples = 0
        self._since: float | None = None
        """When the sample `_from` was heard."""
        self._from = 0

    def arrived(self, samples: int, now: float) -> None:
        """So many more samples are there."""
        if self._since is None or self.sample(now) >= self.received_samples:
            # It had run dry, or begins: what comes now is heard once it is through the device.
            self._since, self._from = now + self._latency_s, self.received_samples
        self.received_samples += samples

    def sample(self, now: float) -> int:
        """The sample that is heard now."""
        if self._since is None:
            return 0
        return min(self.received_samples, self._from + max(0, int((now - self._since) * self._rate)))

    def left_s(self, now: float) -> float:
        """How long what has arrived will still be heard."""
        if self._since is None:
            return 0.0
        waiting_s = max(0.0, self._since - now)
        return waiting_s + (self.received_samples - self.sample(now)) / self._rate
