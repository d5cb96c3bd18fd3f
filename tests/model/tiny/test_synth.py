from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny import synth
from oncue.model.tiny.layout import HOP

SILENT = -30.0
Array = NDArray[np.float32]


def made(parts: Array, log_f0: Array, noise: Array, gain: float = 0.0, cuts: tuple[int, ...] = ()) -> Array:
    """The sound of frames, in windows that end at `cuts`."""
    state, out = synth.start(float(log_f0[0])), []
    for first, last in zip((0, *cuts), (*cuts, len(log_f0)), strict=True):
        excitation = synth.excite(log_f0[first:last], noise[first * HOP : last * HOP], state)
        pulses, breath = synth.framed(excitation.pulses), synth.framed(excitation.noise)
        pieces = synth.shape(parts[first:last], np.full(last - first, gain, np.float32), pulses, breath)
        sound, state = synth.assemble(pieces, excitation, state)
        out.append(sound)
    return np.concatenate(out)


def flat(frames: int, harmonics: float, noise: float, free: float = SILENT) -> Array:
    """Parts that are the same at every frequency, phases unturned, [frames, PARTS]."""
    return np.tile(np.repeat(np.array([harmonics, 0.0, noise, free, 0.0], np.float32), synth.BINS), (frames, 1))


def pitch(frames: int, f0_hz: float) -> Array:
    return np.full(frames, np.log(f0_hz), np.float32)


def white(frames: int) -> Array:
    return np.random.default_rng(0).standard_normal(frames * HOP).astype(np.float32)


def test_any_split_of_frames_gives_the_same_samples() -> None:
    parts = flat(24, 0.0, -5.0, -3.0) + np.float32(0.3) * np.random.default_rng(0).standard_normal(
        (24, synth.PARTS), np.float32
    )
    whole = made(parts, pitch(24, 130.0), white(24))
    split = made(parts, pitch(24, 130.0), white(24), cuts=(1, 3, 10))
    assert np.abs(split - whole).max() <= 1e-5 * np.abs(whole).max()


def test_a_flat_filter_passes_noise_unchanged_but_late() -> None:
    noise = white(20)
    out = made(flat(20, SILENT, 0.0), pitch(20, 100.0), noise)
    late = synth.DELAY
    assert np.allclose(out[2 * late :], noise[late:-late], atol=1e-4)


def test_what_is_made_quieter_is_quieter_in_every_part() -> None:
    parts, log_f0, noise = flat(20, -1.0, -2.0, 0.0), pitch(20, 150.0), white(20)
    loud, low = made(parts, log_f0, noise), made(parts, log_f0, noise, gain=-2.0)
    assert np.allclose(low, loud * float(np.exp(-2.0)), atol=1e-5)


def test_a_wild_network_is_loud_and_never_infinite() -> None:
    assert np.isfinite(made(flat(9, 500.0, 500.0, 500.0), pitch(9, 100.0), white(9))).all()
