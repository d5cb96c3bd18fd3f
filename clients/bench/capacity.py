"""Which load to try next, and what the trials say: how many streams at once a server sustains. Pure.

Doubling finds the first load that is too much, halving the interval finds the last that is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trial:
    """A load that was tried."""

    streams: int
    sustained: bool


def next_streams(trials: Sequence[Trial], most: int) -> int | None:
    """The load to try after these, or None when the answer is known. Nothing beyond `most` is tried."""
    good, bad = capacity(trials), min((trial.streams for trial in trials if not trial.sustained), default=most + 1)
    if bad - good <= 1:
        return None
    return min(max(1, 2 * good), most) if bad > most else (good + bad) // 2


def capacity(trials: Sequence[Trial]) -> int:
    """The largest sustained load below the smallest that was not; 0 when there is none.

    A larger one that happened to be sustained is luck, not capacity.
    """
    bad = min((trial.streams for trial in trials if not trial.sustained), default=None)
    return max(
        (trial.streams for trial in trials if trial.sustained and (bad is None or trial.streams < bad)), default=0
    )
