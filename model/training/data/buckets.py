"""Batches of few shapes: a CPU makes a program for every shape of matrix it meets, at four times the price of using it.

Lines are drawn with others of about their length, and padded to lengths that come again and again.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

WIDTH = 16


def wide(length: int, width: int = WIDTH) -> int:
    """The next multiple of `width`."""
    return -(-length // width) * width


def padded(rows: list[NDArray[np.generic]]) -> Tensor:
    """Stack rows of different first dimension, zeros behind, up to a width of WIDTH."""
    longest = wide(max(len(row) for row in rows))
    return torch.from_numpy(
        np.stack([np.pad(row, ((0, longest - len(row)), *((0, 0),) * (row.ndim - 1))) for row in rows])
    )


class Buckets:
    """Indices of lines by their length, rounded up to a multiple of WIDTH."""

    def __init__(self, indices: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
        self._indices = indices
        self._widths = np.array([wide(int(length)) for length in lengths])

    def draw(self, budget: int, fewest: int, rng: np.random.Generator) -> list[int]:
        """As many lines of one bucket as fill `budget`, but `fewest`; every line is as likely as any other to choose it."""
        width = int(rng.choice(self._widths))
        alike = self._indices[self._widths == width]
        size = max(fewest, budget // width)
        chosen: list[int] = rng.choice(alike, size, replace=size > len(alike)).tolist()
        return chosen
