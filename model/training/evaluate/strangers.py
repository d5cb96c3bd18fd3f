"""Voices that nobody trained on: the clip each is cloned from, and others that it is known by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data import festival
from oncue.model.training.data.corpus import Corpus
from oncue.model.training.data.dataset import as_float

SHORTEST_S = 1.5
"""Clips under it are not asked about."""
CLIPS = 6
"""That a voice is known by, at most."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """A held-out voice: the clip it is cloned from, and other clips to know it by with their styles (None: plain)."""

    speaker: int
    reference: Samples
    clips: tuple[tuple[Samples, int | None], ...]


def of_corpus(corpus: Corpus) -> list[Stranger]:
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
        rest = [(as_float(u.audio), u.emotion if u.intensity else None) for u in said if u is not longest][:CLIPS]
        out.append(Stranger(speaker, as_float(longest.audio), tuple(rest)))
    return out


def of_festival(texts: Sequence[str]) -> list[Stranger]:
    """The voices of the other engine, all plain, each known by all of the texts but the longest; numbered below zero."""
    out = []
    for number, name in enumerate(festival.VOICES):
        said = [clip for text in texts if (clip := festival.say(name, text)) is not None]
        said = sorted((clip for clip in said if len(clip) > SHORTEST_S * SAMPLE_RATE), key=len)
        if len(said) > 2:
            out.append(Stranger(-1 - number, said[-1], tuple((clip, None) for clip in said[:-1])))
    return out
