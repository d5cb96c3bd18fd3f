from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from oncue.model.tiny.layout import HOP, SAMPLE_RATE
from oncue.model.training.networks import synth

SILENT = -30.0


def flat(frames: int, harmonics: float, noise: float, free: float = SILENT) -> Tensor:
    """Parts that are the same at every frequency, phases unturned, [1, frames, PARTS]."""
    return torch.tensor([harmonics, 0.0, noise, free, 0.0]).repeat_interleave(synth.BINS).expand(1, frames, -1)


def pitch(frames: int, f0_hz: float) -> Tensor:
    return torch.full((1, frames), float(np.log(f0_hz)))


def white(frames: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).standard_normal((1, frames * HOP)).astype(np.float32))


def test_pulses_repeat_at_the_pitch() -> None:
    log_f0 = pitch(50, 200.0)
    pulses, _ = synth.pulse_train(log_f0, synth.start(log_f0[:, 0]))
    spectrum = np.abs(np.fft.rfft(pulses[0].numpy()))
    peaks = np.flatnonzero(spectrum > spectrum.max() / 2) * SAMPLE_RATE / pulses.shape[1]
    assert np.allclose(peaks % 200, 0)
    assert len(peaks) > 40


def test_any_split_of_frames_gives_the_same_samples() -> None:
    bank, log_f0, noise = synth.Filterbank(), pitch(24, 130.0), white(24)
    parts = flat(24, 0.0, -5.0, -3.0) + 0.3 * torch.randn(
        1, 24, synth.PARTS, generator=torch.Generator().manual_seed(0)
    )
    whole, _ = bank(parts, log_f0, noise, synth.start(log_f0[:, 0]))
    state, made, first = synth.start(log_f0[:, 0]), [], 0
    for size in (1, 2, 7, 14):
        a, b = slice(first, first + size), slice(first * HOP, (first + size) * HOP)
        part, state = bank(parts[:, a], log_f0[:, a], noise[:, b], state)
        made.append(part)
        first += size
    assert torch.allclose(torch.cat(made, 1), whole, atol=1e-5 * float(whole.abs().max()))


def test_a_flat_filter_passes_noise_unchanged_but_late() -> None:
    bank, log_f0, noise = synth.Filterbank(), pitch(20, 100.0), white(20)
    out, _ = bank(flat(20, SILENT, 0.0), log_f0, noise, synth.start(log_f0[:, 0]))
    late = synth.DELAY
    assert torch.allclose(out[:, 2 * late :], noise[:, late:-late], atol=1e-4)


def test_the_phase_of_harmonics_is_that_of_the_minimum_phase_filter() -> None:
    wanted = torch.cos(torch.linspace(0, 9, synth.BINS)).unsqueeze(0)
    angle = synth.Filterbank()._minimum_phase(wanted)
    response = torch.fft.irfft(torch.polar(wanted.exp(), angle), synth.FRAME)[0]
    early = response[: synth.FRAME // 2].square().sum()
    assert early > 0.99 * response.square().sum()


def test_a_free_part_alone_is_the_spectrum_that_it_says() -> None:
    bank, log_f0 = synth.Filterbank(), pitch(9, 100.0)
    parts = flat(9, SILENT, SILENT)
    parts = parts.clone()
    parts[:, 4, 3 * synth.BINS + 60] = 2.0
    out, _ = bank(parts, log_f0, torch.zeros(1, 9 * HOP), synth.start(log_f0[:, 0]))
    spectrum = torch.fft.rfft(out[0, 2 * HOP : 7 * HOP], 24_000).abs()
    assert int(spectrum.argmax()) == pytest.approx(60 * SAMPLE_RATE / synth.FRAME, abs=20)
