"""The mark in the sound: a short causal filter that changes every 20 ms, with the gains that the signs ask for.

Each half chip has a minimum-phase filter of its own (Oppenheim & Schafer, cepstral folding), so nothing is late, and one
goes over into the next within a few milliseconds. What is done to a sample depends on its absolute position in the line,
the key and the payload, and on the samples before it: never on how the sound is cut into windows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oncue.model.watermark.code import BANDS, CHIPS, HALF_S, Reals, Signs, band_edges

GAIN_DB = 2.0
"""What a sign is worth."""
_TAPS_S = 0.016
_FADE_S = 0.006
_SLOPE_HZ = 60.0
"""From a band's gain to its neighbour's."""
_DESIGN = 1024

Samples = NDArray[np.float32]
Filters = NDArray[np.complex128]  # [2 * CHIPS, bins]


def log_gains(signs: Signs, hz: Reals) -> Reals:
    """Natural logs of the gains at frequencies [n] for each half chip of the table [2 * CHIPS, n]."""
    edges = band_edges()
    halves = np.stack([signs, -signs], axis=1).reshape(2 * CHIPS, BANDS) * (GAIN_DB * np.log(10) / 20)
    knots = np.stack([edges - _SLOPE_HZ / 2, edges + _SLOPE_HZ / 2], axis=1).ravel()
    padded = np.pad(halves, ((0, 0), (1, 1)))  # nothing below the lowest band and above the highest
    values = np.repeat(padded, 2, axis=1)[:, 1:-1]
    return np.stack([np.interp(hz, knots, row) for row in values])


class MarkFilters:
    """The filters of one table of signs at one rate, made once and used by every line."""

    def __init__(self, signs: Signs, sample_rate: int) -> None:
        self.block = round(HALF_S * sample_rate)
        if self.block != HALF_S * sample_rate:
            raise ValueError(f"At {sample_rate} Hz a half chip of the watermark is no whole number of samples.")
        self.taps, self.fade = round(_TAPS_S * sample_rate), round(_FADE_S * sample_rate)
        self.size = 1 << (self.block + self.fade + self.taps - 2).bit_length()
        gains = log_gains(signs, np.fft.rfftfreq(_DESIGN, 1 / sample_rate))
        fold = np.zeros(_DESIGN)
        fold[[0, _DESIGN // 2]], fold[1 : _DESIGN // 2] = 1, 2
        impulse = np.fft.irfft(np.exp(np.fft.rfft(np.fft.irfft(gains) * fold)))[:, : self.taps]
        self.spectra: Filters = np.fft.rfft(impulse, self.size)
        rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(self.fade) + 0.5) / self.fade)
        self.weight = np.concatenate([rise, np.ones(self.block - self.fade), 1 - rise])  # [block + fade]


class LineMark:
    """A line being marked. What was heard of it is kept as far as a filter reaches back."""

    def __init__(self, filters: MarkFilters, first_sample: int) -> None:
        self._filters, self._at = filters, first_sample
        self._past = np.zeros(filters.size, np.float32)

    def mark(self, samples: Samples) -> Samples:
        """The next samples of the line, marked."""
        if not len(samples):
            return samples
        of, first, stop = self._filters, self._at, self._at + len(samples)
        blocks = np.arange((first - of.fade) // of.block, (stop - 1) // of.block + 1)
        # From where the first block's filter begins to hear, to where the last one's has died away.
        begin = int(blocks[0]) * of.block - of.taps + 1
        heard = np.concatenate([self._past, samples, np.zeros(of.size, np.float32)])
        offset = first - len(self._past) - begin  # of `heard` against `begin`, never positive
        place = (blocks - blocks[0])[:, None] * of.block + np.arange(of.size) - offset
        spoken = np.fft.irfft(np.fft.rfft(heard[place]) * of.spectra[blocks % (2 * CHIPS)], of.size)
        pieces = spoken[:, of.taps - 1 : of.taps - 1 + len(of.weight)] * of.weight  # [blocks, block + fade]
        out = np.zeros(len(blocks) * of.block + of.fade)
        out[: -of.fade] += pieces[:, : of.block].ravel()
        for index, piece in enumerate(pieces[:, of.block :]):
            out[(index + 1) * of.block :][: of.fade] += piece
        self._past = heard[len(samples) : len(samples) + len(self._past)]
        self._at = stop
        skip = first - int(blocks[0]) * of.block
        return out[skip : skip + len(samples)].astype(np.float32)
