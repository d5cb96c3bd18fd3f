"""The judge: a CTC phone recogniser (Graves et al. 2006) trained on teacher audio alone.

It never hears the codec or the decoder, so what it says of them is not what they were trained to please.
Augmentation (noise, equalisation, level, speed, spectral blur and masks) keeps it from relying on the
exact fine structure of the teachers. Tones, stress and pauses are not judged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from model.nn.causal import CentredConvNeXt
from model.text.phones import INDEX, PAUSES, SYMBOLS
from model.tiny.encoders import MEL_BANDS, LogMel
from model.training import runtime
from model.training.dataset import Dataset, Prepared, as_float, build
from model.training.trainer import Recipe, Trainer

RECIPE = Recipe(1.5e-3, (0.9, 0.98), 0.02, 2.0)
PAUSE_IDS = frozenset(INDEX[symbol] for symbol in PAUSES)


class Judge(nn.Module):
    """Log-mel to phone posteriors every 20 ms; class 0 is the CTC blank."""

    def __init__(self, dim: int = 160, blocks: int = 6) -> None:
        super().__init__()
        self.mel = LogMel()
        self.enter = nn.Conv1d(MEL_BANDS, dim, 5, stride=2, padding=2)
        self.blocks = nn.ModuleList(CentredConvNeXt(dim, 9, 3) for _ in range(blocks))
        self.norm = nn.LayerNorm(dim)
        self.leave = nn.Linear(dim, len(SYMBOLS))

    def forward(self, mel: Tensor) -> Tensor:
        """mel [batch, frames, MEL_BANDS] -> log posteriors [batch, frames / 2, symbols]."""
        centred = mel - mel.mean((1, 2), keepdim=True)
        y = self.enter(centred.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            y = block(y)
        return F.log_softmax(self.leave(self.norm(y)).float(), dim=-1)


def transcribe(judge: Judge, pcm: NDArray[np.float32]) -> list[int]:
    """Phone ids heard in mono samples at 24 kHz: best path, repeats and blanks removed."""
    with torch.inference_mode():
        best = judge(judge.mel(torch.from_numpy(np.ascontiguousarray(pcm)).unsqueeze(0)))[0].argmax(-1).tolist()
    merged = [a for a, b in zip(best, [None, *best[:-1]], strict=True) if a != b]
    return [phone for phone in merged if phone != 0]


def labels_of(phones: Sequence[int]) -> list[int]:
    """A phone sequence as the judge spells it: without pauses."""
    return [int(phone) for phone in phones if int(phone) not in PAUSE_IDS]


def edits(wanted: Sequence[int], heard: Sequence[int]) -> int:
    """Levenshtein distance."""
    row = np.arange(len(heard) + 1)
    for i, phone in enumerate(wanted, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (np.asarray(heard) != phone)) if len(heard) else row[1:]
        new = np.empty_like(row)
        new[0] = i
        for j in range(len(heard)):
            new[j + 1] = min(best[j], new[j] + 1)
        row = new
    return int(row[-1])


def augment(mel: Tensor, generator: torch.Generator) -> Tensor:
    """Level, equalisation, noise floor, blur and masks on log-mel [batch, frames, bands]."""
    batch, frames, bands = mel.shape

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator) * (high - low) + low

    knots = torch.randn(batch, 1, 6, generator=generator) * 0.25
    tilt = F.interpolate(knots, bands, mode="linear", align_corners=True)
    out = mel + tilt
    floor = uniform(-5.0, -2.2, batch, 1, 1) + 0.15 * torch.randn(mel.shape, generator=generator)
    noisy = torch.log(torch.exp(2.3 * out) + torch.exp(2.3 * floor)) / 2.3
    out = torch.where(uniform(0, 1, batch, 1, 1) < 0.5, noisy, out)
    out = _blur(out, torch.where(uniform(0, 1, batch, 1, 1) < 0.5, uniform(0, 0.5, batch, 1, 1), torch.tensor(0.0)))
    for _ in range(2):
        start, width = int(uniform(0, bands - 10, 1)), int(uniform(2, 9, 1))
        out[:, :, start : start + width] = out.mean()
        begin, length = int(uniform(0, max(1, frames - 8), 1)), int(uniform(1, 6, 1))
        out[:, begin : begin + length] = out.mean()
    return out


def _blur(mel: Tensor, weight: Tensor) -> Tensor:
    """Mix with the neighbours in frequency and in time, `weight` [batch, 1, 1] in [0, 0.5]."""
    wide = F.pad(mel, (1, 1, 1, 1), mode="replicate")
    across = 0.5 * (wide[:, 1:-1, :-2] + wide[:, 1:-1, 2:])
    along = 0.5 * (wide[:, :-2, 1:-1] + wide[:, 2:, 1:-1])
    return mel * (1 - weight) + weight * 0.5 * (across + along)


class _Batches:
    """Whole utterances of similar length, speed changed by resampling the mel frames."""

    def __init__(self, data: Dataset, seed: int, frames: int = 1600) -> None:
        self._data, self._frames = data, frames
        self._rng = np.random.default_rng(seed)
        order = sorted(data.training.tolist(), key=lambda i: data.items[i].codes)
        self._order = np.array(order)

    def next(self) -> list[Prepared]:
        """Neighbours in the length-sorted list, as many as fill the frame budget."""
        at = int(self._rng.integers(0, len(self._order)))
        size = max(3, self._frames // (self._data.items[self._order[at]].codes * 4))
        chosen = self._order[max(0, min(at, len(self._order) - size)) :][:size]
        return [self._data.items[i] for i in chosen]


def collate(judge: Judge, items: list[Prepared]) -> tuple[Tensor, Tensor]:
    """Log-mel of whole utterances, silence where they end, and their lengths in frames."""
    longest = max(len(item.audio) for item in items)
    pcm = np.zeros((len(items), longest), np.float32)
    for row, item in enumerate(items):
        pcm[row, : len(item.audio)] = as_float(item.audio)
    with torch.no_grad():
        mel = judge.mel(torch.from_numpy(pcm))
    return mel, torch.tensor([len(item.audio) // 240 for item in items])


def step_loss(judge: Judge, items: list[Prepared], generator: torch.Generator, speed: float) -> Tensor:
    """CTC loss of one augmented batch."""
    mel, lengths = collate(judge, items)
    mel = augment(mel, generator)
    mel = F.interpolate(mel.transpose(1, 2), scale_factor=1 / speed, mode="linear").transpose(1, 2)
    with torch.autocast("cpu", torch.bfloat16):
        posterior = judge(mel)
    labels = [labels_of(item.phones.tolist()) for item in items]
    return F.ctc_loss(
        posterior.transpose(0, 1),
        torch.tensor([phone for row in labels for phone in row]),
        ((lengths / speed).long() // 2).clamp(max=posterior.shape[1]),
        torch.tensor([len(row) for row in labels]),
        zero_infinity=True,
    )


def train(data: Dataset, judge: Judge, trainer: Trainer) -> None:
    """Train until the budget is used."""
    batches, generator = _Batches(data, 7 + trainer.step), torch.Generator().manual_seed(11 + trainer.step)
    for _ in trainer:
        speed = float(torch.rand(1, generator=generator) * 0.3 + 0.85)
        loss = step_loss(judge, batches.next(), generator, speed)
        trainer.learn(loss, {"ctc": loss})


def error_rate(judge: Judge, items: list[Prepared]) -> float:
    """Phone error rate of the judge on teacher audio."""
    wrong = total = 0
    for item in items:
        wanted = labels_of(item.phones.tolist())
        wrong += edits(wanted, transcribe(judge, as_float(item.audio)))
        total += len(wanted)
    return wrong / max(1, total)


def load(path: Path) -> Judge:
    """A trained judge. Raises SystemExit when there is none."""
    judge = Judge()
    judge.load_state_dict(runtime.checkpoint(path)["judge"])
    return judge.eval()


def main() -> None:
    """Command line of this stage."""
    arguments = runtime.options(__doc__).parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    data = build(arguments.corpus)
    torch.manual_seed(3)
    judge = Judge()
    trainer = Trainer({"judge": judge}, arguments.out, RECIPE, arguments.minutes, torch.device("cpu"))
    trainer.start_from(arguments.start_from, "judge")
    train(data, judge, trainer)
    judge.eval()
    for language in (0, 1):
        items = [data.items[i] for i in data.validation if data.items[i].language == language][:100]
        print(f"[judge] language {language}: phone error rate of the teacher {error_rate(judge, items):.3f}")


if __name__ == "__main__":
    main()
