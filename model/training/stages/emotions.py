"""Train the emotion encoder: which style a clip was said in, and how strongly, whoever says it.

The target of a clip is the vector the decoder is given for it, its intensity on its style and the rest on
neutral; a speaker classifier behind a gradient reversal takes the voice out of the vector. The statistics of
every line are computed once, as it is and roughened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.api import EMOTION_NAMES
from oncue.model.tiny.layout import EMOTION_DIM, HOP, NUM_EMOTIONS, SAMPLE_RATE
from oncue.model.tiny.prosody import NUM_PROSODY
from oncue.model.training.data.dataset import Dataset, Prepared, as_float, build, style_of
from oncue.model.training.data.roughen import roughen
from oncue.model.training.networks.encoders import EmotionEncoder, LogMel, levelled, prosody
from oncue.model.training.stages import runtime
from oncue.model.training.stages.reversal import reverse_gradient
from oncue.model.training.stages.trainer import Recipe, Trainer

RECIPE = Recipe(2e-3, (0.9, 0.98), 0.02, 2.0)
REVERSAL = 0.7
CLIP_S = 3.0
_BATCH = 256
_TOGETHER = 64
_CLEAR = 0.6
"""Styles weaker than this are not asked for when the encoder is measured."""


class Emotions(nn.Module):
    """The encoder that is shipped, and the speaker classifier that only training needs."""

    def __init__(self, speakers: int) -> None:
        super().__init__()
        self.feeling = EmotionEncoder()
        self.speaker = nn.Sequential(nn.Linear(EMOTION_DIM, 128), nn.GELU(), nn.Linear(128, speakers))

    def losses(self, batch: EmotionBatch, reversal: float) -> tuple[Tensor, Tensor]:
        """Cross entropies against the wanted strengths, and of the speaker classifier behind the reversal."""
        vector = self.feeling(batch.statistics)
        told = self.speaker(reverse_gradient(vector, reversal))
        return F.cross_entropy(self.feeling.styles(vector), batch.wanted), F.cross_entropy(told, batch.speaker)


@dataclass(frozen=True, slots=True)
class EmotionBatch:
    """Clips, as far as they matter here."""

    statistics: Tensor  # [batch, NUM_PROSODY]
    wanted: Tensor  # [batch, NUM_EMOTIONS + 1], rows sum to one
    speaker: Tensor  # [batch]


def wanted_of(items: list[Prepared]) -> Tensor:
    """Strengths of the styles and of neutral, [items, NUM_EMOTIONS + 1]."""
    out = torch.zeros(len(items), NUM_EMOTIONS + 1)
    for row, item in enumerate(items):
        out[row, style_of(item)] = item.intensity
        out[row, NUM_EMOTIONS] = 1 - item.intensity
    return out


def clip_of(item: Prepared, frames: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A random stretch of so many frames, gone round when the line is shorter: samples and their pitch."""
    start = int(rng.integers(0, max(1, len(item.log_f0) - frames)))
    pcm = as_float(item.audio[start * HOP : (start + frames) * HOP])
    log_f0 = item.log_f0[start : start + frames].astype(np.float32)
    return (
        np.pad(pcm, (0, frames * HOP - len(pcm)), mode="wrap"),
        np.pad(log_f0, (0, frames - len(log_f0)), mode="wrap"),
    )


def statistics_of(items: list[Prepared], seed: int) -> tuple[Tensor, Tensor]:
    """`prosody` of a clip of CLIP_S seconds of each line, as it is and roughened, both [items, NUM_PROSODY]."""
    mel, rng = LogMel(), np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    clean, rough = torch.zeros(len(items), NUM_PROSODY), torch.zeros(len(items), NUM_PROSODY)
    for first in range(0, len(items), _TOGETHER):
        clips = [clip_of(item, int(CLIP_S * SAMPLE_RATE) // HOP, rng) for item in items[first : first + _TOGETHER]]
        pcm, log_f0 = (torch.from_numpy(np.stack(column)) for column in zip(*clips, strict=True))
        rows = slice(first, first + len(clips))
        with torch.inference_mode():
            heard = mel(levelled(pcm))
            clean[rows], rough[rows] = prosody(heard, log_f0), prosody(roughen(heard, generator), log_f0)
    return clean, rough


class Sampler:
    """Random clips; every style, and neutral, is drawn as often as any other."""

    def __init__(self, items: list[Prepared], takes: Sequence[Tensor], seed: int) -> None:
        self._takes = torch.stack(tuple(takes))
        self._wanted, self._speaker = wanted_of(items), torch.tensor([item.speaker for item in items])
        self._rng = np.random.default_rng(seed)
        styles = np.array([style_of(item) for item in items])
        self._pools = [pool for style in range(NUM_EMOTIONS + 1) if len(pool := np.flatnonzero(styles == style))]

    def batch(self, size: int = _BATCH) -> EmotionBatch:
        """`size` clips."""
        pools = [self._pools[int(p)] for p in self._rng.integers(0, len(self._pools), size)]
        rows = torch.tensor([int(self._rng.choice(pool)) for pool in pools])
        take = torch.from_numpy(self._rng.integers(0, len(self._takes), size))
        return EmotionBatch(self._takes[take, rows], self._wanted[rows], self._speaker[rows])


def train(sampler: Sampler, network: Emotions, trainer: Trainer, reversal: float) -> None:
    """Train until the budget is used."""
    for progress in trainer:
        felt, found = network.losses(sampler.batch(), reversal * min(1.0, 3 * progress))
        trainer.learn(felt + found, {"emotion": felt, "speaker": found})


def recognised(network: Emotions, items: list[Prepared]) -> dict[str, float]:
    """Share of clips whose strongest style is the one they were said in, for each style and over all of them."""
    with torch.inference_mode():
        strongest = network.feeling.strengths(network.feeling(statistics_of(items, 9)[0])).argmax(1).tolist()
    right: dict[str, list[bool]] = {}
    for item, found in zip(items, strongest, strict=True):
        right.setdefault(EMOTION_NAMES[item.emotion], []).append(found == item.emotion)
    shares = {name: float(np.mean(hits)) for name, hits in sorted(right.items())}
    return shares | {"all": float(np.mean([hit for hits in right.values() for hit in hits]))}


def unseen(data: Dataset) -> list[Prepared]:
    """Clearly styled lines of voices that nothing was trained on."""
    known = {data.items[i].speaker for i in data.training}
    items = (data.items[i] for i in data.validation)
    return [item for item in items if item.speaker not in known and item.intensity > _CLEAR]


def main() -> None:
    """Command line of this stage."""
    parser = runtime.options(__doc__)
    parser.add_argument("--reversal", type=float, default=REVERSAL, help="0 leaves the speaker in the vector")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    data = build(arguments.corpus)
    items = [data.items[i] for i in data.training]
    takes = statistics_of(items, 0)
    torch.manual_seed(8)
    network = Emotions(len(data.mean_log_f0))
    network.feeling.centre.copy_(takes[0].mean(0))
    network.feeling.scale.copy_(takes[0].std(0) + 1e-4)
    trainer = Trainer({"emotions": network}, arguments.out, RECIPE, arguments.minutes, torch.device("cpu"))
    trainer.start_from(arguments.start_from, "emotions")
    train(Sampler(items, takes, trainer.step), network, trainer, arguments.reversal)
    held = unseen(data)
    print(f"[emotions] styles found in {len(held)} lines of unseen voices: {recognised(network.eval(), held)}")


if __name__ == "__main__":
    main()
