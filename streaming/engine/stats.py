"""What one line cost and how much it was bent: the numbers of `Finished.stats` that only the engine knows.

Rates are log factors of the time map on speech, weighted by time; what a decoder does by itself is its own
performance. Times are added by the session, which knows when the line was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from oncue.streaming.timing.planner import PlacedCode, SpokenSegment

SLEW_S = 0.1
"""Changes of rate are given per so much time."""


@dataclass(slots=True)
class LineStats:
    """Counts of one line, filled as it goes."""

    codes: int = 0
    prefills: int = 0
    windows: int = 0
    lookaheads: list[int] = field(default_factory=list)
    spoken: list[SpokenSegment] = field(default_factory=list)

    def add(self, spoken: SpokenSegment, lookaheads: list[int]) -> None:
        """A segment has ended."""
        self.spoken.append(spoken)
        self.lookaheads.extend(lookaheads)

    def numbers(self, samples: int, natural_samples: float, rate: int, samples_per_code: float) -> dict[str, float]:
        """Every statistic of a line of `samples` samples that ends now."""
        found = {
            "audio_s": samples / rate,
            "natural_s": natural_samples / rate,
            "forced_steps": float(sum(segment.forced_steps for segment in self.spoken)),
            "prefills": float(self.prefills),
            "decode_steps": float(self.codes),
            "vocode_windows": float(self.windows),
            "lookahead": float(np.mean(self.lookaheads)) if self.lookaheads else 0.0,
        }
        cue_errors = [abs(error) for segment in self.spoken for error in segment.cue_errors_samples]
        if cue_errors:
            found["cue_error_s"] = max(cue_errors) / rate
        codes = [code for segment in self.spoken for code in segment.codes]
        pause_codes = sum(segment.pause_codes for segment in self.spoken)
        if pause_codes > 0:
            paused = sum(code.samples for code in codes if code.paused)
            found["pause_ratio"] = paused / samples_per_code / pause_codes
        return found | _rates(codes, samples_per_code, samples_per_code / rate)


def _rates(codes: list[PlacedCode], samples_per_code: float, code_s: float) -> dict[str, float]:
    """How far the time map went on speech: |log factor|, shares of time beyond 5 and 15 %, change per 100 ms."""
    speech = np.array([max(1, code.samples) for code in codes if not code.paused], dtype=float)
    if not len(speech):
        return dict.fromkeys(("rate_rms", "rate_p95", "rate_slew_p95", "share_beyond_5", "share_beyond_15"), 0.0)
    logs = np.abs(np.log(speech / samples_per_code))
    steps = [
        abs(np.log(max(1, two.samples) / max(1, one.samples)))
        for one, two in pairwise(codes)
        if not one.paused and not two.paused
    ]
    return {
        "rate_rms": float(np.sqrt(np.average(logs**2, weights=speech))),
        "rate_p95": float(np.percentile(logs, 95)),
        "rate_slew_p95": float(np.percentile(steps, 95)) * SLEW_S / code_s if steps else 0.0,
        "share_beyond_5": float(np.average(logs > np.log(1.05), weights=speech)),
        "share_beyond_15": float(np.average(logs > np.log(1.15), weights=speech)),
    }
