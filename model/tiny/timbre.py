"""What a recording's voice has that its vector does not tell: the long-term spectrum of its voiced sounds against its clone's.

The vector places a voice among those the vocoder was trained on; a voice of another kind comes out as one of them. So
when a voice is made its clone says a few lines, both are heard in the same way, and the difference is kept with the voice as
an equaliser; then once more, for what an equaliser does to the mean of log power is not quite what it was asked for.
What both say differs, so a small difference may be chance and counts for less (the gain of Wiener); and only voiced
sounds count, for how often somebody hisses is a matter of what he says. The clone speaks in the feeling that the recording
is heard in, so that what a feeling does to a spectrum is not kept as the voice's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from oncue.model.api import EmotionConditioning, Script, Start, Voice, Window
from oncue.model.tiny.decoder import Decoder
from oncue.model.tiny.encoders import MEL_BANDS, LogMel, levelled, mel_centres
from oncue.model.tiny.freerun import FreeRun
from oncue.model.tiny.layout import CODE_SAMPLES, FRAMES_PER_CODE, NUM_EMOTIONS, NUM_PITCH, VOICE_DIM
from oncue.model.tiny.render import COLOURED, DELAY, Renderer
from oncue.model.tiny.rows import Row, Said

REHEARSED = (
    "窗外下着小雨，妹妹和爷爷坐在火炉旁边喝热茶。",
    "请把那本蓝色的词典拿过来，我想查一个生词。",
    "Our neighbour keeps five grey geese behind the old wooden shed.",
    "They should measure the judge's new chair before choosing a thick rug.",
)
"""What a clone says while it is measured: many phones of both languages."""
_LONGEST_CODES, _ROUNDS = 150, 2
"""A line is cut there, for a decoder that was hardly trained plans minutes of it; and how often the clone is corrected."""
_LOUD, _ABOVE_NOISE = 1.0, 0.8
"""In tens of decibels: frames that count are so near to the loudest, and bands in which they stand so far out of the quiet ones."""
_CHANCE, _MOST = 0.2, 2.5
"""In tens of decibels: what two clips of one voice differ by, and the most that is mended in a round."""
_FADE = 6.0
"""In bands: how soon what is known of a band tells nothing of another."""
_NOTHING = np.zeros(NUM_EMOTIONS, np.float32)


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording, or what a clone says: log-mel frames, and which of them are voiced."""

    mel: Tensor  # [frames, MEL_BANDS]
    voiced: NDArray[np.bool_]  # [frames]


class Rehearsal:
    """Lines decoded once, by nobody in particular, for codes do not tell who speaks; any voice can say them."""

    def __init__(self, decoder: Decoder, renderer: Renderer, scripts: Sequence[Script]) -> None:
        self._renderer, self._mel = renderer, LogMel()
        nobody = Voice("tiny", {
            "vector": np.zeros(VOICE_DIM, np.float32), "mean_log_f0": np.full(1, 5.0, np.float32), "feeling": _NOTHING,
        })  # fmt: skip
        run = FreeRun(decoder, [_start(script, nobody, seed) for seed, script in enumerate(scripts)])
        for _ in range(_LONGEST_CODES):
            if not (live := [number for number in range(len(scripts)) if run.left(number) > 0]):
                break
            run.step(live)
        self._lines = [(row.script, row.said) for row in run.rows]
        pitch = [digit for _, said in self._lines for code in said for digit in code.digits[:NUM_PITCH]]
        self._voiced = np.repeat(np.array(pitch) > 0, FRAMES_PER_CODE // NUM_PITCH)

    def heard(self, voice: Voice) -> Heard:
        """What a voice makes of the lines in the feeling it was recorded in, levelled as a reference is."""
        sound = np.concatenate([self._sound(voice, script, said) for script, said in self._lines])
        return Heard(self._mel(levelled(torch.from_numpy(sound).unsqueeze(0)))[0], self._voiced)

    def timbre(self, voice: Voice, reference: Heard) -> NDArray[np.float32]:
        """Natural log of the gain in each mel band [MEL_BANDS] with which a voice made of a reference has its spectrum."""
        mean_f0 = float(np.exp(voice.arrays["mean_log_f0"][0]))
        timbre = np.zeros(MEL_BANDS, np.float32)
        for _ in range(_ROUNDS):
            clone = self.heard(Voice(voice.family, {**voice.arrays, "timbre": timbre}))
            timbre = timbre + correction(reference, clone, mean_f0)
        return timbre

    def _sound(self, voice: Voice, script: Script, said: Sequence[Said]) -> NDArray[np.float32]:
        """A line without the delay of the vocoder, [codes * CODE_SAMPLES]."""
        row = Row(_start(script, voice, 0))
        for code in said:
            row.say(code.digits, code.advance)
        sound = self._renderer.render(row, Window(0, 0, (CODE_SAMPLES,) * len(said), final=True))
        return np.pad(sound[DELAY:], (0, DELAY))


def _start(script: Script, voice: Voice, seed: int) -> Start:
    in_full = voice.arrays["feeling"] / np.float32(COLOURED)  # a recording has all of its colour
    felt = EmotionConditioning("tiny", {"vector": in_full})
    return Start(0, script, voice, felt, script.natural_codes, seed)


def correction(reference: Heard, clone: Heard, mean_f0: float) -> NDArray[np.float32]:
    """Natural log of the gain in each mel band [MEL_BANDS] that makes a clone sound more like its reference.

    Where nothing can be known, below the voice's pitch `mean_f0` in Hz and in bands that noise fills or a channel cuts off,
    the gain goes back to that of the whole; but the voice is no louder there than all that was recorded.
    """
    wanted, noise, found = long_term(reference), quiet(reference.mel), long_term(clone)
    known = (mel_centres() > mean_f0) & (wanted - noise > _ABOVE_NOISE)
    if not known.any():
        return np.zeros(MEL_BANDS, np.float32)
    clean = np.log10(np.maximum(10**wanted - 10**noise, 1e-9))
    level = (clean - found)[known].mean()
    bands, sure = np.arange(MEL_BANDS), np.flatnonzero(known)
    nearest = sure[np.abs(bands[:, None] - sure).argmin(1)]
    guessed = (clean - found - level)[nearest] * np.exp(-np.abs(bands - nearest) / _FADE)
    difference = np.where(known, guessed, np.minimum(guessed, wanted - found - level))
    smooth = np.convolve(np.pad(difference, 1, mode="edge"), (0.25, 0.5, 0.25), "valid")
    mended = np.clip(smooth * smooth**2 / (smooth**2 + _CHANCE**2), -_MOST, _MOST)
    before = np.gradient(mel_centres()) * 10**found
    louder = np.log10((before * 10**mended).sum() / before.sum())
    gain: NDArray[np.float32] = ((mended - louder) * np.log(10) / 2).astype(np.float32)
    return gain


def long_term(heard: Heard) -> NDArray[np.float64]:
    """Mean of the frames that are voiced and loud, of the loud ones where none is, [MEL_BANDS]."""
    loudness = heard.mel.mean(1)
    loud = loudness > loudness.quantile(0.95) - _LOUD
    both = loud & torch.from_numpy(heard.voiced)
    mean: NDArray[np.float64] = heard.mel[both if both.any() else loud].double().mean(0).numpy()
    return mean


def quiet(mel: Tensor) -> NDArray[np.float64]:
    """What is there when nobody speaks, [MEL_BANDS]."""
    floor: NDArray[np.float64] = mel.double().quantile(0.05, dim=0).numpy()
    return floor
