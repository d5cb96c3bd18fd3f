"""Who speaks: a frozen encoder that learned from recordings of thousands of people, the same for every voice.

The network is the GE2E speaker encoder (Wan et al. 2018, "Generalized End-to-End Loss for Speaker Verification") with the
weights of Resemblyzer (Apache-2.0, see NOTICE): three LSTM layers over mel frames of 1.6 s, whose last state is the vector.
This file is our own code for it. Nothing here is trained by us.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.tiny.layout import SAMPLE_RATE, SPEAKER_DIM
from oncue.model.tiny.speaker import BANDS, FFT, HOP, LEVEL, RATE, WINDOW_FRAMES, mel_table, window_starts
from oncue.model.training.networks.frames import framed

_FFT, _HOP = FFT * SAMPLE_RATE // RATE, HOP * SAMPLE_RATE // RATE
"""The same in time at SAMPLE_RATE; bins are as far apart."""


class SpeakerEncoder(nn.Module):
    """Recording to a unit vector; vectors of one person lie close to each other whatever is said, in any language."""

    table: Tensor
    window: Tensor
    wide_window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, SPEAKER_DIM, 3, batch_first=True)
        self.linear = nn.Linear(SPEAKER_DIM, SPEAKER_DIM)
        self.register_buffer("table", torch.from_numpy(mel_table()), persistent=False)
        self.register_buffer("window", torch.hann_window(FFT), persistent=False)
        self.register_buffer("wide_window", torch.hann_window(_FFT), persistent=False)

    def mel(self, pcm: Tensor) -> Tensor:
        """pcm [samples] at RATE -> power in mel bands [frames, BANDS], the level taken out."""
        pcm = pcm * (LEVEL / pcm.square().mean().sqrt().clamp(min=1e-6))
        spectrum = torch.stft(pcm, FFT, HOP, window=self.window, pad_mode="constant", return_complex=True)
        return torch.view_as_real(spectrum).square().sum(-1).t() @ self.table

    def heard(self, pcm: Tensor) -> Tensor:
        """pcm [batch, samples] at SAMPLE_RATE, each row as one window of any length -> [batch, SPEAKER_DIM], of length 1.

        For learning: what lies above half of RATE is left out in the spectrum, so that nothing is resampled.
        """
        level = pcm.square().mean(-1, keepdim=True).sqrt().clamp(min=1e-6)
        frames = framed(pcm * (LEVEL / level), _FFT, _HOP // 2)[:, ::2]
        spectrum = torch.view_as_real(torch.fft.rfft(frames * self.wide_window))
        power = spectrum[:, :, : len(self.table)].square().sum(-1) * (RATE / SAMPLE_RATE) ** 2
        return self.vectors(power @ self.table)

    def vectors(self, mel: Tensor) -> Tensor:
        """Windows of any length as `mel` gives them, [windows, frames, BANDS] -> [windows, SPEAKER_DIM], each of length 1."""
        last: Tensor = self.lstm(mel)[1][0][-1]
        return F.normalize(F.relu(self.linear(last)), dim=-1)

    def forward(self, pcm: Tensor) -> Tensor:
        """pcm [samples] at RATE -> [SPEAKER_DIM], of length 1."""
        return self.whole(self.mel(pcm))

    def whole(self, mel: Tensor) -> Tensor:
        """The mel frames of a recording, [frames, BANDS] -> [SPEAKER_DIM], of length 1."""
        mel = F.pad(mel, (0, 0, 0, max(0, WINDOW_FRAMES - len(mel))))
        windows = torch.stack([mel[start : start + WINDOW_FRAMES] for start in window_starts(len(mel))])
        return F.normalize(self.vectors(windows).mean(0), dim=-1)
