"""Sound to conditioning: the log-mel front, the encoder of a feeling, and the code encoder.

The code encoder is needed only to make training data; its weights are not shipped.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.text.phones import SYMBOLS
from oncue.model.tiny.layout import (
    CONTENT_LEVELS,
    EMOTION_DIM,
    FRAMES_PER_CODE,
    HOP,
    NUM_CONTENT,
    NUM_EMOTIONS,
    SAMPLE_RATE,
)
from oncue.model.tiny.mel import BANDS, FFT, FLOOR, REFERENCE_RMS, TENS_OF_DB, matrix
from oncue.model.tiny.prosody import COLOURS, MODULATION_HZ, NUM_PROSODY, QUANTILES
from oncue.model.training.networks.causal import CentredConvNeXt


def mel_matrix(bins: int, bands: int) -> Tensor:
    """Triangular filters on the HTK mel scale, each summing to one, [bins, bands]."""
    return torch.from_numpy(matrix(bins, bands))


def log_mel(power: Tensor) -> Tensor:
    """Power in mel bands as the networks hear it: natural log / 2.3, so in tens of decibels, with a floor."""
    return torch.log(power + FLOOR) / TENS_OF_DB


class LogMel(nn.Module):
    """Log power in mel bands every HOP samples; frame n is centred on sample (n + 1) * HOP."""

    table: Tensor
    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", mel_matrix(FFT // 2 + 1, BANDS), persistent=False)
        self.register_buffer("window", torch.hann_window(FFT), persistent=False)

    def forward(self, pcm: Tensor) -> Tensor:
        """pcm [batch, samples] -> [batch, samples // HOP, BANDS], natural log / 2.3, around 0."""
        padded = F.pad(pcm, (FFT // 2, FFT // 2))
        spectrum = torch.stft(padded, FFT, HOP, window=self.window, center=False, return_complex=True)
        power = torch.view_as_real(spectrum[:, :, 1:]).square().sum(-1).transpose(1, 2) @ self.table
        return log_mel(power)[:, : pcm.shape[1] // HOP]


def levelled(pcm: Tensor) -> Tensor:
    """pcm [batch, samples] with every row at the root mean square that references are heard at."""
    level = pcm.square().mean(-1, keepdim=True).sqrt()
    return pcm * (REFERENCE_RMS / level.clamp(min=1e-6))


def prosody(mel: Tensor, log_f0: Tensor) -> Tensor:
    """How a clip is said, whatever its pitch and level: statistics of melody, loudness and colour, [batch, NUM_PROSODY].

    mel [batch, frames, BANDS], log_f0 [batch, frames] held through unvoiced frames. Of each of the two curves around
    its mean: quantiles, deviation, mean step, and the shares of its modulation by frequency (the tempo of syllables
    is there); then the slopes of the melody and of loudness, the share of pauses, and how much brightness moves; then `_colour`.
    """
    loudness = mel.mean(2)
    brightness = mel[:, :, BANDS // 2 :].mean(2) - mel[:, :, : BANDS // 2].mean(2)
    time = torch.linspace(-1, 1, log_f0.shape[1], device=mel.device)
    slopes = [((curve - curve.mean(1, keepdim=True)) * time).mean(1) for curve in (log_f0, loudness)]
    paused = (loudness < loudness.quantile(0.95, dim=1, keepdim=True) - 2.0).float().mean(1)
    moving = torch.stack([*slopes, paused, brightness.std(1)], 1)
    return torch.cat([_curve(log_f0), _curve(loudness), moving, _colour(mel, loudness)], 1)


def _colour(mel: Tensor, loudness: Tensor) -> Tensor:
    """Of the loud frames, in groups of bands: the spectrum around its mean (tilt and throat are there), and its
    deviation and mean step (breath fills what a voice leaves empty), [batch, 3 * COLOURS].
    """
    loud = (loudness > loudness.quantile(0.95, dim=1, keepdim=True) - 1.0).float().unsqueeze(-1)
    count = loud.sum(1).clamp(min=1)
    groups = mel.unflatten(2, (COLOURS, -1)).mean(3)
    mean = (groups * loud).sum(1) / count
    deviation = (((groups - mean.unsqueeze(1)).square() * loud).sum(1) / count).sqrt()
    step = (groups.diff(dim=1).abs() * loud[:, 1:]).sum(1) / count
    return torch.cat([mean - mean.mean(1, keepdim=True), deviation, step], 1)


def _curve(x: Tensor) -> Tensor:
    """x [batch, frames] at SAMPLE_RATE / HOP -> quantiles, deviation, mean step, shares of modulation."""
    centred = x - x.mean(1, keepdim=True)
    quantiles = centred.quantile(torch.tensor(QUANTILES, device=x.device), dim=1).t()
    power = torch.fft.rfft(centred * torch.hann_window(x.shape[1], device=x.device)).abs().square()
    hertz = torch.linspace(0, SAMPLE_RATE / HOP / 2, power.shape[1], device=x.device)
    bands = [(hertz >= low) & (hertz < high) for low, high in pairwise(MODULATION_HZ)]
    shares = torch.stack([power[:, band].sum(1) for band in bands], 1)
    shares = shares / (shares.sum(1, keepdim=True) + 1e-9)
    moments = torch.stack([centred.std(1), centred.diff(dim=1).abs().mean(1)], 1)
    return torch.cat([quantiles, moments, shares], 1)


class EmotionEncoder(nn.Module):
    """Statistics of how a clip is said to a vector, and that to the styles it stands for.

    Pitch and level are gone before it (`prosody`), and its training takes out of the vector what is left of
    the speaker.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, dim: int = 64) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(NUM_PROSODY))
        self.register_buffer("scale", torch.ones(NUM_PROSODY))
        self.enter = nn.Linear(NUM_PROSODY, dim)
        self.leave = nn.Linear(dim, EMOTION_DIM)
        self.styles = nn.Linear(EMOTION_DIM, NUM_EMOTIONS + 1)

    def forward(self, statistics: Tensor) -> Tensor:
        """What `prosody` gives -> [batch, EMOTION_DIM]."""
        x = ((statistics - self.centre) / self.scale).clamp(-4, 4)
        return torch.tanh(self.leave(F.gelu(self.enter(x))))

    def strengths(self, vector: Tensor) -> Tensor:
        """vector [batch, EMOTION_DIM] -> how strong each style is, [batch, NUM_EMOTIONS]; what is left is neutral."""
        return torch.softmax(self.styles(vector), dim=-1)[:, :NUM_EMOTIONS]


class CodeEncoder(nn.Module):
    """Log-mel frames and phones to content digits by finite scalar quantisation."""

    def __init__(self, dim: int = 160, blocks: int = 2) -> None:
        super().__init__()
        self.enter = nn.Linear(BANDS, dim)
        self.phone = nn.Embedding(len(SYMBOLS), dim)
        self.frame_blocks = nn.ModuleList(CentredConvNeXt(dim) for _ in range(blocks))
        self.pool = nn.Conv1d(dim, dim, FRAMES_PER_CODE, stride=FRAMES_PER_CODE)
        self.code_blocks = nn.ModuleList(CentredConvNeXt(dim) for _ in range(blocks))
        self.leave = nn.Linear(dim, NUM_CONTENT)
        self.level = nn.BatchNorm1d(NUM_CONTENT, momentum=0.02, affine=False)

    def forward(self, mel: Tensor, phones: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """mel [batch, frames, BANDS], phones [batch, frames] -> values in [-1, 1] with straight-through
        gradient and digits, both [batch, frames // FRAMES_PER_CODE, NUM_CONTENT]. mask [batch, frames] is zero where
        there is padding, which changes nothing before it.

        Each band's mean is replaced by the mean of all bands, so the long-term spectrum of the speaker is
        gone before the network sees it, while loudness stays. What is quantised has mean 0 and deviation 1, so no
        digit can flee to its ends, where the gradient dies.
        """
        known = mel.new_ones(*mel.shape[:2], 1) if mask is None else mask.unsqueeze(-1)
        mean = (mel * known).sum(1, keepdim=True) / known.sum(1, keepdim=True)
        y = self.enter(mel - mean + mean.mean(2, keepdim=True)) + self.phone(phones)
        for block in self.frame_blocks:
            y = block(y, known)
        y = self.pool(y.transpose(1, 2)).transpose(1, 2)
        for block in self.code_blocks:
            y = block(y, known[:, ::FRAMES_PER_CODE])
        return quantise(self.level(self.leave(y).float().transpose(1, 2)).transpose(1, 2))


def quantise(x: Tensor) -> tuple[Tensor, Tensor]:
    """The normal distribution's levels of equal probability, the gradient passed straight through: values in [-1, 1]
    and digits.
    """
    bounded = torch.erf(x * 0.5**0.5)
    digits = torch.floor((bounded + 1) * (CONTENT_LEVELS / 2)).clamp(max=CONTENT_LEVELS - 1)
    values = digits * (2 / (CONTENT_LEVELS - 1)) - 1
    return bounded + (values - bounded).detach(), digits.long()
