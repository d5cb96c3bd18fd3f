"""What one line cost and how much it was bent: the numbers of `Finished.stats`.

Times are those of the steps in which things happened, as told by whoever turns the crank. Rates are log
factors of the time map on speech, weighted by time; what a decoder does by itself is its own performance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from oncue.streaming.timing.planner import Planner

SLEW_S = 0.1
"""A change of rate is told per so much time."""


@dataclass(frozen=True, slots=True)
class Stretched:
    """One code as it was placed."""

    samples: int
    paused: bool


@dataclass(slots=True)
class Tally:
    """Counts of one line, filled as it goes."""

    submitted_at: float
    first_audio_at: float | None = None
    decode_done_at: float | None = None
    codes: int = 0
    forced_steps: int = 0
    prefills: int = 0
    windows: int = 0
    stretched: list[Stretched] = field(default_factory=list)
    pause_codes: float = 0.0
    """Natural length of the pauses that were spoken."""
    missed_samples: list[int] = field(default_factory=list)
    """By how much each word with a cue was off."""
    lookaheads: list[int] = field(default_factory=list)

    def add(self, planner: Planner, codes: int) -> None:
        """A segment has ended, of which `codes` codes were heard."""
        units, pauses = planner.progress.units[:codes], planner.progress.pauses
        spans = zip(planner.spans[:codes], units, strict=True)
        self.stretched.extend(Stretched(span, bool(pauses[unit])) for span, unit in spans)
        self.pause_codes += planner.progress.pause_codes(units[-1] if units else -1)
        self.missed_samples.extend(planner.missed(codes))
        self.forced_steps += planner.forced_steps

    def numbers(
        self, samples: int, natural_samples: float, rate: int, samples_per_code: float, now: float
    ) -> dict[str, float]:
        """Every statistic of a line that ends now; times in seconds since it was submitted."""
        found = {
            "audio_s": samples / rate,
            "natural_s": natural_samples / rate,
            "codes": float(self.codes),
            "forced_steps": float(self.forced_steps),
            "prefills": float(self.prefills),
            "decode_steps": float(self.codes),
            "vocode_windows": float(self.windows),
            "lookahead": float(np.mean(self.lookaheads)) if self.lookaheads else 0.0,
            "total_s": now - self.submitted_at,
        }
        if self.first_audio_at is not None:
            found["first_audio_s"] = self.first_audio_at - self.submitted_at
        if self.decode_done_at is not None:
            found["decode_done_s"] = self.decode_done_at - self.submitted_at
        if self.missed_samples:
            found["cue_error_s"] = max(map(abs, self.missed_samples)) / rate
        return found | self._pauses(samples_per_code) | self._rates(samples_per_code, samples_per_code / rate)

    def _pauses(self, samples_per_code: float) -> dict[str, float]:
        """How long the pauses are, as a factor of their natural length."""
        if self.pause_codes <= 0:
            return {}
        spoken = sum(code.samples for code in self.stretched if code.paused)
        return {"pause_ratio": spoken / samples_per_code / self.pause_codes}

    def _rates(self, samples_per_code: float, code_s: float) -> dict[str, float]:
        """How far the time map went on speech: |log factor|, shares of time beyond 5 and 15 %, change per 100 ms."""
        speech = np.array([max(1, code.samples) for code in self.stretched if not code.paused], dtype=float)
        if not len(speech):
            return dict.fromkeys(("rate_rms", "rate_p95", "rate_slew_p95", "share_beyond_5", "share_beyond_15"), 0.0)
        logs = np.abs(np.log(speech / samples_per_code))
        steps = [
            abs(np.log(max(1, two.samples) / max(1, one.samples)))
            for one, two in pairwise(self.stretched) if not one.paused and not two.paused
        ]  # fmt: skip
        return {
            "rate_rms": float(np.sqrt(np.average(logs**2, weights=speech))),
            "rate_p95": float(np.percentile(logs, 95)),
            "rate_slew_p95": float(np.percentile(steps, 95)) * SLEW_S / code_s if steps else 0.0,
            "share_beyond_5": float(np.average(logs > np.log(1.05), weights=speech)),
            "share_beyond_15": float(np.average(logs > np.log(1.15), weights=speech)),
        }
