"""Train the decoder on encoded speech, teacher-forced with noise on its own history.

The remedies against exposure bias are: digits of the history moved by one level, the pitch of a whole history moved by
up to a semitone, codes of it or only their pitch forgotten, so that the text must tell the tone, and a countdown that is
sometimes unknown. Budgets are in minutes, runs resume.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from oncue.model.tiny.layout import DIGIT_LEVELS, NUM_PITCH
from oncue.model.training.data import encoded as codes
from oncue.model.training.data.buckets import Buckets, padded
from oncue.model.training.data.dataset import Dataset, Prepared, build
from oncue.model.training.data.encoded import Encoded
from oncue.model.training.data.voices import Voices
from oncue.model.training.networks.decoder import Decoder, StepInput, timing_features
from oncue.model.training.networks.durations import Durations
from oncue.model.training.stages import runtime
from oncue.model.training.stages.durations import natural_lengths
from oncue.model.training.stages.trainer import Recipe, Trainer

BATCH_CODES = 640
RECIPE = Recipe(2e-3, (0.9, 0.97), 0.05, 1.0)
MISLED_SHARE = 0.25
FORGOTTEN_SHARE, PITCH_FORGOTTEN_SHARE, DRIFTED_SHARE = 0.03, 0.06, 0.2
DRIFT_LEVELS = 2
DROPOUT = 0.1
CONTENT_WEIGHT = 0.4
"""Of a nat of content: there are many, and the pointer must not be learned last."""
_ATTENTION = [SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""Not the flash kernel: on a CPU its backward is four times slower than the plain one at these lengths."""


@dataclass(frozen=True, slots=True)
class DecoderBatch:
    """Whole utterances, padded; `mask` is true where there is a code."""

    phones: Tensor  # [batch, units]
    tones: Tensor
    word_starts: Tensor
    digits: Tensor  # [batch, codes, NUM_DIGITS]
    pointer: Tensor  # [batch, codes], before each code
    advance: Tensor  # [batch, codes]
    timing: Tensor  # [batch, codes, NUM_TIMING]
    condition: Tensor  # [batch, 1, CONDITION_DIM]
    mask: Tensor  # [batch, codes]
    ending: Tensor  # [batch, codes], 1 where the pointer is at the last unit, 2 at the last code


def ending(item: Prepared) -> NDArray[np.int64]:
    """Where the decoder may stop (1) and where it does (2)."""
    out = (item.aligned.pointer == len(item.phones) - 1).astype(np.int64)
    out[-1] = 2
    return out


@dataclass(frozen=True, slots=True)
class Material:
    """What the decoder learns from: the lines, their codes, and what is known of every voice."""

    data: Dataset
    encoded: Encoded
    voices: Voices


class Batches:
    """Utterances of about the same length, as many as fill the code budget."""

    def __init__(self, material: Material, natural: list[NDArray[np.float32]], seed: int) -> None:
        self._data, self._encoded, self._voices = material.data, material.encoded, material.voices
        self._natural = natural
        self._rng = np.random.default_rng(seed)
        lines = self._data.training
        self._buckets = Buckets(lines, np.array([self._data.items[i].codes for i in lines]))

    def next(self, device: torch.device) -> DecoderBatch:
        """A random batch."""
        return self.collate(self._buckets.draw(BATCH_CODES, 4, self._rng), device)

    def collate(self, indices: list[int], device: torch.device) -> DecoderBatch:
        """The batch of these utterances."""
        items = [self._data.items[i] for i in indices]
        rows = [self._timing(i) for i in indices]
        timing = torch.cat([timing_features(*(torch.from_numpy(c).float() for c in row)) for row in rows])
        sizes = [item.codes for item in items]
        columns = (
            padded([item.phones for item in items]),
            padded([item.tones for item in items]),
            padded([item.word_starts for item in items]),
            padded(
                [np.concatenate([d.pitch, self._encoded.digits(i)], 1) for d, i in zip(items, indices, strict=True)]
            ),
            padded([item.aligned.pointer - item.aligned.advance for item in items]),
            padded([item.aligned.advance for item in items]),
            padded([part.numpy() for part in timing.split(sizes)]),
            self._condition(items),
            padded([np.ones(size, bool) for size in sizes]),
            padded([ending(item) for item in items]),
        )
        return DecoderBatch(*(column.to(device) for column in columns))

    def _timing(self, index: int) -> tuple[NDArray[np.float64], ...]:
        item, natural = self._data.items[index], self._natural[index].astype(np.float64)
        before = item.aligned.pointer - item.aligned.advance
        dwell = np.concatenate([[0], item.aligned.dwell[:-1] + 1])
        after = np.concatenate([np.cumsum(natural[::-1])[::-1], [0.0]])
        left_in_text = np.maximum(natural[before] - dwell, 0) + after[before + 1]
        codes_left = np.arange(item.codes, 0, -1).astype(np.float64) * self._misled(item.codes)
        known = np.full(item.codes, float(self._rng.random() > 0.12))
        return (
            codes_left,
            left_in_text,
            dwell.astype(np.float64),
            natural[before],
            known,
            np.arange(item.codes, dtype=float),
        )

    def _misled(self, codes: int) -> NDArray[np.float64]:
        """Factors on the countdown: on a share of lines it is wrong until a random step, as when a line is retargeted."""
        factor = np.ones(codes)
        if self._rng.random() < MISLED_SHARE:
            factor[: int(self._rng.integers(1, codes))] = np.exp(self._rng.uniform(-0.25, 0.25))
        return factor

    def _condition(self, items: list[Prepared]) -> Tensor:
        rows = []
        for item in items:
            scale = np.log([item.pitch_scale])
            rows.append(np.concatenate([self._voices.of(item.speaker, self._rng), item.feeling, scale]))
        return torch.from_numpy(np.stack(rows).astype(np.float32)).unsqueeze(1)


def history(digits: Tensor) -> Tensor:
    """What each step sees of the code before it: shifted by one, plus one, with noise; zero is not known."""
    shifted = F.pad(digits[:, :-1] + 1, (0, 0, 1, 0))
    pitch = torch.arange(shifted.shape[-1], device=digits.device) < NUM_PITCH
    voiced, silent = pitch & (shifted > 1), pitch & (shifted <= 1)

    def share(of: float, *shape: int) -> Tensor:
        return torch.rand(*shape, device=digits.device) < of

    batch, time, _ = shifted.shape
    roll = torch.rand(shifted.shape, device=digits.device)
    move = torch.where(roll < 0.06, 1, torch.where(roll > 0.94, -1, 0)) * ~silent
    drift = torch.randint(-DRIFT_LEVELS, DRIFT_LEVELS + 1, (batch, 1, 1), device=digits.device)
    move = move + drift * share(DRIFTED_SHARE, batch, 1, 1) * voiced
    limit = torch.tensor(DIGIT_LEVELS, device=digits.device)
    noisy = torch.minimum(torch.maximum(shifted + move, 1 + voiced.long()), limit) * (shifted > 0)
    noisy[..., :NUM_PITCH] *= ~share(PITCH_FORGOTTEN_SHARE, batch, time, 1)
    return noisy * ~share(FORGOTTEN_SHARE, batch, time, 1)


def decoder_loss(decoder: Decoder, batch: DecoderBatch, noisy: bool) -> dict[str, Tensor]:
    """Cross entropies in nats: of the advance, of stopping in the last unit, of the pitch and the content digits."""
    previous = history(batch.digits) if noisy else F.pad(batch.digits[:, :-1] + 1, (0, 0, 1, 0))
    text = decoder.text(batch.phones, batch.tones, batch.word_starts)
    x = StepInput(previous, batch.pointer, batch.timing, batch.condition)
    advance, stop, digits = decoder(x, text, batch.advance, batch.digits)
    mask = batch.mask
    near = batch.ending > 0
    losses = [F.cross_entropy(d[mask].float(), batch.digits[..., i][mask]) for i, d in enumerate(digits)]
    return {
        "advance": F.cross_entropy(advance[mask].float(), batch.advance[mask]),
        "stop": F.binary_cross_entropy_with_logits(stop[near].float(), (batch.ending[near] == 2).float()),
        "pitch": torch.stack(losses[:NUM_PITCH]).sum(),
        "content": torch.stack(losses[NUM_PITCH:]).sum(),
    }


def total(parts: Mapping[str, Tensor]) -> Tensor:
    """What is minimised."""
    return torch.stack([part * CONTENT_WEIGHT if name == "content" else part for name, part in parts.items()]).sum()


def train(material: Material, decoder: Decoder, durations: Durations, trainer: Trainer) -> None:
    """Train the decoder until the budget is used, on lengths as `durations` expects them."""
    device = next(decoder.parameters()).device
    batches = Batches(material, natural_lengths(durations, material.data.items), 77 + trainer.step)
    for _ in trainer:
        batch = batches.next(device)
        with runtime.half_precision(device), sdpa_kernel(_ATTENTION):
            parts = decoder_loss(decoder, batch, noisy=True)
        trainer.learn(total(parts), parts)


def main() -> None:
    """Command line of this stage."""
    parser = runtime.options(__doc__)
    parser.add_argument("--codes", type=Path, required=True)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--durations", type=Path, required=True)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    device = runtime.pick_device(arguments.threads)
    data = build(arguments.corpus)
    torch.manual_seed(4)
    decoder, durations = Decoder(dropout=DROPOUT).to(device), Durations().eval().requires_grad_(requires_grad=False)
    durations.load_state_dict(runtime.checkpoint(arguments.durations)["durations"])
    trainer = Trainer({"decoder": decoder}, arguments.out, RECIPE, arguments.minutes, device)
    trainer.start_from(arguments.start_from, "decoder")
    material = Material(data, codes.load(arguments.codes), Voices.load(arguments.voices, data))
    train(material, decoder, durations, trainer)


if __name__ == "__main__":
    main()
