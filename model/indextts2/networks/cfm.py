"""Conditional flow matching (Lipman et al. 2023): noise to mel in a few Euler steps, with guidance.

Rows of any number of sessions and any lengths are solved as one batch, the guided and the unguided half together
(classifier-free guidance, Ho & Salimans 2022), and each comes out as it would alone. Where windows begin and what
their rows are made of is `second_stage.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from oncue.model.indextts2.networks.config import DiTConfig
from oncue.model.indextts2.networks.dit import DiT
from oncue.model.indextts2.networks.layout import Layout, lay_out

Estimate = Callable[[Tensor, Tensor, Tensor, Layout], Tensor]
"""Noisy mel, condition, times and layout to velocity, as `DiT.forward` has it."""
GUIDANCE = 0.7
"""How far the release goes beyond the guided velocity, away from the unguided one."""


@dataclass(frozen=True, slots=True, eq=False)
class FlowRow:
    """One row: known mel first (`prompt`), then frames to solve, of which the first may follow a recorded trail."""

    prompt: Tensor  # [known, mels]
    noise: Tensor  # [frames, mels], for the frames after the prompt
    content: Tensor  # [known + frames, content_dim]
    style: Tensor  # [style_dim]
    positions: Tensor | None = None  # [known + frames], for the rotary angles; counted from 0 where None
    trail: Tensor | None = None  # [steps, pinned, mels], where the first frames after the prompt were at every step

    @property
    def known(self) -> int:
        """Frames of the prompt."""
        return len(self.prompt)

    @property
    def length(self) -> int:
        """Frames in all."""
        return self.known + len(self.noise)


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """Mel of the frames after the prompt, and where they were before every step."""

    mel: Tensor  # [frames, mels]
    trail: Tensor  # [steps, frames, mels]


class FlowMatching(nn.Module):
    """The solver around its estimator; it keeps nothing between calls."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.estimator = DiT(config)
        self.served_by: Estimate | None = None

    def served(self, estimate: Estimate) -> FlowMatching:
        """The same solver, whose velocities another runtime computes."""
        other = copy.copy(self)
        other.served_by = estimate
        return other

    @torch.no_grad()
    def solve(self, rows: Sequence[FlowRow], steps: int, guidance: float = GUIDANCE) -> list[Solved]:
        """Solve all rows at once in `steps` equal Euler steps; velocity = (1 + g) · guided - g · unguided.

        Raises ValueError where a recorded trail does not have one entry for every step.
        """
        if any(row.trail is not None and len(row.trail) != steps for row in rows):
            raise ValueError(
                f"A trail was recorded with another number of steps than {steps}; keep the number for a line."
            )
        layout = _layout(rows, self.device, guided=guidance != 0)
        condition = self._condition(rows, guided=guidance != 0)
        x = pad_sequence([torch.cat([torch.zeros_like(row.prompt), row.noise]) for row in rows], batch_first=True)
        grid = torch.linspace(0, 1, steps + 1).tolist()
        trail = []
        for step in range(steps):
            x = _pin(x, rows, step)
            trail.append(x)
            x = x + (grid[step + 1] - grid[step]) * self._velocity(x, condition, grid[step], guidance, layout)
        return _unpack(x, torch.stack(trail), rows)

    @property
    def device(self) -> torch.device:
        """Where the estimator is."""
        return self.estimator.conv1.weight.device

    def _condition(self, rows: Sequence[FlowRow], *, guided: bool) -> Tensor:
        """The condition of every row, followed by the unguided one of every row where there is guidance."""
        content = pad_sequence([row.content for row in rows], batch_first=True)
        prompt = content.new_zeros(*content.shape[:2], self.estimator.mels)
        for index, row in enumerate(rows):
            prompt[index, : row.known] = row.prompt
        style = torch.stack([row.style for row in rows])
        if not guided:
            return self.estimator.condition(prompt, content, style)
        with_nothing = [torch.cat([each, torch.zeros_like(each)]) for each in (prompt, content, style)]
        return self.estimator.condition(*with_nothing)

    def _velocity(self, x: Tensor, condition: Tensor, time: float, guidance: float, layout: Layout) -> Tensor:
        """The guided velocity of x [batch, time, mels]."""
        count = len(condition)
        times = torch.full((count,), time, device=x.device)
        estimate = self.served_by or self.estimator
        if guidance == 0:
            return estimate(x, condition, times, layout)
        with_condition, without = estimate(x.repeat(2, 1, 1), condition, times, layout).chunk(2)
        return (1 + guidance) * with_condition - guidance * without


def _layout(rows: Sequence[FlowRow], device: torch.device, *, guided: bool) -> Layout:
    """The layout of the rows, twice over where there is guidance."""
    positions = [torch.arange(row.length) if row.positions is None else row.positions for row in rows]
    layout = lay_out([row.length for row in rows], device, positions)
    return layout.repeat(2) if guided else layout


def _pin(x: Tensor, rows: Sequence[FlowRow], step: int) -> Tensor:
    """x [batch, time, mels] with prompts at zero and pinned frames where they were recorded before this step."""
    x = x.clone()
    for index, row in enumerate(rows):
        x[index, : row.known] = 0
        if row.trail is not None:
            x[index, row.known : row.known + row.trail.shape[1]] = row.trail[step]
    return x


def _unpack(x: Tensor, trail: Tensor, rows: Sequence[FlowRow]) -> list[Solved]:
    """Cut prompts and padding off x [batch, time, mels] and its trail [steps, batch, time, mels]."""
    return [
        Solved(x[index, row.known : row.length], trail[:, index, row.known : row.length])
        for index, row in enumerate(rows)
    ]
