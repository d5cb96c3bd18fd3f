"""How loud something sounds: ITU-R BS.1770-4, which EBU R 128 measures with. Numbers in, LUFS out.

The two K-weighting filters are applied as what they do to a spectrum, which needs no loop over samples; the few milliseconds
of their memory are padded. Only the gated loudness of blocks is here, neither range nor true peak.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BLOCK_S = 0.4
STEP_S = 0.1
_ABSOLUTE_LUFS = -70.0
_RELATIVE_LU = -10.0
_OFFSET = -0.691

_PIECE_S = 20.0

Pcm = NDArray[np.float32]
"""[samples, channels]"""


class LoudnessMeter:
    """A sound that was weighted once, to be asked how loud parts of it are."""

    def __init__(self, pcm: Pcm, rate: int) -> None:
        weights = channel_weights(pcm.shape[1])
        self._rate, self._count = rate, len(pcm)
        self._summed = np.zeros(len(pcm) + 1)
        piece, before = round(_PIECE_S * rate), rate // 2
        for at in range(0, len(pcm), piece):  # each piece with half a second before it, which the filters remember
            begin = max(0, at - before)
            power = np.square(k_weighted(np.asarray(pcm[begin : at + piece]), rate)) @ weights
            self._summed[at + 1 : at + 1 + piece] = power[at - begin :]
        np.cumsum(self._summed, out=self._summed)

    def lufs(self, spans: Sequence[tuple[float, float]] | None = None) -> float | None:
        """Integrated loudness, of spans in seconds alone where they are given; None where nothing is above the absolute gate."""
        return gated(self.powers(spans))

    def powers(self, spans: Sequence[tuple[float, float]] | None = None) -> NDArray[np.float64]:
        """Weighted mean square of each block of the spans, [blocks]. A span shorter than a block is one block of its own length."""
        found: list[float] = []
        for start_s, end_s in spans if spans is not None else [(0.0, self._count / self._rate)]:
            start, end = max(0, round(start_s * self._rate)), min(self._count, round(end_s * self._rate))
            size = min(round(BLOCK_S * self._rate), end - start)
            if size <= 0:
                continue
            places = range(start, end - size + 1, max(1, round(STEP_S * self._rate)))
            found += [float(self._summed[place + size] - self._summed[place]) / size for place in places]
        return np.array(found, np.float64)


def gated(powers: NDArray[np.float64]) -> float | None:
    """BS.1770-4, annex 1, equations 4 to 7."""
    loud = powers[powers > power_of(_ABSOLUTE_LUFS)]
    if not len(loud):
        return None
    loud = loud[loud > power_of(lufs_of(float(loud.mean())) + _RELATIVE_LU)]
    return lufs_of(float(loud.mean()))


def k_weighted(pcm: Pcm, rate: int) -> NDArray[np.float64]:
    """[samples, channels] through the shelf and the high-pass of BS.1770-4, at any rate."""
    pad = rate // 5
    size = 1 << max(1, (len(pcm) + 2 * pad - 1).bit_length())
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = (_shelf(z, rate) * _high_pass(z, rate))[:, None]
    padded = np.pad(np.asarray(pcm, np.float64), ((pad, 0), (0, 0)))
    shaped: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(padded, size, axis=0) * response, size, axis=0)
    return shaped[pad : pad + len(pcm)]


def channel_weights(channels: int) -> NDArray[np.float64]:
    """1 for each channel, 1.41 for those behind the listener and nothing for the deep one, in the order of 5.1."""
    weights = np.ones(channels)
    if channels >= 6:
        weights[3] = 0.0
        weights[4:] = 1.41
    return weights


def _shelf(z: NDArray[np.complex128], rate: int) -> NDArray[np.complex128]:
    """Stage 1; the analogue prototype of the table in BS.1770, as in ITU-R BS.2217's reference implementations."""
    f0, gain_db, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k, vh = np.tan(np.pi * f0 / rate), 10 ** (gain_db / 20)
    vb = vh**0.4996667741545416
    a0 = 1 + k / q + k * k
    b = (vh + vb * k / q + k * k, 2 * (k * k - vh), vh - vb * k / q + k * k)
    a = (a0, 2 * (k * k - 1), 1 - k / q + k * k)
    made: NDArray[np.complex128] = (b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z)
    return made


def _high_pass(z: NDArray[np.complex128], rate: int) -> NDArray[np.complex128]:
    """Stage 2."""
    f0, q = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * f0 / rate)
    a0 = 1 + k / q + k * k
    a = (1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)
    made: NDArray[np.complex128] = (1 - 2 * z + z * z) / (a[0] + a[1] * z + a[2] * z * z)
    return made


def power_of(lufs: float) -> float:
    """Weighted mean square of a loudness."""
    return float(10 ** ((lufs - _OFFSET) / 10))


def lufs_of(power: float) -> float:
    """Loudness of a weighted mean square."""
    return float(_OFFSET + 10 * np.log10(power))
