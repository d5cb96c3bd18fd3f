"""Train the natural length of every unit: what a text takes at the reference rate, whoever says it.

A line's own rate is the mean residual of its units and is taken out, so speakers, rates and styles do not blur it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from oncue.model.tiny.layout import CODE_SAMPLES
from oncue.model.training.data.buckets import padded
from oncue.model.training.data.dataset import Dataset, Prepared, build
from oncue.model.training.networks.durations import Durations, expected_codes
from oncue.model.training.stages import runtime
from oncue.model.training.stages.trainer import Recipe, Trainer

RECIPE = Recipe(2e-3, (0.9, 0.999), 0.01, 5.0)
_BATCH = 24


def unit_codes(item: Prepared) -> NDArray[np.float64]:
    """Length of each unit in codes."""
    return np.diff(item.ends, prepend=0) / CODE_SAMPLES


def duration_loss(network: Durations, items: list[Prepared]) -> Tensor:
    """Gaussian negative log likelihood of log lengths around the line's own rate, and a pull to a mean rate of 0."""
    mask = padded([np.ones(len(item.phones), bool) for item in items])
    mean, spread = network(
        padded([i.phones for i in items]),
        padded([i.tones for i in items]),
        padded([i.word_starts for i in items]),
        mask,
    )
    wanted = torch.log(padded([unit_codes(item).clip(0.1) for item in items]).float() + (~mask).float())
    weight = mask.float()
    residual = (wanted - mean) * weight
    rate = residual.sum(1, keepdim=True) / weight.sum(1, keepdim=True)
    centred = (residual - rate) * weight
    nll = ((0.5 * (centred / spread.exp()).square() + spread) * weight).sum() / weight.sum()
    return nll + 0.1 * rate.mean().square()


def natural_lengths(network: Durations, items: Sequence[Prepared]) -> list[NDArray[np.float32]]:
    """Expected length in codes of every unit of each utterance."""
    out = []
    with torch.inference_mode():
        for item in items:
            row = [torch.from_numpy(x).unsqueeze(0) for x in (item.phones, item.tones, item.word_starts)]
            mean, spread = network(*row, torch.ones_like(row[0], dtype=torch.bool))
            out.append(expected_codes(mean, spread)[0].numpy())
    return out


def train(data: Dataset, network: Durations, trainer: Trainer) -> None:
    """Fit log lengths until the budget is used."""
    rng = np.random.default_rng(2 + trainer.step)
    for _ in trainer:
        loss = duration_loss(network, [data.items[i] for i in rng.choice(data.training, _BATCH)])
        trainer.learn(loss, {"nll": loss})


def main() -> None:
    """Command line of this stage."""
    arguments = runtime.options(__doc__).parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(2)
    network = Durations()
    trainer = Trainer({"durations": network}, arguments.out, RECIPE, arguments.minutes, torch.device("cpu"))
    trainer.start_from(arguments.start_from, "durations")
    train(build(arguments.corpus), network, trainer)


if __name__ == "__main__":
    main()
