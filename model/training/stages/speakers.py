"""Train the reference encoder to tell voices apart, and keep the vectors of every teacher voice.

Two clips of each of a few voices, in different styles, must find each other by their angle (`pairs`). What is left
of the style is taken out by an emotion classifier behind a gradient reversal (Ganin & Lempitsky 2015), and at the end,
as far as it is linear, by a projection (`erasure`) that becomes part of the last layer. Noise, reverberation, narrow
bands and speed are put on in the mel domain. Everything after this stage sees voices only as these vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.tiny.encoders import LogMel, VoiceEncoder, levelled, log_mel
from oncue.model.tiny.layout import NUM_EMOTIONS, SAMPLE_RATE, VOICE_DIM
from oncue.model.training.data.buckets import WIDTH
from oncue.model.training.data.dataset import Dataset, as_float, build
from oncue.model.training.data.pairs import PLAIN, Pairs, contrast, style_of
from oncue.model.training.stages import runtime
from oncue.model.training.stages.erasure import by_group, eraser
from oncue.model.training.stages.reversal import reverse_gradient
from oncue.model.training.stages.trainer import Recipe, Trainer

RECIPE = Recipe(1.5e-3, (0.9, 0.98), 0.02, 2.0)
REVERSAL = 1.0
VOICES_PER_SPEAKER = 6
REFERENCE_S = 4.0
_CROP_S = (1.2, 2.0)
_SMOOTHING = 0.1
_ERASED_CLIPS, _ERASED_CLIP_S = 14_000, 2.5
_ERASED_AXES = 2
"""A style is written differently in a high and a low voice: so many of the ways in which voices differ count."""


class Speakers(nn.Module):
    """The encoder that is shipped, and the scale and the head that only training needs."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = LogMel()
        self.voice = VoiceEncoder()
        self.log_scale = nn.Parameter(torch.tensor(2.5))
        self.emotion = nn.Sequential(nn.Linear(VOICE_DIM, 256), nn.GELU(), nn.Linear(256, NUM_EMOTIONS + 1))

    def losses(self, mel: Tensor, emotion: Tensor, reversal: float) -> tuple[Tensor, Tensor]:
        """Loss of the pairs (row i and row i + half), and of the emotion classifier behind the reversal."""
        vector = self.voice(mel)
        told = self.emotion(reverse_gradient(vector, reversal))
        found = contrast(F.normalize(vector, dim=-1), self.log_scale.exp())
        return found, F.cross_entropy(told, emotion, label_smoothing=_SMOOTHING)


@dataclass(frozen=True, slots=True)
class SpeakerBatch:
    """Clips of the same length, one half the voices of the other in the same order, and their emotions."""

    pcm: Tensor
    emotion: Tensor


class Sampler:
    """Random stretches of the lines of `Pairs`."""

    def __init__(self, data: Dataset, seed: int) -> None:
        self._data = data
        self._rng = np.random.default_rng(seed)
        self._pairs = Pairs(data, self._rng)

    def batch(self) -> SpeakerBatch:
        """Two clips of each voice."""
        length = int(self._rng.uniform(*_CROP_S) * SAMPLE_RATE) // 480 * 480
        items = [self._data.items[line] for lines in self._pairs.draw() for line in lines]
        clips = np.stack([clip_of(item.audio, length, self._rng) for item in items])
        return SpeakerBatch(torch.from_numpy(clips), torch.tensor([style_of(item) for item in items]))


def clip_of(audio: NDArray[np.int16], length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A random stretch of `length` samples, gone round when the line is shorter."""
    start = int(rng.integers(0, max(1, len(audio) - length)))
    clip = as_float(audio[start : start + length])
    return np.pad(clip, (0, length - len(clip)), mode="wrap")


def degrade(mel: Tensor, generator: torch.Generator) -> Tensor:
    """`roughen`, and another speed: log-mel [batch, frames, bands] with more or fewer frames, of few lengths (see `buckets`)."""
    speed = float(torch.rand(1, generator=generator)) * 0.3 + 0.85
    frames = max(1, round(mel.shape[1] / speed / WIDTH)) * WIDTH
    out = roughen(mel, generator)
    return F.interpolate(out.transpose(1, 2), size=frames, mode="linear").transpose(1, 2)


def roughen(mel: Tensor, generator: torch.Generator) -> Tensor:
    """Level, noise, reverberation and narrow band on log-mel [batch, frames, bands], each on a share of rows."""
    batch, _, bands = mel.shape

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(batch, 1, 1, generator=generator) * (high - low) + low

    def share(of: float) -> Tensor:
        return torch.rand(batch, 1, 1, generator=generator) < of

    power = torch.exp(2.3 * (mel + uniform(-0.15, 0.15)))
    tail, reverberant = uniform(0.5, 0.85), power
    for delay in (1, 2, 4, 8):
        late = F.pad(power[:, :-delay], (0, 0, delay, 0))
        reverberant = reverberant + late * tail.pow(delay + 2)
    power = torch.where(share(0.25), reverberant, power)
    hiss = torch.randn(mel.shape, generator=generator).mul(0.5).exp()
    power = torch.where(share(0.5), power + torch.exp(2.3 * uniform(-4.5, -1.8)) * hiss, power)
    cut = uniform(0.62, 1.0) * bands
    narrow = (torch.arange(bands).view(1, 1, -1) > cut) & share(0.25)
    power = torch.where(narrow, torch.full_like(power, 1e-5), power)
    return log_mel(power)


def vectors(data: Dataset, network: Speakers, count: int = VOICES_PER_SPEAKER) -> NDArray[np.float32]:
    """Vectors [speakers, count, VOICE_DIM] of clips of each speaker, held-out ones too; zeros for one without lines."""
    rng = np.random.default_rng(5)
    own: dict[int, list[int]] = {}
    for index, item in enumerate(data.items):
        own.setdefault(item.speaker, []).append(index)
    out = np.zeros((len(data.mean_log_f0), count, VOICE_DIM), np.float32)
    length = int(REFERENCE_S * SAMPLE_RATE)
    for speaker, lines in own.items():
        clips = np.stack([_reference(data, lines, length, rng) for _ in range(count)])
        with torch.inference_mode():
            out[speaker] = network.voice(network.mel(levelled(torch.from_numpy(clips)))).numpy()
    return out


def _reference(data: Dataset, lines: list[int], length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    joined = np.concatenate([data.items[int(rng.choice(lines))].audio for _ in range(2)])
    return clip_of(joined, length, rng)


def recognised(found: NDArray[np.float32], speakers: list[int]) -> float:
    """Share of clips whose nearest other clip among all of `speakers` is of the same one (chance: one in many)."""
    rows = found[speakers].reshape(-1, VOICE_DIM)
    rows = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)
    labels = np.repeat(np.arange(len(speakers)), found.shape[1])
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -2)
    return float((labels[likeness.argmax(1)] == labels).mean())


def erase(data: Dataset, network: Speakers, count: int = _ERASED_CLIPS) -> None:
    """Make the last layer project out what linearly tells a line's style from the other styles of its voice."""
    rng = np.random.default_rng(17)
    items = [data.items[int(i)] for i in rng.choice(data.training, min(count, len(data.training)), replace=False)]
    length, found = int(_ERASED_CLIP_S * SAMPLE_RATE), []
    for first in range(0, len(items), 64):
        clips = np.stack([clip_of(item.audio, length, rng) for item in items[first : first + 64]])
        with torch.inference_mode():
            found.append(network.voice.unscaled(network.mel(levelled(torch.from_numpy(clips)))).numpy())
    styles = np.eye(PLAIN + 1)[[style_of(item) for item in items]]
    heard, speakers = np.concatenate(found), np.array([item.speaker for item in items])
    erased = eraser(heard, by_group(heard, styles, speakers, _ERASED_AXES), speakers)
    leave = network.voice.leave
    with torch.no_grad():
        weight, bias = leave.weight.double().numpy(), leave.bias.double().numpy()
        leave.weight.copy_(torch.from_numpy(erased.keep @ weight))
        leave.bias.copy_(torch.from_numpy(erased(bias)))


def train(data: Dataset, network: Speakers, trainer: Trainer, reversal: float) -> None:
    """Train until the budget is used; the gradient of the emotion classifier comes back times `-reversal` at most."""
    sampler, generator = Sampler(data, trainer.step), torch.Generator().manual_seed(21 + trainer.step)
    for progress in trainer:
        batch = sampler.batch()
        with torch.no_grad():
            mel = degrade(network.mel(levelled(batch.pcm)), generator)
        with torch.autocast("cpu", torch.bfloat16):
            found, felt = network.losses(mel, batch.emotion, reversal * min(1.0, 3 * progress))
        trainer.learn(found + felt, {"speaker": found, "emotion": felt})


def main() -> None:
    """Command line of this stage."""
    parser = runtime.options(__doc__)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument(
        "--reversal", type=float, default=REVERSAL, help="0 leaves the style in the vector, the linear part too"
    )
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    data = build(arguments.corpus)
    torch.manual_seed(6)
    network = Speakers()
    trainer = Trainer({"speakers": network}, arguments.out, RECIPE, arguments.minutes, torch.device("cpu"))
    trainer.start_from(arguments.start_from, "speakers")
    train(data, network, trainer, arguments.reversal)
    network.eval()
    if arguments.reversal > 0:
        erase(data, network)
        trainer.save(arguments.out)
    found = vectors(data, network)
    np.save(arguments.vectors, found)
    held = sorted({data.items[i].speaker for i in data.validation} - {data.items[i].speaker for i in data.training})
    print(f"[speakers] {len(held)} voices never heard: {recognised(found, held):.3f} of clips are nearest to their own")


if __name__ == "__main__":
    main()
