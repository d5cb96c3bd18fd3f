"""Train the codec: code encoder and vocoder together, by spectra. `stages.vocoder` goes on from there.

The loss is spectral at three resolutions plus mel. The pulses follow the pitch that was said, the network sees only the
digits, so high harmonics can be matched and the digits suffice at run time. Who speaks is told by other lines of the speaker
(`data.voices`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.tiny.layout import CODE_SAMPLES, CONTENT_LEVELS, FRAMES_PER_CODE, HOP
from oncue.model.tiny.melody import CODE_FEATURES
from oncue.model.training.data.dataset import Dataset, Prepared, build
from oncue.model.training.data.encoded import Encoded
from oncue.model.training.data.voices import Voices
from oncue.model.training.networks import synth
from oncue.model.training.networks.encoders import CodeEncoder, LogMel, mel_matrix
from oncue.model.training.networks.frames import framed
from oncue.model.training.networks.vocoder import Vocoder, VocoderInput, octaves_of
from oncue.model.training.stages import runtime
from oncue.model.training.stages.trainer import Recipe, Trainer

CROP_CODES = 32
CONTEXT_CODES = 4
"""Codes at the head of a crop that only warm the causal network up."""
BEGINNINGS = 0.3
"""Share of batches that are beginnings of lines, where there is nothing before: every segment of a line is one."""
RECIPE = Recipe(1.5e-3, (0.8, 0.98), 0.01, 5.0)
JITTER = 0.1
"""Share of digits moved by one level, so that the vocoder forgives a decoder's small errors."""
WARP = 0.12
"""How far, in natural log, the encoder's frequencies are moved."""


@dataclass(frozen=True, slots=True)
class CodecBatch:
    """Crops of the same length."""

    pcm: Tensor  # [batch, CROP_CODES * CODE_SAMPLES]
    frame_phones: Tensor  # [batch, frames]
    log_f0: Tensor  # [batch, frames], as it was: the pulses follow it
    told_log_f0: Tensor  # [batch, frames], as the pitch digits tell it: the network knows no more when it serves
    told_voiced: Tensor  # [batch, frames]
    pitch: Tensor  # [batch, codes, NUM_PITCH]
    phones: Tensor  # [batch, codes, 3]
    tones: Tensor
    advance: Tensor
    dwell: Tensor
    voice: Tensor  # [batch, VOICE_DIM]
    emotion: Tensor  # [batch, NUM_EMOTIONS]
    scale: Tensor  # [batch], of the pitch
    begins: bool = field(kw_only=True)
    """Whether lines begin here: what is before is silence, and not merely unknown."""
    content: Tensor | None = field(kw_only=True, default=None)
    """Content that no longer changes, in [-1, 1], [batch, codes, NUM_CONTENT]; None where the encoder still learns."""


class Codec(nn.Module):
    """The two networks and the fixed synthesis."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = LogMel()
        self.encoder = CodeEncoder()
        self.vocoder = Vocoder()
        self.synth = synth.Filterbank()

    def forward(self, batch: CodecBatch, jitter: float, late: int = 0) -> Tensor:
        """Resynthesised samples, aligned with `batch.pcm` from sample `late` (less than HOP) on but DELAY samples late:
        frames lie where a stretched line's do, between two of the codes' own.
        """
        if batch.content is None:
            values, _ = self.encoder(warped(self.mel(batch.pcm)), batch.frame_phones)
        else:
            values = batch.content
        values = values + jitter_of(values, jitter)
        emotion = batch.emotion.unsqueeze(1).expand(-1, batch.dwell.shape[1], -1)
        inputs = VocoderInput(features(batch, values), batch.phones, batch.tones, batch.advance, emotion)
        films = self.vocoder.films(batch.voice)
        latents, _ = self.vocoder.latents(inputs, films)
        latents, told, voiced, log_f0 = (
            between(x, late / HOP) for x in (latents, batch.told_log_f0, batch.told_voiced, batch.log_f0)
        )
        parts, _ = self.vocoder.sound(latents, told, voiced, films)
        white = torch.randn(len(log_f0), log_f0.shape[1] * HOP, device=batch.pcm.device)
        state = synth.start(log_f0[:, 0], torch.rand(len(log_f0), device=batch.pcm.device))
        out: Tensor = self.synth(parts.float(), log_f0, white, state)[0]
        return out


def between(x: Tensor, share: float) -> Tensor:
    """x [batch, frames, ...] read `share` of a frame later, [batch, frames - 1, ...]."""
    return x[:, :-1] + share * (x[:, 1:] - x[:, :-1])


def warped(mel: Tensor) -> Tensor:
    """Every row of mel [batch, frames, bands] as if its speaker's vocal tract were longer or shorter.

    What comes out again is the speaker as he was, from his vector: so the codes need not tell who speaks
    (information perturbation, Choi et al. 2021, "Neural Analysis and Synthesis").
    """
    bands = mel.shape[2]
    factor = torch.exp(torch.empty(len(mel), 1, device=mel.device).uniform_(-WARP, WARP))
    where = (torch.arange(bands, device=mel.device) * factor).clamp(max=bands - 1)  # [batch, bands]
    low = where.long().clamp(max=bands - 2)
    share = (where - low).unsqueeze(1)
    below, above = (mel.gather(2, at.unsqueeze(1).expand_as(mel)) for at in (low, low + 1))
    return below + share * (above - below)


def jitter_of(values: Tensor, share: float) -> Tensor:
    """Move a share of digits by one level, so that the vocoder forgives a decoder's small errors."""
    moved = (torch.rand_like(values) < share).float() * torch.where(torch.rand_like(values) < 0.5, -1.0, 1.0)
    step = 2 / (CONTENT_LEVELS - 1)
    return (values + moved * step).clamp(-1, 1).detach() - values.detach()


def features(batch: CodecBatch, values: Tensor) -> Tensor:
    """The vocoder's features with differentiable content."""
    voiced, octaves = (batch.pitch > 0).float(), octaves_of(batch.pitch, batch.scale.view(-1, 1, 1))
    out = torch.cat([values, octaves, voiced, torch.log1p(batch.dwell.float()).unsqueeze(-1)], dim=-1)
    assert out.shape[-1] == CODE_FEATURES
    return out


class SpectralLoss(nn.Module):
    """At three resolutions L1 of log magnitude and of magnitude against the mean (spectral convergence), and L1 of log mel."""

    table: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.sizes = (1200, 480, 160)
        self.reach = 3 * self.sizes[0] // 4
        """Samples of silence before a beginning that let a window see its first sample as well as any other."""
        for size in self.sizes:
            self.register_buffer(f"window{size}", torch.hann_window(size), persistent=False)
        self.register_buffer("table", mel_matrix(601, 80), persistent=False)

    def forward(self, made: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Samples [batch, time] -> the loss and its mel part."""
        total = made.new_zeros(())
        mel = made.new_zeros(())
        for size in self.sizes:
            power = self._power(made, size)
            with torch.no_grad():
                wanted = self._power(target, size)
            total = total + 0.5 * (power.log() - wanted.log()).abs().mean()
            size_of, wanted_size = power.sqrt(), wanted.sqrt()
            total = total + 0.5 * (size_of - wanted_size).abs().mean() / wanted_size.mean()
            if size == self.sizes[0]:
                mel = (torch.log(power @ self.table + 1e-4) - torch.log(wanted @ self.table + 1e-4)).abs().mean()
        return total / len(self.sizes) + mel, mel

    def _power(self, x: Tensor, size: int) -> Tensor:
        """Power spectra [batch, frames, bins] with a floor."""
        spectrum = torch.view_as_real(torch.fft.rfft(framed(x, size, size // 4) * getattr(self, f"window{size}")))
        return spectrum.square().sum(-1) + 1e-7 * size


class Sampler:
    """Random crops with what is known of the same speaker from other lines; deterministic from its seed."""

    def __init__(self, data: Dataset, voices: Voices, seed: int, encoded: Encoded | None = None) -> None:
        self._data, self._voices, self._encoded = data, voices, encoded
        self._rng = np.random.default_rng(seed)
        self._pool = np.array([i for i in data.training if data.items[i].codes > CROP_CODES])

    def batch(self, size: int, device: torch.device) -> CodecBatch:
        """`size` crops, all from the beginnings of lines or all from anywhere."""
        begins = bool(self._rng.random() < BEGINNINGS)
        chosen = self._rng.choice(self._pool, size)
        firsts = [
            0 if begins else int(self._rng.integers(0, self._data.items[i].codes - CROP_CODES + 1)) for i in chosen
        ]
        rows = [self._row(self._data.items[i], first) for i, first in zip(chosen, firsts, strict=True)]
        columns = [torch.from_numpy(np.stack(column)).to(device) for column in zip(*rows, strict=True)]
        if self._encoded is None:
            return CodecBatch(*columns, begins=begins)
        known = [self._encoded.digits(i)[first : first + CROP_CODES] for i, first in zip(chosen, firsts, strict=True)]
        content = torch.from_numpy(np.stack(known)).float().to(device) * (2 / (CONTENT_LEVELS - 1)) - 1
        return CodecBatch(*columns, begins=begins, content=content)

    def _row(self, item: Prepared, first: int) -> tuple[NDArray[np.generic], ...]:
        codes = slice(first, first + CROP_CODES)
        frames = slice(first * FRAMES_PER_CODE, (first + CROP_CODES) * FRAMES_PER_CODE)
        pcm = item.audio[first * CODE_SAMPLES : (first + CROP_CODES) * CODE_SAMPLES].astype(np.float32) / 32768
        cond = conditions(item)
        return (
            pcm,
            item.phones[item.aligned.frame_unit[frames]],
            item.log_f0[frames],
            item.told_log_f0[frames],
            item.told_voiced[frames],
            item.pitch[codes],
            cond.phones[codes],
            cond.tones[codes],
            item.aligned.advance[codes],
            item.aligned.dwell[codes],
            self._voices.of(item.speaker, self._rng),
            item.feeling,
            np.array(item.pitch_scale, np.float32),
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the script says at each code."""

    phones: NDArray[np.int64]  # [codes, 3]
    tones: NDArray[np.int64]  # [codes]


def conditions(item: Prepared) -> Conditions:
    """The units before, at and after the pointer; zero beyond the ends."""
    padded = np.pad(item.phones, 1)
    at = item.aligned.pointer
    return Conditions(np.stack([padded[at], padded[at + 1], padded[at + 2]], axis=1), item.tones[at])


def heard(codec: Codec, batch: CodecBatch, jitter: float, reach: int) -> tuple[Tensor, Tensor]:
    """What the codec makes and what it should: the crop without its warm-up or, where lines begin, `reach` samples of
    the silence before them too. Frames lie anywhere between those of the codes, as they do when a line is served.
    """
    late = int(torch.randint(0, HOP, ()))
    made = codec(batch, jitter, late)
    wanted = F.pad(batch.pcm, (synth.DELAY, 0))[:, late : late + made.shape[1]]
    if batch.begins:
        return F.pad(made, (reach, 0)), F.pad(wanted, (reach, 0))
    skip = CONTEXT_CODES * CODE_SAMPLES + synth.DELAY
    return made[:, skip:], wanted[:, skip:]


def train(data: Dataset, voices: Voices, codec: Codec, trainer: Trainer, batch: int) -> None:
    """Train encoder and vocoder together until the budget is used."""
    device = next(codec.parameters()).device
    criterion, sampler = SpectralLoss().to(device), Sampler(data, voices, 1000 + trainer.step)
    for _ in trainer:
        loss, mel = criterion(*heard(codec, sampler.batch(batch, device), JITTER, criterion.reach))
        trainer.learn(loss, {"loss": loss, "mel": mel})


def main() -> None:
    """Command line of this stage."""
    parser = runtime.options(__doc__)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=6)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    device = runtime.pick_device(arguments.threads)
    torch.manual_seed(1)
    codec = Codec().to(device)
    trainer = Trainer({"codec": codec}, arguments.out, RECIPE, arguments.minutes, device)
    trainer.start_from(arguments.start_from, "codec")
    data = build(arguments.corpus)
    train(data, Voices.load(arguments.voices, data), codec, trainer, arguments.batch)


if __name__ == "__main__":
    main()
