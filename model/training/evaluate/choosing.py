"""Voices to choose settings by, so that none is chosen on those that the figures are made with.

Two groups of espeak-ng's, neither trained on nor held out: further draws, and variants of another kind (a Klatt synthesiser
among them) that stand for an engine nobody trained on. The witness never heard them either.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from oncue.model.training.data.corpus import Studio
from oncue.model.training.data.dataset import as_float
from oncue.model.training.data.espeak import make_data_folder, random_definition
from oncue.model.training.data.teacher import EMOTIONS, LANGUAGES, SAMPLE_RATE, Recording, Speaker, Style
from oncue.model.training.data.texts import make_line
from oncue.model.training.evaluate.strangers import CLIPS, SHORTEST_S, Stranger

OTHER_KIND = (
    "klatt", "klatt2", "klatt3", "klatt4", "klatt5", "klatt6", "adam", "Andy", "benjamin", "boris", "caleb", "david", "Denis",
    "ed", "edward", "edward2", "grandma", "grandpa", "gustave", "iven", "iven2", "iven3", "iven4", "Jacky", "john",
    "kaukovalta", "marcelo", "Mario", "norbert", "sandro", "shelby", "travis", "victor", "zac",
)  # fmt: skip
DRAWS = 48
_SEED, _FIRST_TEXT = 777, 910_000_000
_RATES_WPM = (130.0, 220.0)
_REFERENCE_S, _TRIES = 3.5, 60
_FIRST_ID = 10_000
"""No voice of a corpus has such a number."""


def voices() -> dict[str, list[Speaker]]:
    """The groups and their voices; always the same."""
    rng = random.Random(_SEED)
    draws = [(f"choosing-{number}", ("male", "female")[number % 2]) for number in range(DRAWS)]
    rows = [(name, "male", "") for name in OTHER_KIND]
    rows += [(name, sex, random_definition(name, sex, rng)) for name, sex in draws]
    every = [
        Speaker(_FIRST_ID + n, "espeak", name, sex, rng.randint(40, 60), rng.randint(72, 95), True, definition)
        for n, (name, sex, definition) in enumerate(rows)
    ]
    return {"another kind": every[: len(OTHER_KIND)], "further draws": every[len(OTHER_KIND) :]}


def strangers(speakers: list[Speaker]) -> list[Stranger]:
    """A plain clip to clone each voice from, and others to know it by, every second one in a style."""
    out = []
    with tempfile.TemporaryDirectory() as scratch:
        rng = random.Random(_SEED)
        studio, texts = Studio(make_data_folder(Path(scratch)), rng), count(_FIRST_TEXT)
        for speaker in speakers:
            plain, styled = _clips(studio, speaker, rng, texts), _clips(studio, speaker, rng, texts, styled=True)
            long_enough = (clip for clip, _ in plain if len(clip.samples) > _REFERENCE_S * SAMPLE_RATE)
            reference = as_float(next(long_enough).samples)
            others = [next(clips) for _ in range(CLIPS // 2) for clips in (plain, styled)]
            clips = tuple(
                (as_float(clip.samples), style.emotion if style.intensity else None) for clip, style in others
            )
            out.append(Stranger(speaker.id, reference, clips))
    return out


def _clips(
    studio: Studio, speaker: Speaker, rng: random.Random, texts: Iterator[int], *, styled: bool = False
) -> Iterator[tuple[Recording, Style]]:
    """Lines of a voice that are long enough to be asked about, the languages in turn."""
    for number in range(_TRIES):
        rate = rng.uniform(*_RATES_WPM)
        style = Style(rate, rng.randrange(len(EMOTIONS)), rng.uniform(0.5, 1.0)) if styled else Style(rate)
        clip = studio.record(make_line(LANGUAGES[number % len(LANGUAGES)], next(texts)), speaker, style)
        if clip is not None and len(clip.samples) > SHORTEST_S * SAMPLE_RATE:
            yield clip, style
