"""Two lines of each of some voices, in different styles, that have to find each other among all of them.

Others in a batch are in the same style as either, so what tells the style leads to the wrong voice: the lines of a
batch are chosen so that only the voice helps. The loss is NT-Xent (Chen et al. 2020).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from oncue.model.tiny.layout import NUM_EMOTIONS
from oncue.model.training.data.dataset import Dataset, Prepared

PLAIN = NUM_EMOTIONS
"""What stands for the style of a line that has none."""
GROUPS, TOGETHER = 4, 8
"""Pairs of styles in a batch, and voices that have a line in each style of a pair."""
_WITH_PLAIN = 0.5
"""Share of the groups in which one of the two styles is none."""


def style_of(item: Prepared) -> int:
    """The style a line was said in, PLAIN without one."""
    return item.emotion if item.intensity > 0 else PLAIN


class Pairs:
    """Draws pairs of lines; within a group all first ones are in one style and all second ones in another."""

    def __init__(self, data: Dataset, rng: np.random.Generator) -> None:
        self._own, self._rng = data.by_speaker, rng
        self._speakers = [s for s, lines in sorted(data.by_speaker.items()) if len(lines) >= 2]
        self._in_style: dict[tuple[int, int], list[int]] = {}
        for speaker in self._speakers:
            for line in data.by_speaker[speaker].tolist():
                self._in_style.setdefault((speaker, style_of(data.items[line])), []).append(line)

    def draw(self) -> tuple[list[int], list[int]]:
        """The first lines and the second lines of GROUPS * TOGETHER voices, or of as many as there are."""
        taken: set[int] = set()
        pairs = [pair for _ in range(GROUPS) for pair in self._group(taken)]
        return [first for first, _ in pairs], [second for _, second in pairs]

    def _group(self, taken: set[int]) -> list[tuple[int, int]]:
        """A group of voices not yet taken; where too few have both styles, any two lines of others."""
        one, other = self._rng.permutation(NUM_EMOTIONS)[:2].tolist()
        one = PLAIN if self._rng.random() < _WITH_PLAIN else one
        free = [s for s in self._speakers if s not in taken]
        both = [s for s in free if (s, one) in self._in_style and (s, other) in self._in_style]
        chosen = self._some(both, TOGETHER)
        rest = self._some([s for s in free if s not in chosen], TOGETHER - len(chosen))
        taken.update(chosen, rest)
        pairs = [tuple(int(self._rng.choice(self._in_style[s, style])) for style in (one, other)) for s in chosen]
        pairs += [tuple(self._rng.choice(self._own[s], 2, replace=False).tolist()) for s in rest]
        return [(first, second) for first, second in pairs]

    def _some(self, of: list[int], count: int) -> list[int]:
        return [int(s) for s in self._rng.choice(of, min(count, len(of)), replace=False)] if of else []


def contrast(vectors: Tensor, scale: Tensor) -> Tensor:
    """Unit vectors [2 * pairs, dim], second ones behind the first ones in the same order -> mean loss in nats.

    Every row has to find its partner among all other rows by cosine times `scale`.
    """
    likeness = scale * vectors @ vectors.t()
    likeness = likeness.masked_fill(torch.eye(len(vectors), dtype=torch.bool, device=vectors.device), -1e4)
    partner = torch.arange(len(vectors), device=vectors.device).roll(len(vectors) // 2)
    return F.cross_entropy(likeness, partner)
