"""The judge: a CTC phone recogniser (Graves et al. 2006) trained on teacher audio alone.

It never hears the codec or the decoder, so what it says of them is not what they were trained to please.
Augmentation (noise, equalisation, level, speed, spectral blur and masks) keeps it from relying on the
exact fine structure of the teachers. A Mandarin final is heard with its tone; stress and pauses are not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.nn.causal import CentredConvNeXt
from oncue.model.text.phones import INDEX, MANDARIN_FINALS, MANDARIN_TONES, PAUSES, SYMBOLS
from oncue.model.tiny.encoders import MEL_BANDS, LogMel
from oncue.model.tiny.layout import CODE_SAMPLES, HOP
from oncue.model.tiny.pitch import hold, track
from oncue.model.training.data.buckets import WIDTH, Buckets, wide
from oncue.model.training.data.dataset import Dataset, Prepared, as_float, build
from oncue.model.training.stages import runtime
from oncue.model.training.stages.trainer import Recipe, Trainer

RECIPE = Recipe(1.5e-3, (0.9, 0.98), 0.02, 2.0)
PAUSE_IDS = frozenset(INDEX[symbol] for symbol in PAUSES)
FINALS = [INDEX[symbol] for symbol in MANDARIN_FINALS]
LABELS = len(SYMBOLS) + len(FINALS) * len(MANDARIN_TONES)
"""Every phone without a tone, and behind them every final with each of the tones."""
BATCH_CODES = 1600
MELODY_SCALE = 4.0
"""Makes a semitone a quarter."""


class Judge(nn.Module):
    """Log-mel and melody to posteriors of the labels every 20 ms; class 0 is the CTC blank."""

    def __init__(self, dim: int = 160, blocks: int = 6) -> None:
        super().__init__()
        self.mel = LogMel()
        self.enter = nn.Conv1d(MEL_BANDS + 1, dim, 5, stride=2, padding=2)
        self.blocks = nn.ModuleList(CentredConvNeXt(dim, 9, 3) for _ in range(blocks))
        self.norm = nn.LayerNorm(dim)
        self.leave = nn.Linear(dim, LABELS)

    def forward(self, mel: Tensor, melody: Tensor) -> Tensor:
        """mel [batch, frames, MEL_BANDS], log pitch [batch, frames] around its mean, held where there is none -> log
        posteriors [batch, frames / 2, LABELS].
        """
        centred = mel - mel.mean((1, 2), keepdim=True)
        heard = torch.cat([centred, MELODY_SCALE * melody.unsqueeze(-1)], dim=-1)
        y = self.enter(heard.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            y = block(y)
        return F.log_softmax(self.leave(self.norm(y)).float(), dim=-1)


def transcribe(judge: Judge, pcm: NDArray[np.float32]) -> list[int]:
    """Labels heard in mono samples at 24 kHz: best path, repeats and blanks removed."""
    with torch.inference_mode():
        mel = judge.mel(torch.from_numpy(np.ascontiguousarray(pcm)).unsqueeze(0))
        melody = torch.from_numpy(melody_of(hold(track(pcm), 0.0), mel.shape[1])).unsqueeze(0)
        best = judge(mel, melody)[0].argmax(-1).tolist()
    merged = [a for a, b in zip(best, [None, *best[:-1]], strict=True) if a != b]
    return [phone for phone in merged if phone != 0]


def melody_of(log_f0: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Held log pitch around its mean in so many frames, the last value held behind it."""
    fitted = np.pad(log_f0[:frames], (0, max(0, frames - len(log_f0))), mode="edge")
    return (fitted - fitted.mean()).astype(np.float32)


def labels_of(phones: Sequence[int], tones: Sequence[int]) -> list[int]:
    """Phones and their tones as the judge spells them: without pauses, the tone in the label."""
    return [label_of(int(p), int(t)) for p, t in zip(phones, tones, strict=True) if int(p) not in PAUSE_IDS]


def label_of(phone: int, tone: int) -> int:
    """One label for a final and its tone; any other phone is its own."""
    if phone not in FINALS or tone not in MANDARIN_TONES:
        return phone
    return len(SYMBOLS) + FINALS.index(phone) * len(MANDARIN_TONES) + MANDARIN_TONES.index(tone)


def phone_of(label: int) -> int:
    """The phone of a label, whatever its tone."""
    return label if label < len(SYMBOLS) else FINALS[(label - len(SYMBOLS)) // len(MANDARIN_TONES)]


def tones_right(wanted: Sequence[int], heard: Sequence[int]) -> tuple[int, int]:
    """Of labels that stand against each other and are the same final: with the same tone, and all."""
    one, other = [phone_of(x) for x in wanted], [phone_of(x) for x in heard]
    pairs = [
        (wanted[a + k], heard[b + k])
        for a, b, size in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
        for k in range(size)
        if wanted[a + k] >= len(SYMBOLS)
    ]
    return sum(a == b for a, b in pairs), len(pairs)


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


def phone_edits(wanted: Sequence[int], heard: Sequence[int]) -> int:
    """Edits between the phones of labels, whatever their tones."""
    return edits([phone_of(x) for x in wanted], [phone_of(x) for x in heard])


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


def collate(judge: Judge, items: list[Prepared]) -> tuple[Tensor, Tensor, Tensor]:
    """Log-mel and melody of whole utterances, silence behind them up to a width of `buckets`, and their lengths in frames."""
    longest = wide(max(item.codes for item in items)) * CODE_SAMPLES
    pcm = np.zeros((len(items), longest), np.float32)
    for row, item in enumerate(items):
        pcm[row, : len(item.audio)] = as_float(item.audio)
    with torch.no_grad():
        mel = judge.mel(torch.from_numpy(pcm))
    melody = torch.zeros(mel.shape[:2])
    for row, item in enumerate(items):
        melody[row, : len(item.log_f0)] = torch.from_numpy(melody_of(item.log_f0, len(item.log_f0)))
    return mel, melody, torch.tensor([len(item.audio) // HOP for item in items])


def step_loss(judge: Judge, items: list[Prepared], generator: torch.Generator, speed: float) -> Tensor:
    """CTC loss of one augmented batch."""
    mel, melody, lengths = collate(judge, items)
    frames = wide(int(mel.shape[1] / speed), 2 * WIDTH)
    hurried = F.interpolate(augment(mel, generator).transpose(1, 2), size=frames, mode="linear").transpose(1, 2)
    sung = F.interpolate(melody.unsqueeze(1), size=frames, mode="linear")[:, 0]
    with torch.autocast("cpu", torch.bfloat16):
        posterior = judge(hurried, sung)
    labels = [labels_of(item.phones.tolist(), item.tones.tolist()) for item in items]
    return F.ctc_loss(
        posterior.transpose(0, 1),
        torch.tensor([phone for row in labels for phone in row]),
        (lengths * (frames / mel.shape[1])).long() // 2,
        torch.tensor([len(row) for row in labels]),
        zero_infinity=True,
    )


def train(data: Dataset, judge: Judge, trainer: Trainer) -> None:
    """Train until the budget is used."""
    rng, generator = np.random.default_rng(7 + trainer.step), torch.Generator().manual_seed(11 + trainer.step)
    buckets = Buckets(data.training, np.array([data.items[i].codes for i in data.training]))
    for _ in trainer:
        speed = float(torch.rand(1, generator=generator) * 0.3 + 0.85)
        items = [data.items[i] for i in buckets.draw(BATCH_CODES, 3, rng)]
        loss = step_loss(judge, items, generator, speed)
        trainer.learn(loss, {"ctc": loss})


def error_rates(judge: Judge, items: list[Prepared]) -> tuple[float, float]:
    """Share of wrong phones, and of wrong tones where the final was right, on teacher audio."""
    wrong = total = same = finals = 0
    for item in items:
        wanted, heard = labels_of(item.phones.tolist(), item.tones.tolist()), transcribe(judge, as_float(item.audio))
        wrong += phone_edits(wanted, heard)
        total += len(wanted)
        same, finals = (a + b for a, b in zip((same, finals), tones_right(wanted, heard), strict=True))
    return wrong / max(1, total), 1 - same / max(1, finals)


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
        phones, tones = error_rates(judge, items)
        print(
            f"[judge] language {language}: of the teacher's phones {phones:.3f} are misheard, of the tones {tones:.3f}"
        )


if __name__ == "__main__":
    main()
