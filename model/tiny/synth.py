"""Frames to sound: harmonics, noise and a free part, shaped in the STFT domain and overlap-added.

A frame n ends at sample (n + 1) * HOP and covers the FRAME samples before that. Its spectrum is the sum of three parts:

* harmonics: the spectrum of a band-limited pulse train whose phase is integrated from the pitch, times a minimum-phase
  gain (Oppenheim & Schafer, cepstral folding) whose phase the network may turn further;
* noise: the spectrum of white noise, times a real gain;
* a free part: magnitude and phase as the network says, for what is neither (bursts, creaks).

So stretching a line never moves its pitch. The output of frame n is the HOP samples that no later frame touches: sound
comes out FRAME - HOP samples late. One law: any split of frames gives the same samples.

In numpy, as it is served, one line at a time or the frames of several at once; the training room has the same in torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from oncue.model.tiny.layout import HOP, SAMPLE_RATE
from oncue.model.tiny.mel import hann

FRAME = 3 * HOP
BINS = FRAME // 2 + 1
DELAY = FRAME - HOP
PARTS = 5 * BINS
"""Numbers a frame: harmonic log gain and phase, noise log gain, free log magnitude and phase, BINS of each."""
LOUDEST = 4.0
"""Log gains are cut there, so that a wild network is loud and never infinite."""
_OVERLAP = FRAME // HOP

Array = NDArray[np.float32]

WINDOW = hann(FRAME)
_NORM = WINDOW / np.tile(np.square(WINDOW).reshape(_OVERLAP, HOP).sum(0), _OVERLAP)
_FOLD = np.array([1.0, *[2.0] * (FRAME // 2 - 1), 1.0, *[0.0] * (FRAME // 2 - 1)], np.float32)
_RAMP = (np.arange(1, HOP + 1) / HOP).astype(np.float32)


@dataclass(frozen=True, slots=True)
class SynthState:
    """What crosses from one frame of a line to the next."""

    phase: float
    """In cycles."""
    log_f0: float
    """At the last right edge."""
    pulses: Array  # [FRAME - HOP], excitation already made
    noise: Array  # [FRAME - HOP]
    tail: Array  # [FRAME - HOP], output still missing later frames


@dataclass(frozen=True, slots=True)
class Excitation:
    """What the frames of a window are made of before they are shaped."""

    pulses: Array  # [FRAME - HOP + frames * HOP]
    noise: Array  # [FRAME - HOP + frames * HOP]
    phase: float
    log_f0: float


def start(log_f0: float, phase: float = 0.0) -> SynthState:
    """A fresh state for a line whose first log F0 is given."""
    empty = np.zeros(FRAME - HOP, np.float32)
    return SynthState(phase, log_f0, empty, empty, empty)


def pulse_train(log_f0: Array, state: SynthState) -> tuple[Array, float]:
    """Band-limited pulses of unit power density, [frames * HOP], and the last phase.

    The closed form of sum_{k<=K} cos(k phi) is the Dirichlet kernel; K follows the pitch up to Nyquist.
    """
    before = np.concatenate([[np.float32(state.log_f0)], log_f0[:-1]])  # [frames]
    f0 = np.exp(before[:, None] + (log_f0 - before)[:, None] * _RAMP).ravel()  # [samples]
    # Double precision: an error of 1e-7 cycles is a hundred times larger at the hundredth harmonic.
    cycles = np.cumsum(f0.astype(np.float64) / SAMPLE_RATE) + state.phase
    angle = ((cycles % 1.0) * (2 * math.pi)).astype(np.float32)
    harmonics = np.floor(np.float32(0.48 * SAMPLE_RATE) / f0)
    half = np.sin(angle / 2)
    near = np.abs(half) < 1e-4
    ratio = np.sin((harmonics + np.float32(0.5)) * angle) / np.where(near, np.float32(1), half)
    total = np.where(near, harmonics + np.float32(0.5), np.float32(0.5) * ratio) - np.float32(0.5)
    return total * np.sqrt(f0 * np.float32(4 / SAMPLE_RATE)), float(cycles[-1] % 1.0)


def excite(log_f0: Array, white: Array, state: SynthState) -> Excitation:
    """The pulses of log F0 [frames] and white noise [frames * HOP], after what the line already has of both."""
    pulses, phase = pulse_train(log_f0, state)
    return Excitation(
        np.concatenate([state.pulses, pulses]), np.concatenate([state.noise, white]), phase, float(log_f0[-1])
    )


def framed(samples: Array) -> Array:
    """Samples as overlapping frames, [frames, FRAME]."""
    return sliding_window_view(samples, FRAME)[::HOP]


def shape(parts: Array, log_gain: Array, pulses: Array, noise: Array) -> Array:
    """What the network says of frames of any lines [frames, PARTS], the natural log of how loud each may be [frames], and
    their framed excitations [frames, FRAME] -> pieces of sound to be overlap-added, [frames, FRAME].
    """
    pulse_gain, turn, noise_gain, free_gain, free_turn = parts.reshape(len(parts), 5, BINS).transpose(1, 0, 2)
    quieter = log_gain[:, None]
    voice, breath = np.fft.rfft(pulses * WINDOW), np.fft.rfft(noise * WINDOW)
    pulse_gain = np.minimum(pulse_gain + quieter, np.float32(LOUDEST))
    angle = (minimum_phase(pulse_gain) + np.float32(math.pi) * np.tanh(turn)).astype(np.float32, copy=False)
    spectrum = (
        voice * _complex(pulse_gain, angle)
        + breath * np.exp(np.minimum(noise_gain + quieter, np.float32(LOUDEST)))
        + _complex(np.minimum(free_gain + quieter, np.float32(LOUDEST + 2)), free_turn)
    )
    pieces: Array = np.fft.irfft(spectrum, FRAME) * _NORM
    return pieces


def assemble(pieces: Array, excitation: Excitation, state: SynthState) -> tuple[Array, SynthState]:
    """The pieces of one line's frames [frames, FRAME] -> samples [frames * HOP] (DELAY late) and the state after them."""
    frames, keep = len(pieces), FRAME - HOP
    out = np.zeros((frames + _OVERLAP - 1, HOP), np.float32)
    out[: _OVERLAP - 1] = state.tail.reshape(-1, HOP)
    blocks = pieces.reshape(frames, _OVERLAP, HOP)
    for part in range(_OVERLAP):
        out[part : part + frames] += blocks[:, part]
    after = SynthState(
        excitation.phase,
        excitation.log_f0,
        excitation.pulses[-keep:],
        excitation.noise[-keep:],
        out[frames:].ravel(),
    )
    return out[:frames].ravel(), after


def minimum_phase(log_gain: Array) -> Array:
    """The phase of the minimum-phase filter with these log magnitudes [..., BINS]."""
    return np.fft.rfft(np.fft.irfft(log_gain, FRAME) * _FOLD).imag.astype(np.float32, copy=False)


def _complex(log_size: Array, angle: Array) -> NDArray[np.complex64]:
    size = np.exp(log_size)
    out = np.empty(size.shape, np.complex64)
    np.multiply(size, np.cos(angle), out=out.real)
    np.multiply(size, np.sin(angle), out=out.imag)
    return out
