"""The loop of a training stage: learning rate, clipping, progress, and a checkpoint every two minutes.

A stage says what a step's loss is; when it ends, and where an interrupted run goes on, is decided here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from oncue.model.training.stages import runtime

SAVE_EVERY_S = 120.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """AdamW (Loshchilov & Hutter 2019) with the trapezoid of `runtime`, and the longest gradient."""

    peak_rate: float
    betas: tuple[float, float]
    weight_decay: float
    longest_gradient: float


class Trainer:
    """Iterate over it for the steps: each is the share of the budget that is used; call `learn` once in each.

    `parts` are the networks that the checkpoint keeps, by the names they have in it; those with parameters that
    require gradients learn, or only `learning`. A checkpoint at `path` is gone on from.
    """

    def __init__(
        self, parts: Mapping[str, nn.Module], path: Path, recipe: Recipe, minutes: float, device: torch.device,
        learning: Sequence[nn.Module] | None = None,
    ) -> None:  # fmt: skip
        self._parts, self._path, self._recipe = parts, path, recipe
        networks = list(parts.values()) if learning is None else learning
        self.parameters = [p for part in networks for p in part.parameters() if p.requires_grad]
        self._optimiser = torch.optim.AdamW(
            self.parameters, recipe.peak_rate, betas=recipe.betas, weight_decay=recipe.weight_decay, fused=True
        )
        self.step, spent = 0, 0.0
        state = runtime.load_checkpoint(path, device)
        self.resumed = state is not None
        if state is not None:
            for name, part in parts.items():
                part.load_state_dict(state[name])
            self._restore(state["optimiser"])
            self.step, spent = int(state["step"]), float(state["spent_s"])
        self.budget = runtime.Budget(minutes * 60, spent, time.monotonic())
        self._progress = runtime.Progress(path.stem, self.budget)
        self._saved = time.monotonic()

    def start_from(self, path: Path | None, *names: str) -> None:
        """Weights a new run begins with; one that goes on keeps its own. Raises SystemExit when there are none."""
        if path is None or self.resumed:
            return
        state = runtime.checkpoint(path)
        for name in names:
            self._parts[name].load_state_dict(state[name])

    def __iter__(self) -> Iterator[float]:
        while (progress := self.budget.progress) < 1:
            for group in self._optimiser.param_groups:
                group["lr"] = self._recipe.peak_rate * runtime.trapezoid(progress)
            yield progress
            if time.monotonic() - self._saved > SAVE_EVERY_S or self.budget.progress >= 1:
                self._saved = time.monotonic()
                self.save(self._path)

    def learn(self, loss: Tensor, figures: Mapping[str, Tensor]) -> None:
        """One step down the gradient of `loss`; one that is not finite is left out. `figures` are printed as means."""
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        moved = [p for p in self.parameters if p.grad is not None]
        norm = torch.nn.utils.clip_grad_norm_(moved, self._recipe.longest_gradient)
        if torch.isfinite(norm):
            self._optimiser.step()
        self.step += 1
        self._progress.update(self.step, {name: float(figure.detach()) for name, figure in figures.items()})

    def save(self, path: Path, *, to_resume: bool = True) -> None:
        """Write a checkpoint: one to go on from, or a smaller one with the weights alone."""
        state: dict[str, Any] = {name: part.state_dict() for name, part in self._parts.items()}
        state |= {"step": self.step, "spent_s": self.budget.used_s}
        if to_resume:
            state["optimiser"] = self._optimiser.state_dict()
        runtime.save_checkpoint(path, state)

    def _restore(self, state: dict[str, Any]) -> None:
        """An optimiser's state, but how this process runs it is kept."""
        kept = [group["fused"] for group in self._optimiser.param_groups]
        self._optimiser.load_state_dict(state)
        for group, fused in zip(self._optimiser.param_groups, kept, strict=True):
            group["fused"], group["foreach"] = fused, None
