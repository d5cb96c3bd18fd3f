"""The prepared corpus: every utterance with its pitch digits and text pointers, ready to be cut into batches.

Copied into memory, 170 MB an hour: random reads of mapped files wait for the disk whenever the system drops them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.text.phones import INDEX, MANDARIN_FINALS, MANDARIN_INITIALS
from model.tiny.layout import CODE_SAMPLES, FRAMES_PER_CODE, HOP, NUM_EMOTIONS
from model.tiny.pitch import hold
from model.training.corpus import Corpus, Utterance, load
from model.training.prepare import Aligned, Ints, align, pitch_digits, pitch_tracks


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
    """All utterances, the mean log F0 of each speaker, and which speakers are held out."""

    items: tuple[Prepared, ...]
    mean_log_f0: NDArray[np.float32]
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
    means = _speaker_means(corpus, tracks, spans)
    items = tuple(
        prepare(line := corpus.utterance(i), tracks[slice(*spans[i])], float(means[line.speaker])) for i in range(count)
    )
    held = {s.id for s in corpus.speakers if s.held_out}
    outside = np.array([item.speaker in held for item in items])
    every = np.arange(count)
    validation = every[outside | (every % 50 == 0)]
    training = every[~outside & (every % 50 != 0)]
    by_speaker = {
        int(s): training[[items[i].speaker == s for i in training]] for s in {items[i].speaker for i in every}
    }
    return Dataset(items, means, training, validation, by_speaker)


def _speaker_means(corpus: Corpus, tracks: NDArray[np.float32], spans: list[tuple[int, int]]) -> NDArray[np.float32]:
    total = np.zeros(len(corpus.speakers))
    number = np.zeros(len(corpus.speakers))
    for index, span in enumerate(spans):
        speaker, values = corpus.utterance(index).speaker, tracks[slice(*span)]
        voiced = values[~np.isnan(values)]
        total[speaker] += voiced.sum()
        number[speaker] += len(voiced)
    return (total / np.maximum(number, 1)).astype(np.float32)


def prepare(utterance: Utterance, log_f0: NDArray[np.float32], mean: float) -> Prepared:
    """A line cut to whole codes; `mean` is its speaker's mean log pitch."""
    codes = len(utterance.audio) // CODE_SAMPLES
    aligned = align(utterance.ends.astype(np.int64), codes)
    return Prepared(
        np.array(utterance.audio[: codes * CODE_SAMPLES]),
        utterance.phones.astype(np.int64),
        utterance.tones.astype(np.int64),
        syllable_starts(utterance.phones.astype(np.int64), utterance.word_starts.astype(np.int64)),
        utterance.ends.astype(np.int64),
        aligned,
        pitch_digits(log_f0, mean)[:codes],
        hold(np.asarray(log_f0[: codes * FRAMES_PER_CODE]), mean),
        int(utterance.speaker),
        int(utterance.language),
        int(utterance.emotion),
        float(utterance.intensity),
    )


def main() -> None:
    """Prepare a corpus once, so that the stages after it only read: `python -m model.training.dataset FOLDER`."""
    data = build(Path(sys.argv[1]))
    print(f"[dataset] {len(data.training)} lines to train on, {len(data.validation)} to validate with")


if __name__ == "__main__":
    main()
