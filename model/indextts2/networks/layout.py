"""Where the rows of a padded batch end: mask, rotary angles and reflection, computed once for a whole solve.

A row in a batch must be what it is alone, so it is reflected at its own end and not at the batch's, and nothing
attends to its padding. This file knows lengths and positions only, no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Rows of `lengths` frames side by side, padded on the right."""

    mask: Tensor | None  # [batch, 1, 1, time], true where there is a frame; None where no row is padded
    positions: Tensor  # [batch, time], float, for the rotary angles
    last: Tensor  # [batch, 1], index of each row's last frame

    @property
    def time(self) -> int:
        """Frames of the longest row."""
        return self.positions.shape[1]

    def rotary(self, dim: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines of the rotary angles (Su et al. 2021, base 10 000), [batch, 1, time, dim / 2] each."""
        rate = 10_000.0 ** (-torch.arange(0, dim, 2, device=self.positions.device).float() / dim)
        angle = self.positions[:, None, :, None] * rate
        return angle.cos(), angle.sin()

    def reflect(self, x: Tensor, reach: int) -> Tensor:
        """x [batch, dim, time] with `reach` frames more on both sides, mirrored at each row's own first and last frame."""
        return x.gather(2, self.near(reach).unsqueeze(1).expand(-1, x.shape[1], -1))

    def near(self, reach: int) -> Tensor:
        """Which frame stands where in a row with `reach` mirrored frames more on both sides, [batch, time + 2 · reach]."""
        frame = torch.arange(-reach, self.time + reach, device=self.last.device).abs()
        return (self.last - (self.last - frame).abs()).clamp(min=0)

    def repeat(self, times: int) -> Layout:
        """The same rows `times` times over."""
        mask = None if self.mask is None else self.mask.repeat(times, 1, 1, 1)
        return Layout(mask, self.positions.repeat(times, 1), self.last.repeat(times, 1))


def lay_out(lengths: Sequence[int], device: torch.device, positions: Sequence[Tensor] | None = None) -> Layout:
    """The layout of rows of these lengths; `positions` ([length] each) count from 0 where none are given."""
    time = max(lengths)
    frames = torch.arange(time, device=device)
    count = torch.tensor(lengths, device=device).unsqueeze(1)
    given = frames.float().repeat(len(lengths), 1)
    for row, values in enumerate(positions or ()):
        given[row, : len(values)] = values.to(given)
    mask = None if min(lengths) == time else (frames < count)[:, None, None]
    return Layout(mask, given, count - 1)
