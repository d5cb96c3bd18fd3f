"""The prepared corpus: every utterance with its pitch digits and text pointers, ready to be cut into batches.

Copied into memory, 170 MB an hour: random reads of mapped files wait for the disk whenever the system drops them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.text.phones import INDEX, MANDARIN_FINALS, MANDARIN_INITIALS
from oncue.model.tiny.layout import CODE_SAMPLES, FRAMES_PER_CODE, HOP, NUM_EMOTIONS
from oncue.model.tiny.pitch import hold, scale_of
from oncue.model.training.data.corpus import Corpus, Utterance, load
from oncue.model.training.data.prepare import Aligned, Ints, align, pitch_digits, pitch_tracks


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
    speaker: int
    language: int
    emotion: int
    intensity: float
    pitch_scale: float = 1.0

    @property
    def codes(self) -> int:
        """Length in codes."""
        return len(self.pitch)

    @property
    def feeling(self) -> NDArray[np.float32]:
        """How strongly it was said in which style, [NUM_EMOTIONS]."""
        out = np.zeros(NUM_EMOTIONS, np.float32)
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


def syllable_starts(phones: Ints, word_starts: Ints) -> Ints:
    """Word starts as the front-end writes them: in Mandarin every syllable begins one."""
    initial = np.isin(phones, [INDEX[symbol] for symbol in MANDARIN_INITIALS])
    final = np.isin(phones, [INDEX[symbol] for symbol in MANDARIN_FINALS])
    bare = final & ~np.concatenate([[False], initial[:-1]])
    return (initial | bare | ((word_starts > 0) & ~final)).astype(np.int64)


def build(folder: Path, workers: int = 2, limit: int | None = None) -> Dataset:
    """Read the corpus in `folder`; held-out speakers and every 50th line are for validation."""
    corpus = load(folder)
    tracks = pitch_tracks(folder, corpus, workers)
    count = len(corpus) if limit is None else min(limit, len(corpus))
    spans, offset = [], 0
    for index in range(len(corpus)):
        size = len(corpus.utterance(index).audio) // HOP
        spans.append((offset, offset + size))
        offset += size
    means, scales = melodies(corpus, [tracks[slice(*span)] for span in spans])
    items = tuple(
        prepare(
            line := corpus.utterance(i),
            tracks[slice(*spans[i])],
            float(means[line.speaker]),
            float(scales[line.speaker]),
        )
        for i in range(count)
    )
    held = {s.id for s in corpus.speakers if s.held_out}
    outside = np.array([item.speaker in held for item in items])
    every = np.arange(count)
    validation = every[outside | (every % 50 == 0)]
    training = every[~outside & (every % 50 != 0)]
    by_speaker = {
        int(s): training[[items[i].speaker == s for i in training]] for s in {items[i].speaker for i in every}
    }
    return Dataset(items, means, scales, training, validation, by_speaker)


def melodies(corpus: Corpus, tracks: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean log pitch and pitch scale of each speaker over the lines that have no style, or all where every one has:
    what a plain clip tells of a voice.
    """
    plain = np.zeros(len(corpus.speakers), bool)
    plain[corpus.lines["speaker"][corpus.lines["intensity"] == 0]] = True
    total, number, scale, lines = (np.zeros(len(corpus.speakers)) for _ in range(4))
    for line, track in zip(corpus.lines, tracks, strict=True):
        speaker, voiced = line["speaker"], track[~np.isnan(track)]
        if (plain[speaker] and line["intensity"] > 0) or not len(voiced):
            continue
        total[speaker] += voiced.sum()
        number[speaker] += len(voiced)
        scale[speaker] += np.log(scale_of(track))
        lines[speaker] += 1
    means, scales = total / np.maximum(number, 1), np.exp(scale / np.maximum(lines, 1))
    return means.astype(np.float32), scales.astype(np.float32)


def prepare(utterance: Utterance, log_f0: NDArray[np.float32], mean: float, scale: float) -> Prepared:
    """A line cut to whole codes; `mean` and `scale` are its speaker's mean log pitch and pitch scale."""
    codes = len(utterance.audio) // CODE_SAMPLES
    aligned = align(utterance.ends.astype(np.int64), codes)
    return Prepared(
        np.array(utterance.audio[: codes * CODE_SAMPLES]),
        utterance.phones.astype(np.int64),
        utterance.tones.astype(np.int64),
        syllable_starts(utterance.phones.astype(np.int64), utterance.word_starts.astype(np.int64)),
        utterance.ends.astype(np.int64),
        aligned,
        pitch_digits(log_f0, mean, scale)[:codes],
        hold(np.asarray(log_f0[: codes * FRAMES_PER_CODE]), mean),
        int(utterance.speaker),
        int(utterance.language),
        int(utterance.emotion),
        float(utterance.intensity),
        scale,
    )


def main() -> None:
    """Prepare a corpus once, so that the stages after it only read: `python -m oncue.model.training.data.dataset FOLDER`."""
    data = build(Path(sys.argv[1]))
    print(f"[dataset] {len(data.training)} lines to train on, {len(data.validation)} to validate with")


if __name__ == "__main__":
    main()
