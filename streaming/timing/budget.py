"""The promise of a line: what length was asked, what can be reached, and how the parts of a line share it.

A part gives in proportion to its elastic length, so pauses give most, as long as it can follow; what it cannot
is left to those that still can. Rounding is on the running sum, so the shares add up to the sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oncue.streaming.engine.events import DurationTarget
from oncue.streaming.protocol.errors import DurationInfeasible

EASY_RATIO = (0.75, 1.25)
"""Outside of it a line is spoken as asked, with a warning."""
BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class Reach:
    """How short and how long a piece of a line can become, and how long it is by itself, in samples.

    `give` is how much longer it becomes for each unit of κ (Σ μ·e, to the first order of d ∝ exp(κ·e)).
    """

    low: float
    natural: float
    high: float
    give: float

    def __add__(self, other: Reach) -> Reach:
        return Reach(self.low + other.low, self.natural + other.natural, self.high + other.high, self.give + other.give)

    def at(self, kappa: float) -> float:
        """Its length at κ."""
        return min(max(self.natural + kappa * self.give, self.low), self.high)


NOTHING = Reach(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Promise:
    """The length that will be met; None when the line is free."""

    samples: int | None
    warning: str | None = None


def share(samples: int, reaches: Sequence[Reach]) -> tuple[int, ...]:
    """One share per piece, all at the same κ where they can be; the sum is exact."""
    giving = [reach for reach in reaches if reach.give > 0]
    most = max((max(reach.high - reach.natural, reach.natural - reach.low) / reach.give for reach in giving), default=0)
    low, high = -most, most
    for _ in range(BISECTIONS):
        kappa = (low + high) / 2
        low, high = (kappa, high) if sum(reach.at(kappa) for reach in reaches) < samples else (low, kappa)
    shares, running, given = [], 0.0, 0
    for reach in reaches:
        running += reach.at((low + high) / 2)
        shares.append(round(running) - given)
        given = round(running)
    if shares:
        shares[-1] += samples - given
    return tuple(shares)


def asked_samples(target: DurationTarget, natural_samples: float, sample_rate: int) -> int | None:
    """The length a target means for a line of this natural length."""
    if target.seconds is not None:
        return round(target.seconds * sample_rate)
    if target.ratio is not None:
        return round(target.ratio * natural_samples)
    return None


def promise(target: DurationTarget, natural_samples: float, reach: Reach, sample_rate: int, strict: bool) -> Promise:
    """The nearest length that can be reached, with a warning when it is another or a hard one.

    Raises DurationInfeasible, with `nearest_s`, when `strict` and the length asked cannot be reached.
    """
    asked = asked_samples(target, natural_samples, sample_rate)
    if asked is None:
        return Promise(None)
    low, high = -int(-reach.low // 1), int(reach.high // 1)
    nearest = min(max(asked, low), max(low, high))
    if nearest != asked:
        text = (
            f"A length of {asked / sample_rate:.2f} s cannot be reached without losing words; "
            f"the nearest is {nearest / sample_rate:.2f} s."
        )
        if strict:
            raise DurationInfeasible(text, nearest_s=nearest / sample_rate)
        return Promise(nearest, text)
    easy = [round(ratio * natural_samples) for ratio in EASY_RATIO]
    if not easy[0] <= asked <= easy[1]:
        ratio = asked / natural_samples
        return Promise(asked, f"This is {ratio:.2f} times the natural length; the speech will sound hurried or drawn.")
    return Promise(asked)
