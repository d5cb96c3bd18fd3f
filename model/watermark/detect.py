"""Whether a recording carries our mark, how sure that is, and what the mark says. numpy only.

The levels of the bands are measured every 5 ms and whitened, so that what speech does of itself is small beside what the
mark does. For each speed that the recording may have been given, and each place of the table, they are correlated with the
pilot's signs; where nobody changed the speed, also as two pieces between which something was cut out.

**False alarms are bounded, not guessed.** A key's signs are coins to whoever made an unmarked recording, so the normalised
correlation z is a sum of independent signs with weights that the recording alone decides, and P(z >= t) <= 3.18 P(N(0, 1)
>= t) whatever those weights are (Bentkus & Dzindzalieva 2015, "A tight Gaussian bound for weighted sums of Rademacher random
variables"). That times the number of hypotheses bounds the chance that any of them passes. Files are not decoded here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncue.model.watermark.code import BANDS, CHIP_S, CHIPS, CODED_BITS, Payload, Reals, SignTable, band_edges, decode

FALSE_ALARMS = 1e-4
"""At most this share of unmarked recordings is said to be marked."""
SHORTEST_S = 1.0
LONGEST_S = 60.0
"""No more of a recording is looked at."""
STEP_S = 0.005
_PHASES = round(CHIP_S / STEP_S)
_PLACES = CHIPS * _PHASES
_WINDOW_S = 0.02
_BOUND = 3.178
_STRETCH_S, _CUTS = 8.0, 7
"""A longer recording is looked at in stretches that overlap by half; in each so many places of a cut are tried."""
_SEARCHED = 3
"""Stretches of a long recording at which other speeds are tried."""
_SLOWEST, _FASTEST = 0.93, 1.07
_SLIP_S = 0.003
"""How far the table may slip against the sound at the ends of a stretch, for speeds are tried in steps."""
_REFINED = 8
"""Speeds tried from the first at which the mark is found: the best may be one or two steps on, to either side."""
_BEFORE, _AFTER = 8, 16
"""Steps that the whitening looks at before and after the begin of a chip."""
_SMOOTHING = 0.01
"""Of the levels' variance is added to the diagonal, or a still recording could not be whitened."""
_LOUD = 2.0
"""Deviations beyond which a level counts no more."""
_PAUSE_PERCENTILE = 5

Cells = Reals  # [CHIPS, BANDS]
Levels = Reals  # [steps, BANDS]


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found. `chance` bounds the probability that an unmarked recording looks like this."""

    found: bool
    chance: float
    z: float = 0.0
    speed: float = 1.0
    """How much faster the recording runs than it was spoken."""
    payload: Payload | None = None
    """None where too little was heard to read it."""


@dataclass(frozen=True, slots=True)
class Speed:
    """A speed that a recording was given: with `pitch` the factor of its frequencies, 1 where its pitch was kept."""

    time: float
    pitch: float


PLAIN = Speed(1.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Match:
    """The best place of the table in a stretch. `cells` is what the sound says of each sign there."""

    correlation: float
    power: float
    cells: Cells

    @property
    def z(self) -> float:
        return self.correlation / math.sqrt(self.power) if self.power > 0 else 0.0

    def with_piece(self, other: _Match) -> _Match:
        """Two pieces of one line, each in its own place."""
        return _Match(self.correlation + other.correlation, self.power + other.power, self.cells + other.cells)


class Detector:
    """Looks for the mark of one key."""

    def __init__(self, key: bytes) -> None:
        self._table = SignTable(key)
        pilot = self._table.pilot.astype(float)
        self._pilot = np.conj(np.fft.rfft(self._table.signs * pilot, axis=0))[:, None]  # [bins, 1, BANDS]
        self._mask = np.conj(np.fft.rfft(pilot, axis=0))[:, None]

    def detect(self, samples: NDArray[np.float32], sample_rate: int) -> Detection:
        """What is found in mono samples. Raises ValueError for a recording that is too short to say anything."""
        if len(samples) < SHORTEST_S * sample_rate:
            raise ValueError(f"The recording is shorter than {SHORTEST_S:g} s: nothing can be said of it.")
        spectrogram = Spectrogram(samples[: int(LONGEST_S * sample_rate)], sample_rate)
        stretches = list(_stretches(spectrogram.steps))
        speeds = list(_speeds(min(_STRETCH_S, spectrogram.steps * STEP_S)))
        some = spectrogram.loudest(stretches, _SEARCHED)
        whole = (len(stretches) + len(some) * len(speeds)) * _PLACES
        cut = len(stretches) * _CUTS * _PLACES**2
        best, more = Detection(found=False, chance=1.0), _REFINED
        for speed in (PLAIN, *speeds):
            searched = stretches if speed is PLAIN else some
            parts = [whitened(spectrogram.levels(speed, *stretch)) for stretch in searched]
            matches = [self._match(part) for part in parts]
            found = self._judged(matches, whole, speed)
            if speed is PLAIN and not found.found:
                pieced = self._judged([self._pieced(part) for part in parts], cut, speed)
                found = pieced if pieced.chance < found.chance else found
            best = found if (found.chance, -found.z) < (best.chance, -best.z) else best
            more -= best.found
            if best.found and (best.speed == 1 or not more):
                break
        return best

    def _judged(self, matches: list[_Match], hypotheses: int, speed: Speed) -> Detection:
        """What the best of some matches proves. Half of the false alarms are for whole stretches, half for cut ones."""
        chances = [min(1.0, 2 * hypotheses * _BOUND * _tail(match.z)) for match in matches]
        found = min(chances) <= FALSE_ALARMS
        sure = [match.cells for match, chance in zip(matches, chances, strict=True) if chance <= FALSE_ALARMS]
        best = max(match.z for match in matches)
        return Detection(found, min(chances), best, speed.time, self._read(np.sum(sure, axis=0)) if found else None)

    def _match(self, part: Levels) -> _Match:
        """The best place of the table in a stretch of whitened levels."""
        folded = np.zeros((CHIPS, _PHASES, BANDS))
        for first in range(0, len(part), _PLACES):
            piece = part[first : first + _PLACES]
            folded += np.pad(piece, ((0, _PLACES - len(piece)), (0, 0))).reshape(CHIPS, _PHASES, BANDS)
        correlation = np.fft.irfft(
            (np.fft.rfft(folded, axis=0) * self._pilot).sum(2), CHIPS, axis=0
        )  # [CHIPS, _PHASES]
        power = np.fft.irfft((np.fft.rfft(folded**2, axis=0) * self._mask).sum(2), CHIPS, axis=0)
        z = correlation / np.sqrt(np.maximum(power, 1e-9))
        chip, phase = np.unravel_index(int(z.argmax()), z.shape)
        cells = np.roll(folded[:, phase], -int(chip), axis=0)
        return _Match(float(correlation[chip, phase]), float(power[chip, phase]), cells)

    def _pieced(self, part: Levels) -> _Match:
        """The best of two pieces of a stretch between which something was cut out."""
        places = (len(part) * cut // (_CUTS + 1) for cut in range(1, _CUTS + 1))
        pairs = (self._match(part[:place]).with_piece(self._match(part[place:])) for place in places)
        return max(pairs, key=lambda match: match.z)

    def _read(self, cells: Cells) -> Payload | None:
        """What the other signs say."""
        spread = ~self._table.pilot
        agreement = (cells * self._table.signs)[spread]
        soft: Reals = np.bincount(self._table.bit[spread], weights=agreement, minlength=CODED_BITS).astype(np.float64)
        return decode(soft)


class Spectrogram:
    """Power of a recording every STEP_S, summed from the lowest frequency up, so that any band is one difference."""

    def __init__(self, samples: NDArray[np.float32], sample_rate: int) -> None:
        size = round(_WINDOW_S * sample_rate)
        self.steps = int((len(samples) / sample_rate - _WINDOW_S) / STEP_S)
        at = np.round(np.arange(self.steps) * STEP_S * sample_rate).astype(int)
        frames = samples[at[:, None] + np.arange(size)] * np.hanning(size + 2)[1:-1]
        power = np.abs(np.fft.rfft(frames, 2 * size)) ** 2
        self._below = np.pad(np.cumsum(power, axis=1), ((0, 0), (1, 0)))  # [steps, bins + 1]
        self._bin_hz = sample_rate / (2 * size)

    def loudest(self, stretches: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
        """So many of the stretches, those with the most sound."""
        return sorted(stretches, key=lambda stretch: -self._below[slice(*stretch), -1].sum())[:most]

    def levels(self, speed: Speed, first: int, stop: int) -> Levels:
        """Power in each band in the steps [first, stop), on the grid of the sound as it was spoken."""
        edge = np.minimum(band_edges() * speed.pitch / self._bin_hz + 0.5, self._below.shape[1] - 1.001)
        low, share = edge.astype(int), edge % 1
        below = self._below[first:stop]
        power = np.diff(below[:, low] * (1 - share) + below[:, low + 1] * share, axis=1)
        if speed.time == 1:
            return power
        at = np.arange(int((len(power) - 1) * speed.time)) / speed.time
        before, share = at.astype(int), (at % 1)[:, None]
        return power[before] * (1 - share) + power[before + 1] * share


def whitened(power: Levels) -> Levels:
    """For each step and band what a chip that begins there does to the levels, against what they do of themselves.

    The filter is the one that finds the shape of a chip best in noise with the levels' own autocorrelation (Van Trees,
    Detection, Estimation, and Modulation Theory I, section 4.3). Where a band holds hardly more than the recording's noise
    it says nothing and counts nothing.
    """
    level = np.log(power + 1e-7 * power.max() + 1e-20)
    level -= level.mean(axis=1, keepdims=True)
    level -= level.mean(axis=0)
    shape = _chip_shape()
    lags = np.array([float((level[: len(level) - lag] * level[lag:]).sum()) for lag in range(len(shape))])
    place = np.arange(len(shape))
    spread = lags[np.abs(place[:, None] - place)] + (_SMOOTHING * lags[0] + 1e-9) * np.eye(len(shape))
    taps = np.linalg.solve(spread, shape)
    padded = np.pad(level, ((_BEFORE, _AFTER), (0, 0)))
    found = sum(tap * padded[lag : lag + len(level)] for lag, tap in enumerate(taps))
    found = found / (np.sqrt((found**2).mean(axis=0)) + 1e-12)
    usual = np.median(np.abs(found)) / 0.6745 + 1e-12
    noise = np.percentile(power, _PAUSE_PERCENTILE, axis=0)
    heard = np.pad(np.clip(1 - noise / (power + 1e-20), 0, 1), ((0, _PHASES - 1), (0, 0)), mode="edge")
    summed = np.pad(np.cumsum(heard, axis=0), ((1, 0), (0, 0)))
    share = (summed[_PHASES:] - summed[:-_PHASES]) / _PHASES  # over the chip that begins here
    return np.tanh(found / (_LOUD * usual)) * share


def _chip_shape() -> Reals:
    """What a chip does to a level that is measured in windows [_BEFORE + _AFTER]."""
    fine = 20
    per_step = round(STEP_S * 1000 * fine)
    size = round(_WINDOW_S * 1000 * fine)
    window = np.hanning(size + 2)[1:-1] ** 2
    at = np.arange((_BEFORE + _AFTER) * per_step + size) / (1000 * fine) - _BEFORE * STEP_S
    sign = np.where((at >= 0) & (at < CHIP_S), np.where(at < CHIP_S / 2, 1.0, -1.0), 0.0)
    measured = np.convolve(sign, window / window.sum(), "valid")
    return measured[: (_BEFORE + _AFTER) * per_step : per_step]


def _speeds(length_s: float) -> Iterator[Speed]:
    """Speeds near enough to each other for a stretch of this length, each as tape changes it and at its own pitch."""
    step = 4 * _SLIP_S / length_s
    count = math.ceil((_FASTEST - 1) / step)
    for number in sorted(range(-count, count + 1), key=abs):
        factor = 1 + number * step
        if number and _SLOWEST <= factor <= _FASTEST:
            yield Speed(factor, factor)
            yield Speed(factor, 1.0)


def _stretches(steps: int) -> Iterator[tuple[int, int]]:
    """First and last step of each stretch."""
    size = round(_STRETCH_S / STEP_S)
    for first in range(0, max(1, steps - size // 2), size // 2):
        yield first, min(first + size, steps)


def _tail(z: float) -> float:
    """P(N(0, 1) >= z)."""
    return 0.5 * math.erfc(z / math.sqrt(2))
