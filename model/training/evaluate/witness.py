"""The witness: a second encoder, of another make than the one that clones, to say whose voice it hears and in which style.

It hears spectrum and melody, weighs all of a clip alike, and is trained on teacher audio alone: two clips of a voice must find
each other (`pairs`), and a style its name. It never hears the codec or the decoder, and voices that are held out
are held out from it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.api import Samples
from oncue.model.nn.causal import CentredConvNeXt
from oncue.model.tiny.encoders import MEL_BANDS, LogMel, levelled
from oncue.model.tiny.layout import NUM_EMOTIONS
from oncue.model.tiny.pitch import hold, track
from oncue.model.training.data.buckets import WIDTH
from oncue.model.training.data.dataset import Dataset, as_float, build
from oncue.model.training.data.pairs import Pairs, contrast, style_of
from oncue.model.training.evaluate.judge import MELODY_SCALE, augment, melody_of
from oncue.model.training.stages import runtime
from oncue.model.training.stages.emotions import clip_of
from oncue.model.training.stages.trainer import Recipe, Trainer

RECIPE = Recipe(1.5e-3, (0.9, 0.98), 0.02, 2.0)
CLIP_FRAMES = 16 * WIDTH
"""2.56 s."""
_DRIFT, _MELTED = 0.8, 2
"""In tens of decibels, and bands to each side."""
_STYLED = 32
"""Clips of a batch that are drawn by style, each as often as any other, besides those of the pairs."""


class Witness(nn.Module):
    """Log-mel and melody to a vector of the voice and to the styles (the last one is none), over mean, deviation and trend in time."""

    def __init__(self, dim: int = 128, blocks: int = 5, size: int = 96) -> None:
        super().__init__()
        self.mel = LogMel()
        self.enter = nn.Conv1d(MEL_BANDS + 1, dim, 5, stride=2, padding=2)
        self.blocks = nn.ModuleList(CentredConvNeXt(dim, 9, 3) for _ in range(blocks))
        self.norm = nn.LayerNorm(3 * dim)
        self.voice = nn.Linear(3 * dim, size)
        self.style = nn.Sequential(nn.Linear(3 * dim, dim), nn.GELU(), nn.Linear(dim, NUM_EMOTIONS + 1))
        self.log_scale = nn.Parameter(torch.tensor(2.5))

    def forward(self, mel: Tensor, melody: Tensor) -> tuple[Tensor, Tensor]:
        """mel [batch, frames, MEL_BANDS], log pitch [batch, frames] around its mean -> unit vectors [batch, size] and
        logits [batch, NUM_EMOTIONS + 1].
        """
        heard = torch.cat([mel, MELODY_SCALE * melody.unsqueeze(-1)], dim=-1)
        y = self.enter(heard.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            y = block(y)
        time = torch.linspace(-1.0, 1.0, y.shape[1], device=y.device).view(1, -1, 1)
        pooled = self.norm(torch.cat([y.mean(1), y.std(1), (y * time).mean(1)], dim=-1))
        return F.normalize(self.voice(pooled).float(), dim=-1), self.style(pooled).float()

    def losses(self, batch: WitnessBatch, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Of the pairs, in both directions, and cross entropy over the styles."""
        vectors, styles = self(mel, batch.melody)
        return contrast(vectors[: batch.paired], self.log_scale.exp()), F.cross_entropy(styles, batch.style)


@dataclass(frozen=True, slots=True)
class WitnessBatch:
    """Clips of one length: first those of `paired` lines, as `contrast` wants them, then those drawn by style."""

    pcm: Tensor  # [batch, samples]
    melody: Tensor  # [batch, frames]
    style: Tensor  # [batch]
    paired: int


def hear(witness: Witness, pcm: Samples) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The unit vector of the voice and the share of each style (none last) in mono samples at 24 kHz."""
    sound = np.ascontiguousarray(pcm)
    with torch.inference_mode():
        mel = witness.mel(levelled(torch.from_numpy(sound).unsqueeze(0)))
        melody = torch.from_numpy(melody_of(hold(track(sound), 0.0), mel.shape[1])).unsqueeze(0)
        vector, styles = witness(mel, melody)
    return vector[0].numpy(), styles.softmax(-1)[0].numpy()


def disguised(mel: Tensor, generator: torch.Generator) -> Tensor:
    """Log-mel [batch, frames, bands] as a recording chain may leave it: loudness that drifts by up to 8 dB over the
    clip, and, in half of the rows, harmonics that melt into each other. What a style does to the melody remains.
    """
    batch, frames, _ = mel.shape
    drift = (torch.rand(batch, 1, 1, generator=generator) * 2 - 1) * _DRIFT
    moved = mel + drift * torch.linspace(-0.5, 0.5, frames).view(1, -1, 1)
    melted = F.avg_pool1d(moved, 2 * _MELTED + 1, 1, _MELTED, count_include_pad=False)
    return torch.where(torch.rand(batch, 1, 1, generator=generator) < 0.5, melted, moved)


class Sampler:
    """Random clips."""

    def __init__(self, data: Dataset, seed: int) -> None:
        self._data, self._rng = data, np.random.default_rng(seed)
        self._pairs = Pairs(data, self._rng)
        styles = np.array([style_of(data.items[i]) for i in data.training])
        self._styles = [data.training[styles == s] for s in range(NUM_EMOTIONS + 1) if (styles == s).any()]

    def batch(self) -> WitnessBatch:
        """A batch."""
        paired = [line for lines in self._pairs.draw() for line in lines]
        styled = [self._rng.choice(self._styles[int(self._rng.integers(len(self._styles)))]) for _ in range(_STYLED)]
        items = [self._data.items[int(row)] for row in (*paired, *styled)]
        clips = [clip_of(item, CLIP_FRAMES, self._rng) for item in items]
        melody = np.stack([melody_of(log_f0, CLIP_FRAMES) for _, log_f0 in clips])
        styles = torch.tensor([style_of(item) for item in items])
        pcm = torch.from_numpy(np.stack([pcm for pcm, _ in clips]))
        return WitnessBatch(pcm, torch.from_numpy(melody), styles, len(paired))


def train(data: Dataset, witness: Witness, trainer: Trainer) -> None:
    """Train until the budget is used."""
    sampler, generator = Sampler(data, 31 + trainer.step), torch.Generator().manual_seed(33 + trainer.step)
    for _ in trainer:
        batch = sampler.batch()
        with torch.no_grad():
            mel = augment(disguised(witness.mel(levelled(batch.pcm)), generator), generator)
        with torch.autocast("cpu", torch.bfloat16):
            voice, felt = witness.losses(batch, mel)
        trainer.learn(voice + felt, {"voice": voice, "style": felt})


def load(path: Path) -> Witness:
    """A trained witness. Raises SystemExit when there is none."""
    witness = Witness()
    witness.load_state_dict(runtime.checkpoint(path)["witness"])
    return witness.eval()


def main() -> None:
    """Command line of this stage."""
    arguments = runtime.options(__doc__).parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    data = build(arguments.corpus)
    torch.manual_seed(9)
    witness = Witness()
    trainer = Trainer({"witness": witness}, arguments.out, RECIPE, arguments.minutes, torch.device("cpu"))
    trainer.start_from(arguments.start_from, "witness")
    train(data, witness, trainer)
    known = {data.items[i].speaker for i in data.training}
    strange = [item for i in data.validation if (item := data.items[i]).speaker not in known and item.intensity > 0]
    right = [int(hear(witness.eval(), as_float(item.audio))[1].argmax()) == item.emotion for item in strange]
    print(f"[witness] the style of {len(right)} lines by voices never heard is right in {np.mean(right):.3f}")


if __name__ == "__main__":
    main()
