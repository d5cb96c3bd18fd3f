"""What a recording's voice has that its vector does not tell: its long-term spectrum against that of its clone.

The vector places a voice among those the vocoder was trained on; a voice of another kind comes out as one of them. So
the clone is heard when a voice is made, and the difference is kept with it as an equaliser. No sound is needed for
that: pulses and noise have unit power density, so what the vocoder would do to them is the clone's spectrum in expectation.
What both say differs, so a small difference may be chance and counts for less (the gain of Wiener).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from model.api import Emotion, Script, Start, Voice
from model.tiny.decoder import Decoder
from model.tiny.encoders import FFT, MEL_BANDS, REFERENCE_RMS, log_mel, mel_centres, mel_matrix
from model.tiny.freerun import FreeRun
from model.tiny.layout import NUM_EMOTIONS, VOICE_DIM
from model.tiny.render import vocoder_input
from model.tiny.rows import Row
from model.tiny.synth import noise_map
from model.tiny.vocoder import Vocoder

REHEARSED = (
    "窗外下着小雨，妹妹和爷爷坐在火炉旁边喝热茶。",
    "请把那本蓝色的词典拿过来，我想查一个生词。",
    "Our neighbour keeps five grey geese behind the old wooden shed.",
    "They should measure the judge's new chair before choosing a thick rug.",
)
"""What a clone says while it is measured: many phones of both languages."""
_LOUD, _ABOVE_NOISE = 1.0, 0.8
"""In tens of decibels: frames that count are so near to the loudest, and bands in which they stand so far out of the quiet ones."""
_CHANCE, _MOST = 0.3, 1.5
"""In tens of decibels: what two clips of one voice differ by, and the most that is mended."""
_SLOPE, _FADE = 3, 6.0
"""In bands: how far a filter's slope may reach, and how soon what is known of a band tells nothing of another."""
_TABLE = mel_matrix(FFT // 2 + 1, MEL_BANDS)
_NOISE_MAP = noise_map()
_WINDOW_POWER = 3 / 8 * FFT
"""Of the squared Hann window."""


def rehearse(decoder: Decoder, scripts: Sequence[Script]) -> list[Row]:
    """The codes of what is rehearsed, by nobody in particular: codes do not tell who speaks."""
    nobody = {"vector": np.zeros(VOICE_DIM, np.float32), "mean_log_f0": np.full(1, 5.0, np.float32)}
    voice, plain = Voice("tiny", nobody), Emotion("tiny", {"vector": np.zeros(NUM_EMOTIONS, np.float32)})
    run = FreeRun(decoder, [Start(0, s, voice, plain, s.natural_codes, seed) for seed, s in enumerate(scripts)])
    while live := [number for number in range(len(scripts)) if run.left(number) > 0]:
        run.step(live)
    return run.rows


def expected_mel(vocoder: Vocoder, rehearsed: Sequence[Row], vector: Tensor, pitch_scale: float) -> Tensor:
    """Log-mel frames [frames, MEL_BANDS] in expectation of what a voice [VOICE_DIM] would make of these codes."""
    films = vocoder.films(vector.unsqueeze(0))
    gains = [vocoder(vocoder_input(row, row.said, pitch_scale), films) for row in rehearsed]
    power = torch.cat([(torch.exp(2 * pulse) + torch.exp(2 * (noise @ _NOISE_MAP)))[0] for pulse, noise, _ in gains])
    level = REFERENCE_RMS**2 / power.mean()
    fine = F.interpolate(power.unsqueeze(1), FFT // 2 + 1, mode="linear", align_corners=True)[:, 0]
    return log_mel(_WINDOW_POWER * level * fine @ _TABLE)


def timbre_of(reference: Tensor, clone: Tensor, mean_f0: float) -> NDArray[np.float32]:
    """Natural log of the gain in each mel band [MEL_BANDS] that makes a clone sound like its reference; both are log-mel
    [frames, MEL_BANDS]. Where nothing can be known, below the voice's pitch `mean_f0` in Hz or in bands that noise fills or
    a channel cuts off, the gain goes back to that of the whole.
    """
    wanted, noise, found = long_term(reference), quiet(reference), long_term(clone)
    known = (mel_centres() > mean_f0) & well_inside(wanted - noise > _ABOVE_NOISE)
    if not known.any():
        return np.zeros(MEL_BANDS, np.float32)
    clean = np.log10(np.maximum(10**wanted - 10**noise, 1e-9))
    difference = (clean - found) - (clean - found)[known].mean()
    bands, sure = np.arange(MEL_BANDS), np.flatnonzero(known)
    nearest = sure[np.abs(bands[:, None] - sure).argmin(1)]
    difference = difference[nearest] * np.exp(-np.abs(bands - nearest) / _FADE)
    smooth = np.convolve(np.pad(difference, 1, mode="edge"), (0.25, 0.5, 0.25), "valid")
    mended = np.clip(smooth * smooth**2 / (smooth**2 + _CHANCE**2), -_MOST, _MOST)
    before = np.gradient(mel_centres()) * 10**found
    louder = np.log10((before * 10**mended).sum() / before.sum())
    gain: NDArray[np.float32] = ((mended - louder) * np.log(10) / 2).astype(np.float32)
    return gain


def well_inside(heard: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bands [bands] that are heard and have none that is not among their neighbours: where a band ends, a filter slopes."""
    edges = np.pad(heard, _SLOPE, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(edges, 2 * _SLOPE + 1).all(axis=1))


def long_term(mel: Tensor) -> NDArray[np.float64]:
    """Mean of the loud frames, [MEL_BANDS]."""
    loudness = mel.mean(1)
    loud = loudness > loudness.quantile(0.95) - _LOUD
    mean: NDArray[np.float64] = mel[loud].double().mean(0).numpy()
    return mean


def quiet(mel: Tensor) -> NDArray[np.float64]:
    """What is there when nobody speaks, [MEL_BANDS]."""
    floor: NDArray[np.float64] = mel.double().quantile(0.05, dim=0).numpy()
    return floor
