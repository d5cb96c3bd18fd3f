"""Who speaks: a frozen encoder that learned from recordings of thousands of people, the same for every voice.

The network is the GE2E speaker encoder (Wan et al. 2018, "Generalized End-to-End Loss for Speaker Verification") with the
weights of Resemblyzer (Apache-2.0, see NOTICE): three LSTM layers over mel frames of 1.6 s, whose last state is the vector.
This file is our own code for it. Nothing here is trained by us.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.tiny.layout import SPEAKER_DIM

RATE = 16_000
SPEAKER_SCALE, SPECTRUM_SCALE = 10.0, 1.0
"""What vectors of length 1 and spectra in tens of decibels are multiplied by for the networks that are told them."""
_FFT, _HOP, _MELS = 400, 160, 40
_WINDOW_FRAMES = 160
_STEP_FRAMES = 77
"""1.3 windows a second."""
_LEAST_COVERED = 0.75
_LOUD = 1.0
"""In tens of decibels: how far below the loudest frames those are that count."""
_LEVEL = 10 ** (-24 / 20)
"""Root mean square that recordings are heard at."""


def _slaney_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's mel scale: linear to 1 kHz, logarithmic above."""
    linear = mel * (200.0 / 3)
    return np.where(mel < 15.0, linear, 1000.0 * np.exp(np.log(6.4) / 27.0 * (mel - 15.0)))


def _mel_table() -> Tensor:
    """Triangular filters of equal area, [bins, _MELS]."""
    highest = 15.0 + np.log(RATE / 2 / 1000.0) / (np.log(6.4) / 27.0)
    edges = _slaney_hz(np.linspace(0.0, highest, _MELS + 2))
    frequency = np.linspace(0, RATE / 2, _FFT // 2 + 1)[:, None]
    rising = (frequency - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequency) / (edges[2:] - edges[1:-1])
    table = np.maximum(0, np.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))
    return torch.from_numpy(table.astype(np.float32))


class SpeakerEncoder(nn.Module):
    """Recording to a unit vector; vectors of one person lie close to each other whatever is said, in any language."""

    table: Tensor
    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(_MELS, SPEAKER_DIM, 3, batch_first=True)
        self.linear = nn.Linear(SPEAKER_DIM, SPEAKER_DIM)
        self.register_buffer("table", _mel_table(), persistent=False)
        self.register_buffer("window", torch.hann_window(_FFT), persistent=False)

    def mel(self, pcm: Tensor) -> Tensor:
        """pcm [samples] at RATE -> power in mel bands [frames, _MELS], the level taken out."""
        pcm = pcm * (_LEVEL / pcm.square().mean().sqrt().clamp(min=1e-6))
        spectrum = torch.stft(pcm, _FFT, _HOP, window=self.window, pad_mode="constant", return_complex=True)
        return torch.view_as_real(spectrum).square().sum(-1).t() @ self.table

    def forward(self, pcm: Tensor) -> Tensor:
        """pcm [samples] at RATE -> [SPEAKER_DIM], of length 1."""
        mel = self.mel(pcm)
        mel = F.pad(mel, (0, 0, 0, max(0, _WINDOW_FRAMES - len(mel))))
        starts = list(range(0, len(mel) - _WINDOW_FRAMES + 1, _STEP_FRAMES))
        rest = len(mel) - starts[-1] - _WINDOW_FRAMES
        if rest > _LEAST_COVERED * _STEP_FRAMES:
            starts.append(len(mel) - _WINDOW_FRAMES)
        windows = torch.stack([mel[start : start + _WINDOW_FRAMES] for start in starts])
        last = self.lstm(windows)[1][0][-1]  # [windows, SPEAKER_DIM]
        each = F.normalize(F.relu(self.linear(last)), dim=-1)
        return F.normalize(each.mean(0), dim=-1)


def joined(vector: NDArray[np.float32], spectrum: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector of any length and a long-term spectrum as the networks are told them, [VOICE_DIM]."""
    unit = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return np.concatenate([unit * SPEAKER_SCALE, spectrum * SPECTRUM_SCALE]).astype(np.float32)


def long_term_spectrum(mel: NDArray[np.float32], voiced: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Mean of the frames of log-mel [frames, SPECTRUM_BANDS] that are loud and voiced, around its own mean: what the
    vector does not say of a voice's colour.
    """
    loudness = mel.mean(1)
    loud = loudness > np.quantile(loudness, 0.95) - _LOUD
    both = loud & voiced[: len(loud)]
    mean = mel[both if both.any() else loud].mean(0)
    return (mean - mean.mean()).astype(np.float32)
