"""Fundamental frequency of clean speech: normalised cross-correlation and a Viterbi path.

The method is that of Talkin 1995 ("A robust algorithm for pitch tracking", RAPT), reduced to one pass at
12 kHz over the lowest harmonics: while a tone falls, the higher ones are out of step within one window. It serves
voices (mean pitch of a reference) and training (pitch digits). Not for music or noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.layout import HOP, SAMPLE_RATE

_RATE = SAMPLE_RATE // 2
_HOP = HOP // 2
_WINDOW = 240  # 20 ms
_CUTOFF_HZ = 700.0
_LAG_MIN = _RATE // 500
_LAG_MAX = _RATE // 55
_NUM_CANDIDATES = 5
_UNVOICED_COST = 0.47
_SWITCH_COST = 0.25
_JUMP_COST = 2.2
_LAG_COST = 0.12

_ENOUGH_FRAMES, _AROUND_FRAMES = 50, 99
_OUTLIER = 0.42
"""In natural log: what is further from its second, as an octave is, was taken for another harmonic."""
_COMMON_SPREAD = 0.068
"""What a scale of 1 is, in natural log."""
SCALES = (0.4, 2.5)
"""The narrowest and the widest melody that is told apart."""
_USUAL_SCALE, _TELLING_S = 2.06, 1.06
"""What a clip's scale is held against, the median speaker of the corpus, and how many seconds of voice tell as much as that
does: fitted on clips of one to three lines of 260 speakers of an earlier corpus against the scale of all their lines.
"""

_BASS_HZ, _VOICE_HZ, _NO_BASS = (60.0, 250.0), (300.0, 1_000.0), 0.01
"""Where voices have bass, where they have most of their power, and what share of it is none."""
_ENVELOPE_MEAN = SAMPLE_RATE // 25
"""Samples whose mean is taken out of an envelope."""

Track = NDArray[np.float32]


def track(pcm: NDArray[np.float32]) -> Track:
    """Log of the fundamental (natural log of Hz) every `HOP` samples, NaN where unvoiced.

    `pcm` is mono at `SAMPLE_RATE`; value n belongs to sample (n + 1) * HOP. Shape [len(pcm) // HOP].
    """
    frames = len(pcm) // HOP
    if frames == 0:
        return np.zeros(0, np.float32)
    correlation, energy = _correlation(_low(pcm), frames)
    lags, scores = _candidates(correlation)
    path = _best_path(lags, scores, energy)
    rows = np.arange(frames)
    voiced = path < _NUM_CANDIDATES
    chosen = lags[rows, np.minimum(path, _NUM_CANDIDATES - 1)]
    with np.errstate(divide="ignore"):
        log_f0 = np.log(_RATE / np.maximum(chosen, 1e-6))
    return np.where(voiced, log_f0, np.nan).astype(np.float32)


def with_bass(pcm: NDArray[np.float32]) -> NDArray[np.float32]:
    """What `track` should hear of a recording: itself or, where a telephone let no bass through, its envelope (the magnitude of
    the analytic signal), in which the harmonics that are left beat at the fundamental.
    """
    spectrum = np.fft.rfft(pcm)
    hertz = np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE)
    power = np.square(np.abs(spectrum))
    bass, voice = (power[(hertz > low) & (hertz < high)].sum() for low, high in (_BASS_HZ, _VOICE_HZ))
    if bass > _NO_BASS * voice:
        return pcm
    one_sided = np.zeros(len(pcm), complex)
    one_sided[: len(spectrum)] = 2 * spectrum
    envelope = np.abs(np.fft.ifft(one_sided))
    mean = np.convolve(envelope, np.full(_ENVELOPE_MEAN, 1 / _ENVELOPE_MEAN), "same")
    return (envelope - mean).astype(np.float32)


def hold(log_f0: Track, fallback: float) -> Track:
    """Carry the last voiced value through unvoiced frames; before the first one, take it in advance."""
    voiced = np.flatnonzero(~np.isnan(log_f0))
    if len(voiced) == 0:
        return np.full_like(log_f0, fallback)
    where = np.maximum(np.searchsorted(voiced, np.arange(len(log_f0)), side="right") - 1, 0)
    held: Track = log_f0[voiced[where]]
    return held


def scale_of(log_f0: Track) -> float:
    """How wide a voice's melody is against a common one: the root mean square of its log pitch around the mean of
    the second around, so that neither the level of a line nor its slope counts, nor frames an octave off. 1 where there
    is too little voice.
    """
    voiced = ~np.isnan(log_f0)
    if np.count_nonzero(voiced) < _ENOUGH_FRAMES:
        return 1.0
    away = _around(log_f0, voiced)
    steady = voiced & (np.abs(away) < _OUTLIER)
    if np.count_nonzero(steady) < _ENOUGH_FRAMES:
        return 1.0
    away = _around(log_f0, steady)[steady]
    return float(np.clip(np.sqrt(np.mean(away**2)) / _COMMON_SPREAD, *SCALES))


def likely_scale(log_f0: Track) -> float:
    """The scale of the voice that a clip is of: that of the clip, drawn to the usual one the more the shorter it is."""
    seconds = np.count_nonzero(~np.isnan(log_f0)) * HOP / SAMPLE_RATE
    weight = seconds / (seconds + _TELLING_S)
    return float(scale_of(log_f0) ** weight * _USUAL_SCALE ** (1 - weight))


def _around(log_f0: Track, counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Each frame against the mean of the second around of those that are counted."""
    window = np.hanning(_AROUND_FRAMES + 2)
    values, counts = np.where(counted, log_f0, 0.0), counted.astype(float)
    near = np.convolve(values, window, "same") / np.maximum(np.convolve(counts, window, "same"), 1e-6)
    away: NDArray[np.float64] = log_f0 - near[: len(log_f0)]
    return away


def _low(pcm: NDArray[np.float32]) -> NDArray[np.float32]:
    """The harmonics up to about _CUTOFF_HZ, at half the rate."""
    taps = np.sinc(2 * _CUTOFF_HZ / SAMPLE_RATE * np.arange(-63, 64)) * np.hamming(127)
    return np.convolve(pcm, (taps / taps.sum()).astype(np.float32), "same")[::2].astype(np.float32)


def _correlation(pcm: NDArray[np.float32], frames: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Normalised cross-correlation [frames, lags] and mean energy [frames]; the frame is centred."""
    span = _WINDOW + _LAG_MAX
    centres = (np.arange(frames) + 1) * _HOP
    padded = np.pad(pcm, (span, span))
    index = centres[:, None] + span - span // 2 + np.arange(span)[None, :]
    wide = padded[np.minimum(index, len(padded) - 1)]
    wide = wide - wide.mean(axis=1, keepdims=True)
    size = 1024
    head = np.fft.rfft(wide[:, :_WINDOW], size)
    full = np.fft.rfft(wide, size)
    cross = np.fft.irfft(np.conj(head) * full, size)[:, : _LAG_MAX + 2]
    squares = np.cumsum(np.pad(wide.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
    lags = np.arange(min(_LAG_MAX + 2, span - _WINDOW + 1))
    moving = squares[:, lags + _WINDOW] - squares[:, lags]
    cross = cross[:, : len(lags)]
    norm = np.sqrt(moving[:, :1] * moving) + 1e-4 * _WINDOW * 1e-2
    return (cross / norm).astype(np.float32), (moving[:, 0] / _WINDOW).astype(np.float32)


def _candidates(correlation: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The best local maxima of each row: lags (parabolic, fractional) and scores, [frames, candidates]."""
    centre = correlation[:, _LAG_MIN:-1]
    left, right = correlation[:, _LAG_MIN - 1 : -2], correlation[:, _LAG_MIN + 1 :]
    peak = (centre > left) & (centre >= right) & (centre > 0.2)
    lag_axis = np.arange(_LAG_MIN, _LAG_MIN + centre.shape[1])
    weight = centre * (1 - _LAG_COST * lag_axis / _LAG_MAX)
    score = np.where(peak, weight, 0.0)
    best = np.argpartition(-score, _NUM_CANDIDATES, axis=1)[:, :_NUM_CANDIDATES]
    rows = np.arange(len(centre))[:, None]
    a, b, c = left[rows, best], centre[rows, best], right[rows, best]
    curve = a - 2 * b + c
    shift = np.where(np.abs(curve) > 1e-6, 0.5 * (a - c) / np.where(np.abs(curve) > 1e-6, curve, 1), 0)
    return (lag_axis[best] + np.clip(shift, -0.5, 0.5)).astype(np.float32), score[rows, best].astype(np.float32)


def _best_path(
    lags: NDArray[np.float32], scores: NDArray[np.float32], energy: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Viterbi over candidates and the unvoiced state (the last); cost 1 - score, jumps by log ratio."""
    frames = len(lags)
    quiet = np.clip(0.3 - 0.1 * np.log10(energy / (energy.max() + 1e-12) * 1e4 + 1e-9), 0, 0.5)
    local = np.concatenate(
        [np.where(scores > 0, 1 - scores, 9.0) + quiet[:, None], np.full((frames, 1), _UNVOICED_COST)], axis=1
    )
    logs = np.log(lags)
    jump = np.full((frames, _NUM_CANDIDATES + 1, _NUM_CANDIDATES + 1), _SWITCH_COST, np.float32)
    jump[:, -1, -1] = 0
    jump[1:, :-1, :-1] = _JUMP_COST * np.abs(logs[1:, None, :] - logs[:-1, :, None])
    back = np.zeros((frames, _NUM_CANDIDATES + 1), np.int64)
    cost = local[0]
    for frame in range(1, frames):
        total = cost[:, None] + jump[frame]
        back[frame] = total.argmin(axis=0)
        cost = total.min(axis=0) + local[frame]
    path = np.zeros(frames, np.int64)
    path[-1] = int(cost.argmin())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return path
