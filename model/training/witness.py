"""The witness: a second encoder, of another make than the one that clones, to say whose voice it hears and in which style.

It is trained on teacher audio alone, on voices with the additive angular margin of Deng et al. (2019, "ArcFace") and
on styles, and never hears the codec or the decoder. Voices that are held out are held out from it too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from model.api import Samples
from model.nn.causal import CentredConvNeXt
from model.tiny.encoders import MEL_BANDS, LogMel, levelled
from model.tiny.layout import HOP, NUM_EMOTIONS
from model.training import runtime
from model.training.buckets import WIDTH
from model.training.dataset import Dataset, as_float, build
from model.training.emotions import style_of
from model.training.judge import augment
from model.training.speakers import clip_of
from model.training.trainer import Recipe, Trainer

RECIPE = Recipe(1.5e-3, (0.9, 0.98), 0.02, 2.0)
CLIP_FRAMES = 16 * WIDTH
"""2.56 s."""
MARGIN, SCALE = 0.2, 24.0
_BATCH = 48
_STYLED = 0.5
"""Share of a batch that is drawn by style, each as often as any other; the rest by voice."""


class Witness(nn.Module):
    """Log-mel to a vector of the voice and to the styles (the last one is none), over mean and deviation in time."""

    def __init__(self, voices: int, dim: int = 128, blocks: int = 5, size: int = 96) -> None:
        super().__init__()
        self.mel = LogMel()
        self.enter = nn.Conv1d(MEL_BANDS, dim, 5, stride=2, padding=2)
        self.blocks = nn.ModuleList(CentredConvNeXt(dim, 9, 3) for _ in range(blocks))
        self.norm = nn.LayerNorm(2 * dim)
        self.voice = nn.Linear(2 * dim, size)
        self.style = nn.Sequential(nn.Linear(2 * dim, dim), nn.GELU(), nn.Linear(dim, NUM_EMOTIONS + 1))
        self.known = nn.Parameter(torch.randn(voices, size))

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """mel [batch, frames, MEL_BANDS] -> unit vectors [batch, size] and logits [batch, NUM_EMOTIONS + 1]."""
        y = self.enter(mel.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            y = block(y)
        pooled = self.norm(torch.cat([y.mean(1), y.std(1)], dim=-1))
        return F.normalize(self.voice(pooled).float(), dim=-1), self.style(pooled).float()

    def losses(self, mel: Tensor, speaker: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """Cross entropy over all voices with the margin on the angle to the right one, and over the styles."""
        vector, styles = self(mel)
        cosine = vector @ F.normalize(self.known.float(), dim=-1).t()
        angle = torch.arccos(cosine.clamp(-1 + 1e-6, 1 - 1e-6))
        right = F.one_hot(speaker, len(self.known)).bool()
        logits = SCALE * torch.where(right, torch.cos((angle + MARGIN).clamp(max=torch.pi)), cosine)
        return F.cross_entropy(logits, speaker), F.cross_entropy(styles, style)


def hear(witness: Witness, pcm: Samples) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The unit vector of the voice and the share of each style (none last) in mono samples at 24 kHz."""
    with torch.inference_mode():
        rows = witness.mel(levelled(torch.from_numpy(np.ascontiguousarray(pcm)).unsqueeze(0)))
        vector, styles = witness(rows)
    return vector[0].numpy(), styles.softmax(-1)[0].numpy()


class Sampler:
    """Random clips, half of them drawn by voice and half by style."""

    def __init__(self, data: Dataset, seed: int) -> None:
        self._data, self._rng = data, np.random.default_rng(seed)
        self._voices = sorted(speaker for speaker, lines in data.by_speaker.items() if len(lines))
        styles = np.array([style_of(data.items[i]) for i in data.training])
        self._styles = [data.training[styles == s] for s in range(NUM_EMOTIONS + 1) if (styles == s).any()]

    def batch(self, size: int = _BATCH) -> tuple[Tensor, Tensor, Tensor]:
        """pcm [size, samples], speakers and styles [size]."""
        rows = [self._line(self._rng.random() < _STYLED) for _ in range(size)]
        items = [self._data.items[row] for row in rows]
        clips = np.stack([clip_of(item.audio, CLIP_FRAMES * HOP, self._rng) for item in items])
        speakers, styles = [item.speaker for item in items], [style_of(item) for item in items]
        return torch.from_numpy(clips), torch.tensor(speakers), torch.tensor(styles)

    def _line(self, styled: bool) -> int:
        if styled:
            return int(self._rng.choice(self._styles[int(self._rng.integers(len(self._styles)))]))
        return int(self._rng.choice(self._data.by_speaker[self._voices[int(self._rng.integers(len(self._voices)))]]))


def train(data: Dataset, witness: Witness, trainer: Trainer) -> None:
    """Train until the budget is used."""
    sampler, generator = Sampler(data, 31 + trainer.step), torch.Generator().manual_seed(33 + trainer.step)
    for _ in trainer:
        pcm, speaker, style = sampler.batch()
        with torch.no_grad():
            mel = augment(witness.mel(levelled(pcm)), generator)
        with torch.autocast("cpu", torch.bfloat16):
            voice, felt = witness.losses(mel, speaker, style)
        trainer.learn(voice + felt, {"voice": voice, "style": felt})


def load(path: Path) -> Witness:
    """A trained witness. Raises SystemExit when there is none."""
    state = runtime.checkpoint(path)["witness"]
    witness = Witness(len(state["known"]))
    witness.load_state_dict(state)
    return witness.eval()


def main() -> None:
    """Command line of this stage."""
    arguments = runtime.options(__doc__).parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    data = build(arguments.corpus)
    torch.manual_seed(9)
    witness = Witness(len(data.mean_log_f0))
    trainer = Trainer({"witness": witness}, arguments.out, RECIPE, arguments.minutes, torch.device("cpu"))
    trainer.start_from(arguments.start_from, "witness")
    train(data, witness, trainer)
    known = {data.items[i].speaker for i in data.training}
    strange = [item for i in data.validation if (item := data.items[i]).speaker not in known and item.intensity > 0]
    right = [int(hear(witness.eval(), as_float(item.audio))[1].argmax()) == item.emotion for item in strange]
    print(f"[witness] the style of {len(right)} lines by voices never heard is right in {np.mean(right):.3f}")


if __name__ == "__main__":
    main()
