"""What one line cost and how much it was bent: the numbers of `Finished.stats`.

Times are those of the steps in which things happened, as told by whoever turns the crank.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


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
    spans: list[int] = field(default_factory=list)
    lookaheads: list[int] = field(default_factory=list)

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
        return found | self._rates(samples_per_code)

    def _rates(self, samples_per_code: float) -> dict[str, float]:
        """How far the time map went: RMS and 95th percentile of |log factor|, shares of codes beyond 5 and 15 %."""
        if not self.spans:
            return {"rate_rms": 0.0, "rate_p95": 0.0, "share_beyond_5": 0.0, "share_beyond_15": 0.0}
        factors = np.maximum(np.array(self.spans), 1) / samples_per_code
        logs = np.abs(np.log(factors))
        return {
            "rate_rms": float(np.sqrt(np.mean(logs**2))),
            "rate_p95": float(np.percentile(logs, 95)),
            "share_beyond_5": float(np.mean(logs > np.log(1.05))),
            "share_beyond_15": float(np.mean(logs > np.log(1.15))),
        }
