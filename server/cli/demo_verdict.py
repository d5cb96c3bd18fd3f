"""What a line of `oncue demo` was to show, and what it showed: a value, which the command makes and the picture draws."""

from __future__ import annotations

from dataclasses import dataclass

from oncue.clients.bench.listeners import HeardLine, Times
from oncue.clients.bench.stalls import Stalls


@dataclass(frozen=True, slots=True)
class DemoLine:
    """A line of the demonstration and the length it is to have."""

    name: str
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one line must show."""

    line: DemoLine
    heard: HeardLine
    decode_done_s: float
    """On the server's clock, after `speak`."""
    first_audio_s: float
    error_samples: int | None
    stalls: Stalls
    """When the machine itself stood still."""

    @property
    def as_heard(self) -> Times:
        """By the wall clock."""
        return self.heard.times()

    @property
    def net(self) -> Times:
        """By the clock that stands still with the machine."""
        return self.heard.times(self.stalls)

    @property
    def good(self) -> bool:
        """Early, without an underrun that the machine's own pauses do not explain, and exactly as long as asked."""
        early = self.first_audio_s < self.decode_done_s
        return early and self.net.underruns == 0 and self.error_samples == 0 and len(self.heard.pcm) > 0
