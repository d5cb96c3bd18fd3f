"""Train the ear for how fast somebody speaks, on lines whose rate against their own text is known.

A clip is one to three lines of a speaker, one after another, roughened as recordings are (`data.roughen`); what it should be
heard as is the log of their length over the natural one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from oncue.model.tiny.layout import FRAMES_PER_CODE
from oncue.model.training.data.dataset import Dataset, as_float, build
from oncue.model.training.data.roughen import roughen
from oncue.model.training.networks.durations import Durations
from oncue.model.training.networks.encoders import LogMel, levelled
from oncue.model.training.networks.pace import PaceEncoder
from oncue.model.training.stages import runtime
from oncue.model.training.stages.durations import natural_lengths
from oncue.model.training.stages.trainer import Recipe, Trainer

RECIPE = Recipe(2e-3, (0.9, 0.98), 0.05, 2.0)
_BATCH, _FRAMES = 16, 480
_PAUSES_LOST = 20
"""Frames at most that are cut from the ends of a clip, as those who cut recordings do."""


class Sampler:
    """Random clips of _FRAMES frames, and the log pace of the lines in them."""

    def __init__(self, data: Dataset, durations: Durations, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._generator = torch.Generator().manual_seed(seed)
        natural = natural_lengths(durations, data.items)
        self._codes = np.array([item.codes for item in data.items], float)
        self._natural = np.array([lengths.sum() for lengths in natural], float)
        self._lines = data.by_speaker
        mel = LogMel()
        with torch.inference_mode():
            self._mels = [mel(levelled(torch.from_numpy(as_float(i.audio)[None])))[0].half() for i in data.items]
        self._speakers = sorted(data.by_speaker)

    def log_pace(self, lines: NDArray[np.int64]) -> float:
        """Of lines said one after another."""
        return float(np.log(self._codes[lines].sum() / self._natural[lines].sum()))

    def mel(self, line: int) -> Tensor:
        """Log-mel of a line, [frames, MEL_BANDS]."""
        return self._mels[line].float()

    def batch(self) -> tuple[Tensor, Tensor]:
        """Log-mel [_BATCH, _FRAMES, MEL_BANDS] and log pace [_BATCH]."""
        clips, wanted = list[Tensor](), list[float]()
        while len(clips) < _BATCH:
            lines = self._rng.permutation(self._lines[int(self._rng.choice(self._speakers))])
            enough = np.searchsorted(np.cumsum(self._codes[lines]) * FRAMES_PER_CODE, _FRAMES + _PAUSES_LOST) + 1
            if enough > len(lines):
                continue
            joined = torch.cat([self.mel(int(line)) for line in lines[:enough]])
            first = int(self._rng.integers(0, _PAUSES_LOST))
            clips.append(joined[first : first + _FRAMES])
            shares = np.diff(np.minimum(np.cumsum(self._codes[lines[:enough]]) * FRAMES_PER_CODE, _FRAMES), prepend=0.0)
            paces = np.log(self._codes[lines[:enough]] / self._natural[lines[:enough]])
            wanted.append(float((shares * paces).sum() / shares.sum()))
        return roughen(torch.stack(clips), self._generator), torch.tensor(wanted)


def train(sampler: Sampler, network: PaceEncoder, trainer: Trainer) -> None:
    """Train until the budget is used."""
    for _ in trainer:
        mel, wanted = sampler.batch()
        loss = F.smooth_l1_loss(network(mel), wanted, beta=0.05)
        trainer.learn(loss, {"loss": loss})


def main() -> None:
    """Command line of this stage."""
    parser = runtime.options(__doc__)
    parser.add_argument("--durations", type=Path, required=True)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(9)
    data, durations = build(arguments.corpus), Durations().eval()
    durations.load_state_dict(runtime.checkpoint(arguments.durations)["durations"])
    network = PaceEncoder()
    trainer = Trainer({"pace": network}, arguments.out, RECIPE, arguments.minutes, torch.device("cpu"))
    trainer.start_from(arguments.start_from, "pace")
    sampler = Sampler(data, durations, 5 + trainer.step)
    train(sampler, network, trainer)
    known = {data.items[i].speaker for i in data.training}
    lines = [int(i) for i in data.validation if data.items[i].speaker not in known]
    with torch.inference_mode():
        off = [float(network.eval()(sampler.mel(i)[None])[0]) - sampler.log_pace(np.array([i])) for i in lines]
    spread = np.std([sampler.log_pace(np.array([i])) for i in lines])
    print(
        f"[pace] {len(off)} lines of unseen voices: off by {np.std(off):.3f} of a spread of {spread:.3f}, in natural log"
    )


if __name__ == "__main__":
    main()
