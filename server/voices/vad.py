"""Where in a recording somebody speaks: the silero VAD network at 16 kHz, from its published weights, in numpy.

The weights are a file of the `silero-vad` package (MIT, see NOTICE), shipped here because installing that package installs
torch. The file is of another training than the package's TorchScript model, which is the one its code loads by default; a
test holds the two against each other where the package is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from safetensors.numpy import load_file

from oncue.model.api import Samples

RATE = 16_000
WINDOW = 512
"""Samples between one decision and the next."""
_CONTEXT = 64
_FRAME, _HOP = 256, 128
_ENTER, _LEAVE = 0.5, 0.35
"""Speech begins above the one and ends below the other."""
_LEAST_PAUSE, _LEAST_SPEECH = 4, 8  # windows: 0.13 s and 0.26 s
_BLOCK = 4096
"""Windows listened to at a time, which bounds the memory that a long film takes."""
_WEIGHTS = Path(__file__).parent / "weights" / "silero_vad_16k.safetensors"

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody speaks from `start_s` to `end_s`."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """How long."""
        return self.end_s - self.start_s


def find_speech(pcm: Samples, rate: int) -> tuple[Span, ...]:
    """The spans of speech in mono samples at any rate, in order and apart by a pause."""
    if not len(pcm):
        return ()
    at_16k = pcm if rate == RATE else soxr.resample(pcm, rate, RATE).astype(np.float32)
    return _spans(probabilities(at_16k), len(pcm) / rate)


def probabilities(pcm: Samples) -> Array:
    """Samples at `RATE` to the probability of speech in each `WINDOW`, the last one filled up with silence."""
    weights = _weights()
    windows = _windows(pcm)
    heard = [_listen(windows[at : at + _BLOCK], weights) for at in range(0, len(windows), _BLOCK)]
    return _remember(np.concatenate(heard), weights)


def _spans(probable: Array, duration_s: float) -> tuple[Span, ...]:
    """Hysteresis over windows; a short pause is bridged and a short burst dropped."""
    spans: list[Span] = []
    start, last = -1, -1
    for index, value in enumerate([*probable.tolist(), *[0.0] * _LEAST_PAUSE]):
        if value >= (_ENTER if start < 0 else _LEAVE):
            start, last = (index if start < 0 else start), index
        elif start >= 0 and index - last >= _LEAST_PAUSE:
            if last + 1 - start >= _LEAST_SPEECH:
                spans.append(Span(start * WINDOW / RATE, min((last + 1) * WINDOW / RATE, duration_s)))
            start = -1
    return tuple(spans)


def _windows(pcm: Samples) -> Array:
    """Each window behind the end of the one before it, and mirrored at its own end, [windows, 640]."""
    count = -(-len(pcm) // WINDOW)
    padded = np.pad(pcm, (_CONTEXT, count * WINDOW - len(pcm)))
    rows = sliding_window_view(padded, _CONTEXT + WINDOW)[::WINDOW]
    return np.concatenate((rows, rows[:, -2 : -2 - _CONTEXT : -1]), axis=1)


def _listen(windows: Array, weights: Mapping[str, Array]) -> Array:
    """[windows, 640] -> [windows, 128]: magnitudes of a learned short-time transform, then four convolutions."""
    frames = sliding_window_view(windows, _FRAME, axis=1)[:, ::_HOP]  # [windows, 4, 256]
    waves = frames @ weights["stft_conv.weight"][:, 0].T
    half = waves.shape[-1] // 2
    x = np.sqrt(waves[..., :half] ** 2 + waves[..., half:] ** 2)  # [windows, 4, 129]
    for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
        x = _convolve(x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride)
    return x[:, 0]


def _convolve(x: Array, weight: Array, bias: Array, stride: int) -> Array:
    """x [windows, time, in], weight [out, in, 3] -> [windows, time / stride, out], rectified."""
    columns = sliding_window_view(np.pad(x, ((0, 0), (1, 1), (0, 0))), 3, axis=1)[:, ::stride]
    made: Array = np.maximum(np.tensordot(columns, weight, axes=([2, 3], [1, 2])) + bias, 0)
    return made


def _remember(features: Array, weights: Mapping[str, Array]) -> Array:
    """[windows, 128] -> [windows]: one LSTM cell (Hochreiter & Schmidhuber 1997) over time, and a logistic unit."""
    given = features @ weights["lstm_cell.weight_ih"].T + weights["lstm_cell.bias_ih"] + weights["lstm_cell.bias_hh"]
    carry = weights["lstm_cell.weight_hh"]
    hidden, cell = np.zeros(carry.shape[1], np.float32), np.zeros(carry.shape[1], np.float32)
    seen = np.empty((len(features), len(hidden)), np.float32)
    for index, row in enumerate(given):
        enter, forget, value, leave = np.split(row + carry @ hidden, 4)
        cell = _logistic(forget) * cell + _logistic(enter) * np.tanh(value)
        hidden = _logistic(leave) * np.tanh(cell)
        seen[index] = hidden
    return _logistic(np.maximum(seen, 0) @ weights["final_conv.weight"][0, :, 0] + weights["final_conv.bias"])


def _logistic(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    made: Array = 0.5 + 0.5 * np.tanh(0.5 * x)
    return made


@cache
def _weights() -> dict[str, Array]:
    """Raises FileNotFoundError with a sentence for the operator when the file is not there."""
    if not _WEIGHTS.is_file():
        raise FileNotFoundError(f"The weights file {_WEIGHTS.name} is missing: install again.")
    return load_file(_WEIGHTS)
