"""In which style a line is spoken, told by one who learned the styles from the teacher and knows the voice's plain lines.

    … witness fit FILE --corpus SHARDS

A style is a way of speaking that differs from how the same voice speaks otherwise: from one line nobody can tell whether a stranger is
sad or has a low voice. So what is heard of a line (`manner`) is held against the mean of the voice's plain lines, of the corpus
as of a clone. The witness shares the statistics of `prosody` with the encoder of feelings that is inside the model, but no
weights; the styles are the teacher's recipes, so it says whether those were learned, not whether a person hears a feeling.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import EMOTION_NAMES, Samples
from oncue.model.tiny.layout import HOP, SAMPLE_RATE
from oncue.model.tiny.mel import centres, levelled, log_mel
from oncue.model.tiny.pitch import hold, track
from oncue.model.tiny.prosody import prosody
from oncue.model.tiny.tempo import SWAY_HZ
from oncue.model.training.data.dataset import as_float
from oncue.model.training.data.shards import lines
from oncue.model.training.evaluate.card import share

Vector = NDArray[np.float32]
_FRAME_S = HOP / SAMPLE_RATE
_SEMITONES = 12 / np.log(2)
_USUAL_HZ = 150.0
_FEWEST_VOICED = 30
_OUTLIER_SEMITONES = 14.0
_EDGE = 15
"""Voiced frames that are the beginning and the end of a melody."""
_LOUD = 1.5
"""Tens of dB below the loudest in which a line speaks."""
_LOW_HZ, _HIGH_HZ = 1000.0, 4000.0
_THROAT_HZ, _THROAT_OCTAVES = 950.0, 0.4
_HIDDEN, _STEPS, _RATE, _FADING, _DECAY, _FURTHEST = 64, 500, 4e-3, 0.995, 0.1, 4.0
_KEPT_BACK = 4
"""One speaker in so many is not shown to the witness that is tried before the one that is kept."""
_CLEAR = 0.85
"""Intensity from which a style counts as full."""


def manner(pcm: Samples) -> Vector:
    """How a line is said: `prosody`, and what it leaves out because it is the voice's too, such as pitch and level."""
    log_f0, mel = track(pcm), log_mel(pcm)
    even = prosody(log_mel(levelled(pcm)), hold(log_f0, float(np.log(_USUAL_HZ))))
    return np.concatenate([even, _melody(log_f0), _loudness(mel)]).astype(np.float32)


def _melody(log_f0: Vector) -> NDArray[np.float64]:
    """In semitones: centre and spread, the glide from one end to the other, the sways at SWAY_HZ from the line's beginning on, and both
    ends.
    """
    voiced = ~np.isnan(log_f0)
    if np.count_nonzero(voiced) < _FEWEST_VOICED:
        voiced, log_f0 = np.ones_like(voiced), np.full_like(log_f0, np.log(_USUAL_HZ))
    seconds, tone = np.flatnonzero(voiced) * _FRAME_S, log_f0[voiced] * _SEMITONES
    centre = np.median(tone)
    near = np.abs(tone - centre) < _OUTLIER_SEMITONES
    seconds, tone = seconds[near], tone[near]
    turns = [2 * np.pi * hertz * seconds for hertz in sorted(SWAY_HZ.values())]
    parts = [np.ones_like(seconds), _along(seconds), *(wave(turn) for turn in turns for wave in (np.sin, np.cos))]
    shape = np.stack(parts, 1)
    sizes = np.linalg.lstsq(shape, tone, rcond=None)[0]
    sways = np.hypot(sizes[2::2], sizes[3::2])
    left = (tone - shape @ sizes).std()
    ends = [tone[-_EDGE:].mean() - centre, tone[:_EDGE].mean() - centre]
    return np.array([centre, tone.mean(), tone.std(), left, *sizes[1:], *sways, *ends])


def _loudness(mel: Vector) -> NDArray[np.float64]:
    """In dB: swell from one end to the other, level, spread, tilt and throat; then loud syllables a second, seconds, the share of them
    that is loud, and how quiet it gets.
    """
    level = mel.mean(1)
    loud = level > np.quantile(level, 0.95) - _LOUD
    frames = np.flatnonzero(loud)
    seconds, decibels, colour = frames * _FRAME_S, level[loud] * 10, mel[loud].mean(0)
    slope, middle = np.polyfit(_along(seconds), decibels, 1)
    hertz = centres()
    tilt = colour[hertz > _HIGH_HZ].mean() - colour[hertz < _LOW_HZ].mean()
    throat = _around(colour, _THROAT_HZ) - _around(colour, 2 * _THROAT_HZ)
    step = np.diff(level)
    peaks = np.count_nonzero((step[:-1] > 0) & (step[1:] <= 0) & loud[1:-1])
    lasted = seconds[-1] - seconds[0]
    low, high = np.quantile(decibels, (0.1, 0.9))
    spread = (decibels - slope * _along(seconds) - middle).std()
    said = loud[frames[0] : frames[-1] + 1].mean()
    quiet = np.quantile(level * 10, 0.05)
    return np.array(
        [slope, decibels.mean(), spread, high - low, tilt, throat, peaks / max(lasted, 0.3), lasted, said, quiet]
    )


def _along(seconds: NDArray[np.floating]) -> NDArray[np.float64]:
    """From -1 at the first to 1 at the last."""
    return (seconds - seconds[0]) / max(seconds[-1] - seconds[0], 0.1) * 2 - 1


def _around(colour: Vector, hertz: float) -> float:
    """Mean level around a frequency."""
    weights = np.exp(-(((np.log2(centres() / hertz)) / _THROAT_OCTAVES) ** 2))
    return float(colour @ (weights / weights.sum()))


@dataclass(frozen=True, slots=True)
class Witness:
    """A network with one hidden layer."""

    centre: Vector
    scale: Vector
    enter: Vector
    enter_bias: Vector
    leave: Vector
    leave_bias: Vector

    def __call__(self, line: Vector, plain: Vector) -> int:
        """The style of a line, an index into EMOTION_NAMES, given the `manner` of it and the mean one of plain lines."""
        x = np.clip((line - plain - self.centre) / self.scale, -_FURTHEST, _FURTHEST)
        hidden = np.maximum(self.enter @ x + self.enter_bias, 0)
        return int((self.leave @ hidden + self.leave_bias).argmax())

    def save(self, path: Path) -> None:
        """As a file of numpy."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def load(path: Path) -> Witness:
        """What `save` wrote."""
        with np.load(path) as file:
            return Witness(**{field.name: file[field.name] for field in fields(Witness)})


@dataclass(frozen=True, slots=True)
class Lesson:
    """Lines in a style, as they differ from their voices' plain ones."""

    differences: Vector  # [lines, manner]
    styles: NDArray[np.int64]  # [lines]
    intensities: Vector  # [lines]
    speakers: NDArray[np.int64]  # [lines]

    @staticmethod
    def of(manners: Vector, styles: NDArray[np.int64], intensities: Vector, speakers: NDArray[np.int64]) -> Lesson:
        """Of lines with the style and the intensity of each, 0 where plain; voices without a plain line are left out."""
        plain = intensities == 0
        mean = {s: manners[plain & (speakers == s)].mean(0) for s in np.unique(speakers[plain])}
        kept = np.array([i for i in np.flatnonzero(~plain) if speakers[i] in mean and styles[i] >= 0])
        away = np.stack([manners[i] - mean[speakers[i]] for i in kept])
        return Lesson(away, styles[kept], intensities[kept], speakers[kept])

    def only(self, rows: NDArray[np.bool_]) -> Lesson:
        """Some of the lines."""
        return Lesson(*(getattr(self, field.name)[rows] for field in fields(self)))


def taught(lesson: Lesson) -> Witness:
    """A witness that learned these lines, what is strong counting for more."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(0)
    centre, scale = lesson.differences.mean(0), lesson.differences.std(0) + np.float32(1e-4)
    x = torch.from_numpy(np.clip((lesson.differences - centre) / scale, -_FURTHEST, _FURTHEST))
    wanted, weight = torch.from_numpy(lesson.styles), torch.from_numpy(lesson.intensities)
    enter, leave = nn.Linear(x.shape[1], _HIDDEN), nn.Linear(_HIDDEN, len(EMOTION_NAMES))
    network = nn.Sequential(enter, nn.ReLU(), nn.Dropout(0.4), leave)
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    fading = torch.optim.lr_scheduler.ExponentialLR(optimiser, _FADING)
    for _ in range(_STEPS):
        told = network(x + 0.1 * torch.randn_like(x))
        loss = (F.cross_entropy(told, wanted, label_smoothing=0.05, reduction="none") * weight).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        fading.step()
    return Witness(centre, scale, *(p.detach().numpy() for p in (enter.weight, enter.bias, leave.weight, leave.bias)))


def right(witness: Witness, lesson: Lesson) -> list[bool]:
    """Whether it tells the style of each line."""
    nothing = np.zeros_like(lesson.differences[0])
    return [witness(x, nothing) == style for x, style in zip(lesson.differences, lesson.styles, strict=True)]


def fit(corpus: Sequence[Path], most: int) -> Witness:
    """A witness taught by all of the first `most` speakers of each corpus, after one taught by some was tried on the others."""
    rows = list[tuple[Vector, int, float, int]]()
    for place, folder in enumerate(corpus):
        known = dict[int, int]()
        for line in lines(folder):
            if known.setdefault(line.speaker, len(known)) < most:
                speaker = place * 1_000_000 + known[line.speaker]
                rows.append((manner(as_float(line.audio)), line.style, line.intensity, speaker))
    manners, styles, intensities, speakers = zip(*rows, strict=True)
    lesson = Lesson.of(np.stack(manners), np.array(styles), np.array(intensities, np.float32), np.array(speakers))
    tell(lesson)
    return taught(lesson)


def tell(lesson: Lesson) -> None:
    """Print what a witness taught by some speakers says of the others."""
    away = lesson.speakers % _KEPT_BACK == 0
    shown, kept = lesson.only(~away), lesson.only(away)
    tried = taught(shown)
    for what, some in (("any", kept), ("full", kept.only(kept.intensities >= _CLEAR))):
        figure = share(what, right(tried, some))
        print(
            f"[witness] teacher's lines of unseen speakers at {what} intensity: style told of {figure.value:.3f} of {figure.n}"
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    fitted = parser.add_subparsers(required=True).add_parser("fit")
    fitted.add_argument("file", type=Path)
    fitted.add_argument("--corpus", type=Path, nargs="+", required=True)
    fitted.add_argument("--speakers", type=int, default=900)
    arguments = parser.parse_args()
    fit(arguments.corpus, arguments.speakers).save(arguments.file)


if __name__ == "__main__":
    main()
