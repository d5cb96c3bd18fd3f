from __future__ import annotations

import numpy as np
import torch

from oncue.model.tiny import synth
from oncue.model.tiny.layout import HOP, SAMPLE_RATE


def flat(frames: int, f0_hz: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    quiet = torch.full((1, frames, synth.NOISE_BANDS), -30.0)
    return torch.zeros(1, frames, synth.BINS), quiet, torch.full((1, frames), float(np.log(f0_hz)))


def test_pulses_repeat_at_the_pitch() -> None:
    _, _, log_f0 = flat(50, 200.0)
    pulses, _ = synth.pulse_train(log_f0, synth.start(log_f0[:, 0]))
    spectrum = np.abs(np.fft.rfft(pulses[0].numpy()))
    peaks = np.flatnonzero(spectrum > spectrum.max() / 2) * SAMPLE_RATE / pulses.shape[1]
    assert np.allclose(peaks % 200, 0)
    assert len(peaks) > 40


def test_any_split_of_frames_gives_the_same_samples() -> None:
    bank, (pulse, noise, log_f0) = synth.Filterbank(), flat(24, 130.0)
    white = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 24 * HOP)).astype(np.float32))
    noise = noise + 25
    whole, _ = bank(pulse, noise, log_f0, white, synth.start(log_f0[:, 0]))
    state, parts, first = synth.start(log_f0[:, 0]), [], 0
    for size in (1, 2, 7, 14):
        a, b = slice(first, first + size), slice(first * HOP, (first + size) * HOP)
        part, state = bank(pulse[:, a], noise[:, a], log_f0[:, a], white[:, b], state)
        parts.append(part)
        first += size
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5 * float(whole.abs().max()))


def test_a_flat_filter_passes_noise_unchanged_but_late() -> None:
    bank, (pulse, noise, log_f0) = synth.Filterbank(), flat(20, 100.0)
    white = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 20 * HOP)).astype(np.float32))
    out, _ = bank(pulse - 30, noise * 0, log_f0, white, synth.start(log_f0[:, 0]))
    late = synth.DELAY
    assert torch.allclose(out[:, 2 * late :], white[:, late:-late], atol=1e-4)


def test_the_minimum_phase_filter_has_the_magnitudes_it_was_given() -> None:
    wanted = torch.cos(torch.linspace(0, 9, synth.BINS)).unsqueeze(0)
    made = synth.minimum_phase(wanted)
    assert torch.allclose(torch.log(made.abs()), wanted, atol=0.05)
    response = torch.fft.irfft(made, synth.FRAME)[0]
    early = response[: synth.FRAME // 2].square().sum()
    assert early > 0.99 * response.square().sum()
