"""Reference sound to features: the vocoder's mel, the speaker network's filterbank, and conversion of rates.

Formulas only, in float32 on the CPU, each computing what the checkpoints were trained on; nothing here is learned,
and nothing reads a file.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from oncue.model.indextts2.networks.config import MelConfig

FBANK_RATE = 16_000
FBANK_BANDS = 80
_FRAME, _STEP, _FFT = 400, 160, 512  # 25 ms every 10 ms, and the next power of two
_LOWEST_HZ = 20.0
_PREEMPHASIS = 0.97
_SINC_WIDTH, _SINC_ROLLOFF = 6, 0.99

Table = NDArray[np.float64]


def _triangles(edges: Table, points: Table) -> Table:
    """Triangular filters [len(edges) - 2, len(points)]: filter b rises from edge b to b + 1 and falls to b + 2."""
    lower, centre, upper = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.maximum(0.0, np.minimum((points - lower) / (centre - lower), (upper - points) / (upper - centre)))


def _slaney_to_hz(mel: Table) -> Table:
    """Slaney's scale (Auditory Toolbox, 1998): 200/3 Hz a mel up to 1000 Hz, then 27 mels for a factor of 6.4."""
    return np.where(mel < 15.0, mel * (200.0 / 3.0), 1000.0 * 6.4 ** ((mel - 15.0) / 27.0))


@cache
def slaney_filters(sample_rate: int, n_fft: int, bands: int) -> Tensor:
    """Mel filters of equal area from 0 Hz to half the rate, [bands, n_fft // 2 + 1]."""
    highest = sample_rate / 2
    top = 15.0 + 27.0 * math.log(highest / 1000.0) / math.log(6.4)
    edges = _slaney_to_hz(np.linspace(0.0, top, bands + 2))
    table = _triangles(edges, np.linspace(0.0, highest, n_fft // 2 + 1))
    return torch.from_numpy((table * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32))


def log_mel(pcm: Tensor, config: MelConfig) -> Tensor:
    """pcm [samples] at the config's rate -> natural log of magnitude in mel bands, [1, bands, samples // hop].

    Frame n is centred on sample (n + 1/2)·hop; the ends are mirrored. `samples` must exceed (n_fft - hop) / 2.
    """
    pad = (config.n_fft - config.hop) // 2
    padded = F.pad(pcm[None], (pad, pad), mode="reflect")
    window = torch.hann_window(config.window)
    spectrum = torch.stft(padded, config.n_fft, config.hop, config.window, window, center=False, return_complex=True)
    magnitude = torch.sqrt(torch.view_as_real(spectrum).square().sum(-1) + 1e-9)  # [1, bins, frames]
    return torch.log((slaney_filters(config.sample_rate, config.n_fft, config.bands) @ magnitude).clamp(min=1e-5))


def _htk_mel(hz: Table) -> Table:
    """The mel scale of HTK: 1127·ln(1 + f/700)."""
    return 1127.0 * np.log1p(hz / 700.0)


@cache
def _fbank_filters() -> Tensor:
    """Triangles that are straight on the mel axis from 20 Hz to 8 kHz, [FBANK_BANDS, _FFT // 2 + 1]."""
    lowest, highest = _htk_mel(np.array([_LOWEST_HZ, FBANK_RATE / 2]))
    points = _htk_mel(np.arange(_FFT // 2, dtype=np.float64) * (FBANK_RATE / _FFT))
    table = _triangles(np.linspace(lowest, highest, FBANK_BANDS + 2), points)
    return torch.from_numpy(np.pad(table, ((0, 0), (0, 1))).astype(np.float32))  # the highest bin is not heard


def kaldi_fbank(pcm: Tensor) -> Tensor:
    """pcm [samples] at 16 kHz in [-1, 1] -> natural log of power in mel bands, [frames, FBANK_BANDS].

    What Kaldi's `compute-fbank-feats` computes without dither: only whole frames, each without its mean, with
    pre-emphasis 0.97 and the window hann^0.85. There are 1 + (samples - 400) // 160 frames.
    """
    frames = pcm.unfold(0, _FRAME, _STEP)
    frames = frames - frames.mean(1, keepdim=True)
    before = torch.cat([frames[:, :1], frames[:, :-1]], dim=1)
    window = torch.hann_window(_FRAME, periodic=False).pow(0.85)
    power = torch.fft.rfft((frames - _PREEMPHASIS * before) * window, n=_FFT).abs().square()
    return torch.log((power @ _fbank_filters().t()).clamp(min=torch.finfo(torch.float32).eps))


@cache
def _sinc_filters(step: int, phases: int) -> tuple[Tensor, int]:
    """One windowed sinc for each output sample of a period, [phases, 1, taps], and how many taps lie before it."""
    cutoff = min(step, phases) * _SINC_ROLLOFF
    reach = math.ceil(_SINC_WIDTH * step / cutoff)
    taps = np.arange(-reach, reach + step) / step
    t = np.clip((taps - np.arange(phases)[:, None] / phases) * cutoff, -_SINC_WIDTH, _SINC_WIDTH)
    table = np.sinc(t) * np.cos(t * (np.pi / (2 * _SINC_WIDTH))) ** 2 * (cutoff / step)
    return torch.from_numpy(table.astype(np.float32)).unsqueeze(1), reach


def sinc_resample(pcm: Tensor, from_rate: int, to_rate: int) -> Tensor:
    """pcm [samples] -> [ceil(samples · to_rate / from_rate)]: band-limited interpolation (J. O. Smith, 1984).

    Six zero crossings to each side under a hann window, cut-off at 0.99 of the lower half rate.
    """
    if from_rate == to_rate:
        return pcm
    divisor = math.gcd(from_rate, to_rate)
    step, phases = from_rate // divisor, to_rate // divisor
    filters, reach = _sinc_filters(step, phases)
    padded = F.pad(pcm[None, None], (reach, reach + step))
    out = F.conv1d(padded, filters, stride=step)[0]  # [phases, periods]
    return out.t().reshape(-1)[: -(-len(pcm) * phases // step)]
