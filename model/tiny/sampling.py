"""Logits to choices by the Gumbel-max trick (Gumbel 1954): the class whose logit plus noise is the largest.

The noise comes from outside so that a row's choices depend on its own seed and position and on nothing else. That of
many positions is made at once, since making it is dearer than using it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from oncue.model.tiny.layout import DIGIT_LEVELS, MAX_ADVANCE

TOGETHER = 16
"""Positions whose noise is made at once."""
NUM_CHOICES = MAX_ADVANCE + 1 + sum(DIGIT_LEVELS)
"""Classes that a step chooses among: the moves, then the levels of each digit."""


class GumbelNoise:
    """Standard Gumbel noise of a row: a function of its seed, the position and nothing else."""

    def __init__(self, seed: int, classes: int) -> None:
        self._key = np.array([seed & 0xFFFFFFFFFFFFFFFF, 2], np.uint64)
        self._classes = classes
        self._block = -1
        self._noise: npt.NDArray[np.float32] = np.zeros((0, classes), np.float32)

    def at(self, position: int) -> npt.NDArray[np.float32]:
        """Noise of every class at a position, [classes]."""
        block, place = divmod(position, TOGETHER)
        if block != self._block:
            stream = np.random.Generator(np.random.Philox(key=self._key, counter=[0, 0, 0, block]))
            uniform = stream.random((TOGETHER, self._classes))
            self._noise = -np.log(-np.log(np.maximum(uniform, np.finfo(np.float64).tiny))).astype(np.float32)
            self._block = block
        return self._noise[place]
