from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from oncue.model.tiny.layout import CODE_SAMPLES, CONTENT_LEVELS, FRAMES_PER_CODE, HOP
from oncue.model.training.data.prepare import Aligned
from oncue.model.training.stages.codec import (
    BEGINNINGS,
    CROP_CODES,
    WARP,
    CodecBatch,
    Sampler,
    SpectralLoss,
    heard,
    jitter_of,
    warped,
)
from tests.model.training.lines import dataset, line, voices


def test_the_loss_is_zero_for_the_target_and_grows_with_the_error() -> None:
    torch.manual_seed(0)
    loss, target, noise = SpectralLoss(), torch.randn(2, 6000) * 0.1, torch.randn(2, 6000)
    figures = [float(loss(target + noise * size, target)[0]) for size in (0.0, 0.02, 0.2)]
    assert figures[0] == 0
    assert figures[0] < figures[1] < figures[2]


def test_the_loss_has_a_gradient_where_there_is_silence() -> None:
    made = torch.zeros(1, 4000, requires_grad=True)
    SpectralLoss()(made + 0, torch.zeros(1, 4000))[0].backward()
    assert made.grad is not None
    assert torch.isfinite(made.grad).all()


def test_jitter_moves_a_share_of_digits_by_at_most_one_level() -> None:
    torch.manual_seed(0)
    values = torch.randint(0, CONTENT_LEVELS, (50, 40, 6)) * (2 / (CONTENT_LEVELS - 1)) - 1
    moved = jitter_of(values, 0.1)
    assert moved.abs().max() <= 2 / (CONTENT_LEVELS - 1) + 1e-6
    assert 0.07 < (moved.abs() > 1e-6).float().mean() < 0.11
    assert (values + moved).abs().max() <= 1 + 1e-6


def test_a_warp_moves_a_peak_up_or_down_by_no_more_than_it_may() -> None:
    torch.manual_seed(0)
    mel = torch.zeros(64, 5, 80)
    mel[:, :, 40:42] = 1.0
    peaks = warped(mel)[:, 0].argmax(1).float()
    assert peaks.min() < 39
    assert peaks.max() > 42
    assert (torch.log(peaks / 40.5).abs() < WARP + 0.05).all()


def test_a_warp_leaves_what_is_flat() -> None:
    assert torch.allclose(warped(torch.full((3, 4, 80), 0.7)), torch.full((3, 4, 80), 0.7))


class Silent(torch.nn.Module):
    """Says nothing but a click before the line begins."""

    def __init__(self, click: float) -> None:
        super().__init__()
        self.click = click

    def forward(self, batch: CodecBatch, _jitter: float, _late: int) -> torch.Tensor:
        out = torch.zeros_like(batch.pcm[:, HOP:])
        out[:, 100] = self.click
        return out


def test_a_share_of_batches_are_beginnings_and_a_click_before_one_counts() -> None:
    codes = CROP_CODES + 60
    frames = codes * FRAMES_PER_CODE
    nothing, ones = np.zeros(codes, np.int64), np.ones(1, np.int64)
    audio = np.arange(codes * CODE_SAMPLES) // CODE_SAMPLES
    item = replace(
        line(audio=audio.astype(np.int16), log_f0=np.full(frames, 5.0)),
        aligned=Aligned(nothing, nothing, nothing, np.zeros(frames, np.int64)),
        pitch=np.full((codes, 2), 32), phones=ones, tones=ones, word_starts=ones,
    )  # fmt: skip
    sampler = Sampler(dataset([item]), voices(), 0)
    batches = [sampler.batch(2, torch.device("cpu")) for _ in range(200)]
    begun = [batch for batch in batches if batch.begins]
    assert BEGINNINGS / 2 < len(begun) / len(batches) < BEGINNINGS * 2
    assert all((batch.pcm[:, 0] == 0).all() for batch in begun)
    assert any((batch.pcm[:, 0] > 0).any() for batch in batches if not batch.begins)
    loss, within = SpectralLoss(), next(batch for batch in batches if not batch.begins)
    for batch, counts in ((begun[0], True), (within, False)):
        losses = []
        for size in (0.0, 0.5):
            torch.manual_seed(0)  # frames lie at a random place, here at one
            losses.append(loss(*heard(Silent(size), batch, 0.0, loss.reach))[0])  # type: ignore[arg-type]
        assert bool(losses[1] > losses[0]) == counts
