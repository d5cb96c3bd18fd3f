"""Train the codec: code encoder, voice encoder and vocoder together, then the vocoder alone on frozen codes.

The loss is spectral at two resolutions plus mel; there is no discriminator. The pulses follow the true
pitch of the target, the network sees only the digits, so high harmonics can be matched and the digits
suffice at run time.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.tiny import synth
from model.tiny.encoders import CodeEncoder, LogMel, VoiceEncoder, mel_matrix
from model.tiny.layout import CODE_SAMPLES, CONTENT_LEVELS, FRAMES_PER_CODE, PITCH_CENTRE, PITCH_STEP
from model.tiny.vocoder import CODE_FEATURES, Vocoder, VocoderInput
from model.training import runtime
from model.training.dataset import Dataset, Prepared, build

CROP_CODES = 32
CONTEXT_CODES = 4
"""Codes at the head of a crop that only warm the causal network up."""
REFERENCE_SAMPLES = 2 * 24_000


@dataclass(frozen=True, slots=True)
class CodecBatch:
    """Crops of the same length."""

    pcm: Tensor  # [batch, CROP_CODES * CODE_SAMPLES]
    frame_phones: Tensor  # [batch, frames]
    log_f0: Tensor  # [batch, frames]
    pitch: Tensor  # [batch, codes, NUM_PITCH]
    phones: Tensor  # [batch, codes, 3]
    tones: Tensor
    advance: Tensor
    dwell: Tensor
    reference: Tensor  # [batch, REFERENCE_SAMPLES]


class Codec(nn.Module):
    """The three networks and the fixed synthesis."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = LogMel()
        self.encoder = CodeEncoder()
        self.voice = VoiceEncoder()
        self.vocoder = Vocoder()
        self.synth = synth.Filterbank()

    def forward(self, batch: CodecBatch, jitter: float) -> Tensor:
        """Resynthesised samples, aligned with `batch.pcm` but DELAY samples late."""
        bf16 = torch.autocast(batch.pcm.device.type, torch.bfloat16)
        mel = self.mel(batch.pcm)
        reference = self.mel(batch.reference)
        with bf16:
            values, _ = self.encoder(mel, batch.frame_phones)
            voice = self.voice(reference)
            values = values + jitter_of(values, jitter)
            inputs = VocoderInput(features(batch, values), batch.phones, batch.tones, batch.advance)
            pulse, noise, _ = self.vocoder(inputs, voice)
        white = torch.randn_like(batch.pcm)
        state = synth.start(batch.log_f0[:, 0], torch.rand(len(batch.pcm), device=batch.pcm.device))
        out: Tensor = self.synth(pulse, noise, batch.log_f0, white, state)[0]
        return out


def jitter_of(values: Tensor, share: float) -> Tensor:
    """Move a share of digits by one level, so that the vocoder forgives a decoder's small errors."""
    moved = (torch.rand_like(values) < share).float() * torch.where(torch.rand_like(values) < 0.5, -1.0, 1.0)
    step = 2 / (CONTENT_LEVELS - 1)
    return (values + moved * step).clamp(-1, 1).detach() - values.detach()


def features(batch: CodecBatch, values: Tensor) -> Tensor:
    """The vocoder's features with differentiable content."""
    voiced = (batch.pitch > 0).float()
    octaves = (batch.pitch - PITCH_CENTRE).float() * (PITCH_STEP / 0.6931471805599453) * voiced
    out = torch.cat([values, octaves, voiced, torch.log1p(batch.dwell.float()).unsqueeze(-1)], dim=-1)
    assert out.shape[-1] == CODE_FEATURES
    return out


class SpectralLoss(nn.Module):
    """L1 of log power at two resolutions and of log mel."""

    table: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.sizes = (1024, 320)
        for size in self.sizes:
            self.register_buffer(f"window{size}", torch.hann_window(size), persistent=False)
        self.register_buffer("table", mel_matrix(513, 80), persistent=False)

    def forward(self, made: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Samples [batch, time] -> the loss and its mel part."""
        total = made.new_zeros(())
        mel = made.new_zeros(())
        for size in self.sizes:
            power = self._power(made, size)
            with torch.no_grad():
                wanted = self._power(target, size)
            total = total + (power.log() - wanted.log()).abs().mean()
            if size == 1024:
                mel = (torch.log(power @ self.table + 1e-4) - torch.log(wanted @ self.table + 1e-4)).abs().mean()
        return 0.7 * total / len(self.sizes) + 2 * mel, mel

    def _power(self, x: Tensor, size: int) -> Tensor:
        """Power spectra [batch, frames, bins] with a floor."""
        spectrum = torch.view_as_real(torch.fft.rfft(_frames(x, size) * getattr(self, f"window{size}")))
        return spectrum.square().sum(-1) + 1e-6 * size


def _frames(x: Tensor, size: int) -> Tensor:
    """x [batch, time] -> [batch, frames, size], a quarter apart; slices, because the backward of an unfold is slow."""
    hop = size // 4
    blocks = x[:, : x.shape[1] // hop * hop].view(len(x), -1, hop)
    frames = blocks.shape[1] - 3
    return torch.cat([blocks[:, part : part + frames] for part in range(4)], dim=-1)


class Sampler:
    """Random crops with a reference of the same speaker; deterministic from its seed."""

    def __init__(self, data: Dataset, seed: int, indices: NDArray[np.int64] | None = None) -> None:
        self._data = data
        self._rng = np.random.default_rng(seed)
        pool = data.training if indices is None else indices
        self._pool = np.array([i for i in pool if data.items[i].codes > CROP_CODES])

    def batch(self, size: int, device: torch.device) -> CodecBatch:
        """`size` crops."""
        rows = [self._row(self._data.items[i]) for i in self._rng.choice(self._pool, size)]
        columns = [torch.from_numpy(np.stack(column)).to(device) for column in zip(*rows, strict=True)]
        return CodecBatch(*columns)

    def _row(self, item: Prepared) -> tuple[NDArray[np.generic], ...]:
        first = int(self._rng.integers(0, item.codes - CROP_CODES + 1))
        codes = slice(first, first + CROP_CODES)
        frames = slice(first * FRAMES_PER_CODE, (first + CROP_CODES) * FRAMES_PER_CODE)
        pcm = item.audio[first * CODE_SAMPLES : (first + CROP_CODES) * CODE_SAMPLES].astype(np.float32) / 32768
        cond = conditions(item)
        same = self._data.by_speaker[item.speaker]
        other = self._data.items[int(self._rng.choice(same))].audio
        return (
            pcm,
            item.phones[item.aligned.frame_unit[frames]],
            item.log_f0[frames],
            item.pitch[codes],
            cond.phones[codes],
            cond.tones[codes],
            item.aligned.advance[codes],
            item.aligned.dwell[codes],
            self._clip(other),
        )

    def _clip(self, audio: NDArray[np.int16]) -> NDArray[np.float32]:
        start = int(self._rng.integers(0, max(1, len(audio) - REFERENCE_SAMPLES)))
        clip = audio[start : start + REFERENCE_SAMPLES].astype(np.float32) / 32768
        return np.pad(clip, (0, REFERENCE_SAMPLES - len(clip)), mode="wrap")


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


def loss_of(codec: Codec, criterion: SpectralLoss, batch: CodecBatch, jitter: float) -> tuple[Tensor, Tensor]:
    """Spectral loss over the crop without its warm-up and without the delay."""
    made = codec(batch, jitter)
    skip = CONTEXT_CODES * CODE_SAMPLES
    out: tuple[Tensor, Tensor] = criterion(
        made[:, skip + synth.DELAY :], batch.pcm[:, skip : batch.pcm.shape[1] - synth.DELAY]
    )
    return out


def train(data: Dataset, path: Path, minutes: float, threads: int, batch_size: int, start_from: Path | None) -> None:
    """Train until the budget is used; with `start_from` the codes of that checkpoint stay frozen."""
    device = runtime.pick_device(threads)
    torch.manual_seed(1)
    codec, criterion = Codec().to(device), SpectralLoss().to(device)
    state = runtime.load_checkpoint(path, device)
    if state is None and start_from is not None:
        first = runtime.load_checkpoint(start_from, device)
        assert first is not None, "the checkpoint to start from does not exist"
        codec.load_state_dict(first["codec"])
    if start_from is not None:
        codec.encoder.requires_grad_(False)
    trainable = [p for p in codec.parameters() if p.requires_grad]
    peak = 1.6e-3 if start_from is None else 1.4e-3
    optimiser = torch.optim.AdamW(trainable, peak, betas=(0.8, 0.98), weight_decay=0.01, fused=True)
    step, spent = 0, 0.0
    if state is not None:
        codec.load_state_dict(state["codec"])
        runtime.restore(optimiser, state["optimiser"])
        step, spent = int(state["step"]), float(state["spent_s"])
    budget = runtime.Budget(minutes * 60, spent, time.monotonic())
    progress, sampler = runtime.Progress(path.stem, budget), Sampler(data, 1000 + step)
    saved = time.monotonic()
    while budget.progress < 1:
        for group in optimiser.param_groups:
            group["lr"] = peak * runtime.trapezoid(budget.progress)
        jitter = 0.04 if start_from is not None else 0.0
        loss, mel = loss_of(codec, criterion, sampler.batch(batch_size, device), jitter)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trainable, 5.0)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        progress.update(step, {"loss": float(loss.detach()), "mel": float(mel.detach()), "norm": float(norm)})
        if time.monotonic() - saved > 120 or budget.progress >= 1:
            saved = time.monotonic()
            runtime.save_checkpoint(
                path,
                {
                    "codec": codec.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step,
                    "spent_s": budget.used_s,
                },
            )


def main() -> None:
    """Command line of one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--freeze-codes-of", type=Path)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    data = build(arguments.corpus)
    train(data, arguments.out, arguments.minutes, arguments.threads, arguments.batch, arguments.freeze_codes_of)


if __name__ == "__main__":
    main()
