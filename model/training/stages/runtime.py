"""What every training stage shares: the process environment, its options, a clock with ETA, and resumable checkpoints."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

_ENVIRONMENT = {
    # Without these glibc gives freed tensors back to the kernel and page faults eat the run (10 times slower).
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "10737418240",
    "MALLOC_TOP_PAD_": "536870912",
}


def ensure_environment() -> None:
    """Start the process again with the allocator settings torch needs on a CPU, once."""
    if all(os.environ.get(name) == value for name, value in _ENVIRONMENT.items()):
        return
    os.environ.update(_ENVIRONMENT)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line again


def stage_options(description: str | None) -> argparse.ArgumentParser:
    """The options that every stage has which makes a checkpoint of the corpus."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--corpus", type=Path, required=True, nargs="+", help="folders of shards, the first one ours")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint; a run that finds one goes on there")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def options(description: str | None) -> argparse.ArgumentParser:
    """The options that every stage which trains by the minute has."""
    parser = stage_options(description)
    parser.add_argument("--minutes", type=float, required=True, help="length of the whole run, over interruptions")
    parser.add_argument("--start-from", type=Path, help="a checkpoint whose weights a new run begins with")
    return parser


def pick_device(threads: int) -> torch.device:
    """A CUDA device when there is one, otherwise `threads` CPU threads."""
    torch.set_num_threads(threads)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half_precision(device: torch.device) -> AbstractContextManager[object]:
    """Autocast to bfloat16 where the machine computes in it; a processor that does not is five times slower with it."""
    able = device.type != "cpu" or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()  # noqa: SLF001 - no public name
    return torch.autocast(device.type, torch.bfloat16) if able else nullcontext()


@dataclass(slots=True)
class Budget:
    """A stage's length in seconds of training, over interruptions; `spent_s` is what earlier runs used."""

    total_s: float
    spent_s: float
    started: float

    @property
    def used_s(self) -> float:
        """Seconds used so far."""
        return self.spent_s + time.monotonic() - self.started

    @property
    def progress(self) -> float:
        """0 at the start, 1 when the budget is used."""
        return min(1.0, self.used_s / self.total_s)


def trapezoid(progress: float, warm: float = 0.02, decay_from: float = 0.6) -> float:
    """Learning-rate factor: linear warm-up, flat, linear decay to 2 %."""
    if progress < warm:
        return max(0.02, progress / warm)
    return 1.0 if progress < decay_from else max(0.02, (1 - progress) / (1 - decay_from))


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write beside, then rename: an interruption never leaves half a file."""
    temporary = path.with_suffix(".part")
    torch.save(state, temporary)
    temporary.replace(path)


def load_checkpoint(path: Path, device: torch.device) -> dict[str, Any] | None:
    """Our own checkpoint, or None; weights only, so that the file cannot run code."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return state


def checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint that must be there; SystemExit when it is not."""
    state = load_checkpoint(path, torch.device("cpu"))
    if state is None:
        raise SystemExit(f"There is no {path.name}: train that stage first.")
    return state


class Progress:
    """One line every `every_s` seconds with the running means of the figures it is given, and the ETA."""

    def __init__(self, name: str, budget: Budget, every_s: float = 30.0) -> None:
        self._name = name
        self._budget = budget
        self._every_s = every_s
        self._next = time.monotonic() + every_s / 3
        self._since: dict[str, list[float]] = {}

    def update(self, step: int, figures: dict[str, float]) -> bool:
        """Add the figures of one step; true when a line was printed."""
        for name, value in figures.items():
            self._since.setdefault(name, []).append(value)
        if time.monotonic() < self._next:
            return False
        means = "  ".join(f"{name} {sum(values) / len(values):.4f}" for name, values in self._since.items())
        left = self._budget.total_s - self._budget.used_s
        print(f"[{self._name}] step {step}  {self._budget.progress:5.1%}  ETA {left / 60:.1f} min  {means}", flush=True)
        self._since, self._next = {}, time.monotonic() + self._every_s
        return True
