"""The prepared corpus: every utterance with its pitch digits and text pointers, ready to be cut into batches.

Copied into memory, 170 MB an hour. Pitch, phones and their ends are the teacher's own; nothing is tracked or aligned.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.tiny.layout import CODE_SAMPLES, FRAMES_PER_CODE, HOP, NUM_EMOTIONS
from oncue.model.tiny.melody import frame_pitch, frame_voicing
from oncue.model.tiny.pitch import hold, scale_of
from oncue.model.training.data.prepare import Aligned, Ints, align, closing_cut, pitch_digits, settled
from oncue.model.training.data.shards import Line, lines

HELD_OUT = 24
"""Speakers, the last ones, that nothing is trained on."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One utterance, cut to whole codes."""

    audio: NDArray[np.int16]
    phones: Ints
    tones: Ints
    word_starts: Ints
    ends: Ints
    aligned: Aligned
    pitch: Ints  # [codes, NUM_PITCH]
    log_f0: NDArray[np.float32]  # [frames], held through unvoiced frames
    voiced: NDArray[np.bool_]  # [frames]
    told_log_f0: NDArray[np.float32]  # [frames], the pitch as its digits tell it
    told_voiced: NDArray[np.float32]  # [frames], 0 or 1
    speaker: int
    language: int
    emotion: int
    intensity: float
    pitch_scale: float = 1.0
    text: str = ""

    @property
    def codes(self) -> int:
        """Length in codes."""
        return len(self.pitch)

    @property
    def feeling(self) -> NDArray[np.float32]:
        """How strongly it was said in which style, [NUM_EMOTIONS]."""
        out = np.zeros(NUM_EMOTIONS, np.float32)
        if self.emotion >= 0:
            out[self.emotion] = self.intensity
        return out


@dataclass(frozen=True, slots=True)
class Dataset:
    """All utterances, the mean log F0 and the pitch scale of each speaker, and which lines are for what."""

    items: tuple[Prepared, ...]
    mean_log_f0: NDArray[np.float32]
    pitch_scale: NDArray[np.float32]
    training: Ints
    validation: Ints
    by_speaker: dict[int, Ints]


def as_float(audio: NDArray[np.int16]) -> NDArray[np.float32]:
    """16-bit samples to floats in [-1, 1]."""
    return np.multiply(audio, np.float32(1 / 32768), dtype=np.float32)


def style_of(item: Prepared) -> int:
    """Index into the styles and, behind them, neutral."""
    return item.emotion if item.emotion >= 0 and item.intensity > 0 else NUM_EMOTIONS


def build(folders: Sequence[Path], limit: int | None = None) -> Dataset:
    """Read the corpora in `folders`; the last speakers and every 50th line are for validation."""
    read: list[Line] = []
    numbers: dict[tuple[int, int], int] = {}
    own: list[int] = []
    for place, folder in enumerate(folders):
        for line in lines(folder):
            read.append(line)
            own.append(numbers.setdefault((place, line.speaker), len(numbers)))
            if limit is not None and len(read) >= limit:
                break
    tracks = [line.log_f0(HOP) for line in read]
    means, scales = melodies(read, own, tracks, len(numbers))
    rng = np.random.default_rng(0)
    items = tuple(
        prepare(line, speaker, track, float(means[speaker]), float(scales[speaker]), rng)
        for line, speaker, track in zip(read, own, tracks, strict=True)
    )
    held = set(held_out(numbers))
    outside = np.array([item.speaker in held for item in items])
    every = np.arange(len(items))
    validation = every[outside | (every % 50 == 0)]
    training = every[~outside & (every % 50 != 0)]
    by_speaker: dict[int, list[int]] = {}
    for index in training.tolist():
        by_speaker.setdefault(items[index].speaker, []).append(index)
    return Dataset(items, means, scales, training, validation, {s: np.array(rows) for s, rows in by_speaker.items()})


def held_out(numbers: dict[tuple[int, int], int]) -> list[int]:
    """Speakers of the first corpus that nothing is trained on, so that they stay the same when more corpora come."""
    first = [number for (place, _), number in numbers.items() if place == 0]
    return first[-HELD_OUT:]


def melodies(
    read: Sequence[Line], own: Sequence[int], tracks: Sequence[NDArray[np.float32]], speakers: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean log pitch and pitch scale of each speaker over the lines that have no style, or all where every one has:
    what a plain clip tells of a voice.
    """
    plain = np.zeros(speakers, bool)
    for line, speaker in zip(read, own, strict=True):
        plain[speaker] |= line.intensity == 0
    total, number, scale, counted = (np.zeros(speakers) for _ in range(4))
    for line, speaker, track in zip(read, own, tracks, strict=True):
        voiced = track[~np.isnan(track)]
        if (plain[speaker] and line.intensity > 0) or not len(voiced):
            continue
        total[speaker] += voiced.sum()
        number[speaker] += len(voiced)
        scale[speaker] += np.log(scale_of(track))
        counted[speaker] += 1
    means, scales = total / np.maximum(number, 1), np.exp(scale / np.maximum(counted, 1))
    return means.astype(np.float32), scales.astype(np.float32)


def prepare(
    line: Line, speaker: int, log_f0: NDArray[np.float32], mean: float, scale: float, rng: np.random.Generator
) -> Prepared:
    """A line cut to whole codes; `mean` and `scale` are its speaker's mean log pitch and pitch scale."""
    ends = settled(line.ends, line.units[:, 0], line.audio)
    kept = closing_cut(ends, rng)
    ends[-1] = kept
    codes = kept // CODE_SAMPLES
    frames = codes * FRAMES_PER_CODE
    pitch = pitch_digits(log_f0, mean, scale)[:codes]
    told = frame_pitch(pitch.tolist(), mean, scale, mean, voiced=False)
    return Prepared(
        np.array(line.audio[: codes * CODE_SAMPLES]),
        line.units[:, 0],
        line.units[:, 1],
        line.units[:, 2],
        ends,
        align(ends, codes),
        pitch,
        hold(log_f0[:frames], mean),
        ~np.isnan(log_f0[:frames]),
        np.array(told, np.float32),
        np.array(frame_voicing(pitch.tolist()), np.float32),
        speaker,
        line.language,
        line.style,
        line.intensity,
        scale,
        line.text,
    )


def main() -> None:
    """Say what is in a corpus: `python -m oncue.model.training.dataset FOLDER…`."""
    data = build([Path(name) for name in sys.argv[1:]])
    hours = sum(len(item.audio) for item in data.items) / 24_000 / 3600
    print(f"[dataset] {hours:.2f} h, {len(data.training)} lines to train on, {len(data.validation)} to validate with")


if __name__ == "__main__":
    main()
