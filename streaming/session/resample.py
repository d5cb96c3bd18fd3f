"""The model's rate to the client's, without drift: output sample k lies at input position k·source/target, always.

A windowed-sinc interpolator with one filter per phase (Crochiere & Rabiner, Multirate Digital Signal
Processing, 1983, ch. 2), so that any split of the input gives the same samples and the count is exact.
It holds back a few milliseconds of look-ahead and keeps nothing else.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Samples

_ZERO_CROSSINGS = 24
_PASSBAND = 0.94
"""Share of the lower Nyquist frequency that passes; the rest is the filter's slope."""
_KAISER_BETA = 8.0


def position(samples: int, source: int, target: int) -> int:
    """A sample position at rate `source` as one at rate `target`, rounded to the nearest."""
    return (2 * samples * target + source) // (2 * source)


class Resampler:
    """One line's samples. After `final`, the samples given out are exactly `position(samples taken in)`."""

    def __init__(self, source: int, target: int) -> None:
        common = math.gcd(source, target)
        self._source, self._target = source, target
        self._up, self._down = target // common, source // common
        self._half = math.ceil(_ZERO_CROSSINGS * max(1.0, source / target))
        self._bank = _filters(self._up, self._down, self._half, _PASSBAND * min(1.0, target / source))
        self._buffer = np.zeros(self._half - 1, np.float32)
        self._first = 1 - self._half  # absolute input position of _buffer[0]
        self._taken = 0
        self._given = 0

    def push(self, samples: Samples, *, final: bool = False) -> Samples:
        """Samples at the source rate to those at the target rate that can be known now."""
        if self._source == self._target:
            return samples
        self._taken += len(samples)
        tail = np.zeros(self._half + 1 if final else 0, np.float32)
        self._buffer = np.concatenate((self._buffer, samples, tail))
        end = self._known(final=final)
        out = self._interpolate(self._given, end)
        self._given = max(self._given, end)
        self._forget()
        return out

    def _known(self, *, final: bool) -> int:
        """How many output samples have all the input they need."""
        if final:
            return position(self._taken, self._source, self._target)
        return max(0, -(-(self._taken - self._half) * self._up // self._down))

    def _interpolate(self, start: int, end: int) -> Samples:
        if end <= start:
            return np.zeros(0, np.float32)
        first, last = start // self._up, -(-end // self._up)  # whole rounds of phases, so that no filter is copied
        at = np.arange(first * self._up, last * self._up, dtype=np.int64).reshape(-1, self._up) * self._down
        rows = at // self._up - self._half + 1 - self._first
        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, 2 * self._half)
        picked = windows[np.clip(rows, 0, len(windows) - 1)]  # [rounds, phases, taps]
        out: Samples = np.einsum("rpt,pt->rp", picked, self._bank).ravel().astype(np.float32)
        return out[start - first * self._up : end - first * self._up]

    def _forget(self) -> None:
        """Drop input that no later output needs."""
        keep = self._given * self._down // self._up - self._half + 1
        drop = min(max(0, keep - self._first), len(self._buffer))
        self._buffer = self._buffer[drop:]
        self._first += drop


def _filters(phases: int, step: int, half: int, cutoff: float) -> NDArray[np.float32]:
    """One row of 2·half taps for each phase in the order of outputs, each of unit gain at zero frequency."""
    at = np.arange(phases) * step % phases / phases
    offsets = np.arange(1 - half, half + 1)[None, :] - at[:, None]  # [phases, taps]
    shape = np.i0(_KAISER_BETA * np.sqrt(np.clip(1.0 - (offsets / half) ** 2, 0.0, 1.0)))
    taps = np.sinc(cutoff * offsets) * shape
    bank: NDArray[np.float32] = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return bank
