"""The synthesis of `oncue.model.tiny.synth` in torch, for whole batches and with gradients: what the vocoder learns through."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oncue.model.tiny.layout import HOP, SAMPLE_RATE
from oncue.model.tiny.synth import BINS, DELAY, FRAME, LOUDEST, PARTS

__all__ = ["BINS", "DELAY", "FRAME", "PARTS", "Filterbank", "SynthState", "pulse_train", "start"]


@dataclass(frozen=True, slots=True)
class SynthState:
    """What crosses from one frame to the next."""

    phase: Tensor  # [batch], cycles, double
    log_f0: Tensor  # [batch], at the last right edge
    pulses: Tensor  # [batch, FRAME - HOP], excitation already made
    noise: Tensor  # [batch, FRAME - HOP]
    tail: Tensor  # [batch, FRAME - HOP], output still missing later frames


def start(log_f0: Tensor, phase: Tensor | None = None) -> SynthState:
    """A fresh state for rows whose first log F0 is given [batch]."""
    empty = log_f0.new_zeros(log_f0.shape[0], FRAME - HOP)
    return SynthState(
        torch.zeros_like(log_f0).double() if phase is None else phase.double(), log_f0, empty, empty, empty
    )


def pulse_train(log_f0: Tensor, state: SynthState) -> tuple[Tensor, Tensor]:
    """Band-limited pulses of unit power density, [batch, frames * HOP], and the last phase.

    The closed form of sum_{k<=K} cos(k phi) is the Dirichlet kernel; K follows the pitch up to Nyquist.
    """
    before = torch.cat([state.log_f0.unsqueeze(1), log_f0[:, :-1]], dim=1)  # [batch, frames]
    ramp = torch.arange(1, HOP + 1, device=log_f0.device) / HOP
    f0 = torch.exp(before.unsqueeze(2) + (log_f0 - before).unsqueeze(2) * ramp).flatten(1)  # [batch, samples]
    # Double precision: an error of 1e-7 cycles is a hundred times larger at the hundredth harmonic.
    cycles = torch.cumsum(f0.double() / SAMPLE_RATE, dim=1) + state.phase.unsqueeze(1)
    angle = (torch.remainder(cycles, 1.0) * (2 * math.pi)).float()
    harmonics = torch.floor(0.48 * SAMPLE_RATE / f0)
    half = torch.sin(angle / 2)
    near = half.abs() < 1e-4
    ratio = torch.sin((harmonics + 0.5) * angle) / torch.where(near, torch.ones_like(half), half)
    total = 0.5 * torch.where(near, 2 * harmonics + 1, ratio) - 0.5
    pulses = total * torch.sqrt(4 * f0 / SAMPLE_RATE)
    return pulses, torch.remainder(cycles[:, -1], 1.0)


class Filterbank(nn.Module):
    """Fixed tensors of the synthesis: its windows."""

    window: Tensor
    norm: Tensor
    fold: Tensor

    def __init__(self) -> None:
        super().__init__()
        window = torch.hann_window(FRAME, periodic=True)
        self.register_buffer("window", window, persistent=False)
        cola = (window**2).view(FRAME // HOP, HOP).sum(0).repeat(FRAME // HOP)
        self.register_buffer("norm", window / cola, persistent=False)
        fold = torch.zeros(FRAME)
        fold[0] = 1
        fold[1 : FRAME // 2] = 2
        fold[FRAME // 2] = 1
        self.register_buffer("fold", fold, persistent=False)

    def forward(self, parts: Tensor, log_f0: Tensor, noise: Tensor, state: SynthState) -> tuple[Tensor, SynthState]:
        """What the network says of each frame [batch, frames, PARTS], log F0 [batch, frames], white noise
        [batch, frames * HOP] -> samples [batch, frames * HOP] (DELAY late) and the state after them.
        """
        frames = log_f0.shape[1]
        pulses, phase = pulse_train(log_f0, state)
        pulses = torch.cat([state.pulses, pulses], dim=1)
        noise = torch.cat([state.noise, noise], dim=1)
        pulse_gain, turn, noise_gain, free_gain, free_turn = parts.unflatten(2, (5, BINS)).unbind(2)
        voice = torch.fft.rfft(pulses.unfold(1, FRAME, HOP) * self.window)
        breath = torch.fft.rfft(noise.unfold(1, FRAME, HOP) * self.window)
        pulse_gain = pulse_gain.clamp(max=LOUDEST)
        angle = self._minimum_phase(pulse_gain) + math.pi * torch.tanh(turn)
        spectrum = (
            voice * _complex(pulse_gain, angle)
            + breath * torch.exp(noise_gain.clamp(max=LOUDEST))
            + _complex(free_gain.clamp(max=LOUDEST + 2), free_turn)
        )
        pieces = torch.fft.irfft(spectrum, FRAME) * self.norm  # [batch, frames, FRAME]
        out = _overlap_add(pieces, state.tail)
        done = frames * HOP
        keep = FRAME - HOP
        after = SynthState(phase, log_f0[:, -1], pulses[:, -keep:], noise[:, -keep:], out[:, done:])
        return out[:, :done], after

    def _minimum_phase(self, log_gain: Tensor) -> Tensor:
        """The phase of the minimum-phase filter with these log magnitudes [..., BINS]."""
        return torch.fft.rfft(torch.fft.irfft(log_gain, FRAME) * self.fold).imag


def _complex(log_size: Tensor, angle: Tensor) -> Tensor:
    size = torch.exp(log_size)  # the library's complex exp is a hundred times slower
    return torch.complex(size * torch.cos(angle), size * torch.sin(angle))


def _overlap_add(pieces: Tensor, tail: Tensor) -> Tensor:
    """Pieces [batch, frames, FRAME] one HOP apart, added over the tail -> [batch, (frames + 2) * HOP]."""
    batch, frames, _ = pieces.shape
    parts = FRAME // HOP
    out = pieces.new_zeros(batch, frames + parts - 1, HOP)
    out[:, : parts - 1] = tail.view(batch, parts - 1, HOP)
    blocks = pieces.view(batch, frames, parts, HOP)
    for part in range(parts):
        out[:, part : part + frames] = out[:, part : part + frames] + blocks[:, :, part]
    return out.flatten(1)
