"""Whose voice comes out, and in which style: the model speaks as voices nobody trained on, and the witness listens.

`python -m model.training.cloning --corpus … --witness …` clones every held-out voice from one clip, lets it say two
sentences plainly and one in each style, and asks of every sound: is it nearer to other clips of its own voice than
to those of any other held-out voice, and is the strongest style the one asked for? The teachers' own clips are
asked the same, for that is the most that can be reached.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model.api import EMOTION_NAMES, EmotionSource, Samples, SpeechModel
from model.tiny import speech
from model.tiny.layout import SAMPLE_RATE
from model.training import runtime
from model.training.corpus import Corpus, load
from model.training.dataset import as_float
from model.training.heldout import HELDOUT_EN, HELDOUT_ZH
from model.training.unplanned import Wish, sounds
from model.training.witness import Witness, hear
from model.training.witness import load as load_witness

SHORTEST_S = 1.5
"""Clips under it are not asked about."""
_CLIPS = 6


@dataclass(frozen=True, slots=True)
class Heard:
    """One sound as the witness hears it: whose it should be, and in which style (None: plain)."""

    speaker: int
    style: int | None
    vector: NDArray[np.float32]
    styles: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stranger:
    """A held-out voice: the clip it is cloned from, and other clips to know it by with their styles (None: plain)."""

    speaker: int
    reference: Samples
    clips: tuple[tuple[Samples, int | None], ...]


def strangers(corpus: Corpus) -> list[Stranger]:
    """The held-out voices that have a plain clip to be cloned from and at least two others."""
    out = []
    for speaker in (s.id for s in corpus.speakers if s.held_out):
        lines = np.flatnonzero(
            (corpus.lines["speaker"] == speaker) & (corpus.lines["audio_length"] > SHORTEST_S * SAMPLE_RATE)
        )
        said = [corpus.utterance(int(index)) for index in lines]
        plain = [u for u in said if u.intensity == 0]
        if not plain or len(said) < 3:
            continue
        longest = max(plain, key=lambda u: len(u.audio))
        rest = [(as_float(u.audio), u.emotion if u.intensity else None) for u in said if u is not longest][:_CLIPS]
        out.append(Stranger(speaker, as_float(longest.audio), tuple(rest)))
    return out


def of_teachers(witness: Witness, voices: Sequence[Stranger]) -> list[Heard]:
    """The clips that the voices are known by."""
    return [Heard(v.speaker, style, *hear(witness, clip)) for v in voices for clip, style in v.clips]


def of_model(witness: Witness, model: SpeechModel, voices: Sequence[Stranger]) -> list[Heard]:
    """Two sentences plainly and one in each style, by a clone of each voice."""
    texts = (*HELDOUT_ZH, *HELDOUT_EN)
    out = []
    for number, stranger in enumerate(voices):
        voice = model.voice(stranger.reference, SAMPLE_RATE)
        styles = (None, None, *range(len(EMOTION_NAMES)))
        wishes = []
        for place, style in enumerate(styles):
            vector = tuple(float(index == style) for index in range(len(EMOTION_NAMES)))
            script = model.read(texts[(number * len(styles) + place * 31) % len(texts)])
            wishes.append(Wish(script, voice, model.emotion(EmotionSource(vector)), script.natural_codes, number))
        made = sounds(model, wishes)
        out += [Heard(stranger.speaker, s, *hear(witness, pcm)) for s, pcm in zip(styles, made, strict=True)]
    return out


def recognised(heard: Sequence[Heard], known: Sequence[Heard]) -> dict[str, float]:
    """Share of sounds nearer to the mean of their own voice's clips than to that of any other, and the mean cosine to
    the right one and to the nearest wrong one. A clip is left out of its own mean.
    """
    speakers = sorted({k.speaker for k in known})
    wins, right, wrong = [], [], []
    for sound in heard:
        means = {}
        for speaker in speakers:
            rows = [k.vector for k in known if k.speaker == speaker and k is not sound]
            if rows:
                mean = np.mean(rows, axis=0)
                means[speaker] = float(sound.vector @ mean / (np.linalg.norm(mean) + 1e-9))
        own = means.pop(sound.speaker, None)
        if own is not None and means:
            wins.append(own > max(means.values()))
            right.append(own)
            wrong.append(max(means.values()))
    return {
        "sounds": len(wins), "right wins": float(np.mean(wins)), "cosine to the right": float(np.mean(right)),
        "to the nearest wrong": float(np.mean(wrong)),
    }  # fmt: skip


def styled(heard: Sequence[Heard]) -> dict[str, Any]:
    """Share of sounds whose strongest style is the one asked for (none is not among the answers), whole and by style."""
    by_style: dict[str, list[bool]] = {}
    for sound in heard:
        if sound.style is not None:
            found = int(sound.styles[:-1].argmax())
            by_style.setdefault(EMOTION_NAMES[sound.style], []).append(found == sound.style)
    every = [hit for hits in by_style.values() for hit in hits]
    return {
        "sounds": len(every),
        "style recognised": float(np.mean(every)) if every else None,
        "by style": {name: float(np.mean(hits)) for name, hits in sorted(by_style.items())},
    }


def figures(teachers: Sequence[Heard], model: Sequence[Heard]) -> Mapping[str, Any]:
    """Everything as one value."""
    plain, felt = [h for h in model if h.style is None], [h for h in model if h.style is not None]
    return {
        "voices": len({h.speaker for h in model}),
        "teachers": recognised(teachers, teachers) | styled(teachers),
        "clones, plain": recognised(plain, teachers),
        "clones, with a style": recognised(felt, teachers) | styled(felt),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--witness", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="a folder of weights instead of the shipped one")
    parser.add_argument("--count", type=int, help="so many voices at most")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    witness, model = load_witness(arguments.witness), speech.load(arguments.weights)
    voices = strangers(load(arguments.corpus))[: arguments.count]
    print(json.dumps(figures(of_teachers(witness, voices), of_model(witness, model, voices)), indent=1))


if __name__ == "__main__":
    main()
