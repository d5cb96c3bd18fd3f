"""What can be met: how short and how long speech can become, and the length a line is promised because of it.

The text that waits can follow its family's ratio; decoded codes can only be stretched, and the planner that holds
them says how far (`Planner.ranges`). How a length is divided and met is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from oncue.model.api import ModelSpec, Script
from oncue.streaming.protocol.errors import DurationInfeasible
from oncue.streaming.timing.targets import DurationTarget

EASY_RATIO = (0.75, 1.25)
"""Outside of it a line is spoken as asked, with a warning."""


@dataclass(frozen=True, slots=True)
class LengthRange:
    """How short and how long a piece of a line can become, and how long it is by itself, in samples.

    `give` is how much longer it becomes for each unit of κ (Σ μ·e, to the first order of d ∝ exp(κ·e)).
    """

    low: float
    natural: float
    high: float
    give: float

    def __add__(self, other: LengthRange) -> LengthRange:
        return LengthRange(
            self.low + other.low, self.natural + other.natural, self.high + other.high, self.give + other.give
        )

    def at(self, kappa: float) -> float:
        """Its length at κ."""
        return min(max(self.natural + kappa * self.give, self.low), self.high)


NOTHING = LengthRange(0.0, 0.0, 0.0, 0.0)
"""The range of no speech at all; sums begin with it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The length that will be met, None when the line is free, and what the client should know of it."""

    samples: int | None
    warning: str | None = None


def script_ranges(script: Script, spec: ModelSpec, cuts: Sequence[int] = ()) -> list[LengthRange]:
    """The parts before, between and after the units `cuts` of a script of which nothing is decoded."""
    scale = float(spec.samples_per_code)
    found = []
    for first, last in pairwise([0, *cuts, len(script.units)]):
        natural = scale * sum(unit.mean_codes for unit in script.units[first:last])
        give = scale * sum(unit.mean_codes * unit.elasticity for unit in script.units[first:last])
        found.append(LengthRange(spec.ratio[0] * natural, natural, spec.ratio[1] * natural, give))
    return heard_early(found, spec.head_samples)


def heard_early(ranges: Sequence[LengthRange], head: int) -> list[LengthRange]:
    """The parts as they are heard where all but the first begin `head` samples before their places: the last is so much longer."""
    if len(ranges) < 2:
        return list(ranges)
    first, *middle, last = ranges
    low, natural, high = (max(0.0, length - head) for length in (first.low, first.natural, first.high))
    heard = LengthRange(low, natural, high, first.give)
    moved = LengthRange(first.low - low, first.natural - natural, first.high - high, 0.0)
    return [heard, *middle, last + moved]


def promise(
    target: DurationTarget,
    natural_samples: float,
    possible: LengthRange,
    sample_rate: int,
    strict: bool,
    label_samples: int = 0,
) -> Promise:
    """The length nearest to the target's that is possible, with a warning when it is another or a hard one.

    `possible` holds the line's label, which is `label_samples` long whatever the words take.
    Raises DurationInfeasible, with `nearest_s`, when `strict` and the length asked for is not possible.
    """
    asked = _asked_samples(target, natural_samples, sample_rate, label_samples)
    if asked is None:
        return Promise(None)
    low, high = -int(-possible.low // 1), int(possible.high // 1)
    nearest = min(max(asked, low), max(low, high))
    if nearest != asked:
        text = (
            f"A length of {asked / sample_rate:.2f} s cannot be reached without losing words; "
            f"the nearest is {nearest / sample_rate:.2f} s."
        )
        if label_samples:
            text += f" The label takes {label_samples / sample_rate:.2f} s of it."
        if strict:
            raise DurationInfeasible(text, nearest_s=nearest / sample_rate)
        return Promise(nearest, text)
    easy = [label_samples + round(ratio * natural_samples) for ratio in EASY_RATIO]
    if not easy[0] <= asked <= easy[1]:
        ratio = (asked - label_samples) / natural_samples
        return Promise(asked, f"This is {ratio:.2f} times the natural length; the speech will sound hurried or drawn.")
    return Promise(asked)


def _asked_samples(target: DurationTarget, natural_samples: float, sample_rate: int, label_samples: int) -> int | None:
    """The length a target means for a line of this natural length; a ratio is one of its words."""
    if target.seconds is not None:
        return round(target.seconds * sample_rate)
    if target.ratio is not None:
        return label_samples + round(target.ratio * natural_samples)
    return None
