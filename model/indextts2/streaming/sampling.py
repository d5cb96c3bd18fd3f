"""Logits to codes as the checkpoints expect it: repetition penalty, temperature, top-k, top-p, in this order.

Everything is a function of tensors on one device and reads nothing back, so that it can be part of a captured step.
Which numbers a row draws depends on its seed and position alone; they come from the host. Beams are not kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

PLACEHOLDER = 1
"""The id that stands for every position before the first code, and is penalised with the start from the beginning."""


@dataclass(frozen=True, slots=True)
class SamplingConfig:
    """How codes are drawn; `top_k` 1 is greedy, `repetition_penalty` 1 is none.

    Raises ValueError when a value allows no choice at all.
    """

    temperature: float = 0.8
    top_k: int = 30
    top_p: float = 0.8
    repetition_penalty: float = 10.0

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and self.top_k >= 1 and 0 < self.top_p <= 1 and self.repetition_penalty > 0):
            raise ValueError(
                "Sampling needs a temperature above 0, top_k of 1 or more, top_p in (0, 1] and a penalty above 0."
            )


@dataclass(frozen=True, slots=True)
class StopBias:
    """How strongly the codes that are left speak against the stop, or for it, in logits.

    Within `band_codes` of the planned end nothing is added; beyond it `slope` for each code, up to `limit`. A slope
    of 0 leaves the end to the decoder.
    """

    slope: float = 0.25
    band_codes: float = 6.0
    limit: float = 12.0

    def at(self, codes_left: float) -> float:
        """The bias on a stop right after a code, `codes_left` counting that code as the planner does."""
        after = codes_left - 1.0
        beyond = max(abs(after) - self.band_codes, 0.0)
        return float(np.clip(-np.sign(after) * beyond * self.slope, -self.limit, self.limit))


def dice(seed: int, position: int) -> tuple[float, float]:
    """Two uniform numbers in [0, 1) for the code at a position: one chooses the code, one the stop after it."""
    # A list with a number of 64 bits in it would pass through doubles and give all large seeds one key.
    key = np.array([seed & 0xFFFFFFFFFFFFFFFF, 3], dtype=np.uint64)
    bits = np.random.Philox(key=key, counter=[0, 0, 0, position])
    first, second = np.random.Generator(bits).random(2)
    return float(first), float(second)


def penalise(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Make the ids in `seen` [rows, ids] less likely: positive scores divided, negative multiplied.

    Keskar et al. 2019 (arXiv 1909.05858), section 4.1. An id counts once however often it was seen.
    """
    return torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)


def truncate(scores: Tensor, top_k: int, top_p: float, min_kept: int = 1) -> Tensor:
    """Remove (-inf) what is not among the `top_k` best, then what the nucleus `top_p` can do without.

    Of the ascending probabilities those are removed whose sum stays within 1 - top_p (Holtzman et al. 2019, arXiv
    1904.09751); `min_kept` stay. Ties with the last of the best stay.
    """
    worst = scores.topk(min(max(top_k, min_kept), scores.shape[-1]), dim=-1).values[:, -1:]
    scores = scores.masked_fill(scores < worst, -torch.inf)
    ascending, order = scores.sort(dim=-1)
    dispensable = ascending.softmax(-1).cumsum(-1) <= 1 - top_p
    dispensable[:, -min_kept:] = False
    return scores.masked_fill(dispensable.scatter(-1, order, dispensable), -torch.inf)


def process(logits: Tensor, seen: Tensor, config: SamplingConfig, min_kept: int = 1) -> Tensor:
    """Logits [rows, ids] to scores of which what may not be chosen is -inf; softmax of them is the distribution."""
    scores = penalise(logits, seen, config.repetition_penalty) / config.temperature
    return truncate(scores, config.top_k, config.top_p, min_kept)


def choose(scores: Tensor, uniform: Tensor) -> Tensor:
    """One id of each row of scores [rows, ids] by inverse transform with a uniform number [rows] in [0, 1).

    Sums are made in double precision; a number at the very end of the last sum still chooses an id that was kept.
    """
    total = scores.double().softmax(-1).cumsum(-1)
    passed = (total <= uniform.unsqueeze(1)) & (total < total[:, -1:])
    return passed.sum(-1)
