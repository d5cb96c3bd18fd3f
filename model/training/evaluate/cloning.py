"""Whose voice comes out, and in which style: the model speaks as voices nobody trained on, and the witness listens.

`python -m oncue.model.training.evaluate.cloning --corpus … --witness …` clones every held-out voice from one clip, lets it say four
sentences plainly and one in each style, and asks of every sound: is it nearer to other clips of its own voice than
to those of any other held-out voice, and is the strongest style the one asked for? The voices' own clips are
asked the same, for that is the most that can be reached. There are two tiers: voices drawn like those that were trained
on, and voices of an engine that was not (`festival`, where it is installed). With `--choosing` it clones voices that are
in neither (`choosing`): what is tuned is tuned on those.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from oncue.model.api import EMOTION_NAMES, EmotionSource, SpeechModel
from oncue.model.tiny import speech
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.corpus import Corpus, load
from oncue.model.training.data.heldout import HELDOUT_EN, HELDOUT_ZH
from oncue.model.training.evaluate import choosing
from oncue.model.training.evaluate.card import Figure, average, publish, share
from oncue.model.training.evaluate.strangers import CLIPS, Stranger, of_corpus, of_festival
from oncue.model.training.evaluate.unplanned import Wish, sounds
from oncue.model.training.evaluate.witness import Witness, hear
from oncue.model.training.evaluate.witness import load as load_witness
from oncue.model.training.stages import runtime

_PLAIN_LINES = 4


@dataclass(frozen=True, slots=True)
class Heard:
    """One sound as the witness hears it: whose it should be, and in which style (None: plain)."""

    speaker: int
    style: int | None
    vector: NDArray[np.float32]
    styles: NDArray[np.float32]


def of_teachers(witness: Witness, voices: Sequence[Stranger]) -> list[Heard]:
    """The clips that the voices are known by."""
    return [Heard(v.speaker, style, *hear(witness, clip)) for v in voices for clip, style in v.clips]


def of_model(witness: Witness, model: SpeechModel, voices: Sequence[Stranger]) -> list[Heard]:
    """Some sentences plainly and one in each style, by a clone of each voice."""
    texts = (*HELDOUT_ZH, *HELDOUT_EN)
    out = []
    for number, stranger in enumerate(voices):
        voice = model.voice(stranger.reference, SAMPLE_RATE)
        styles = (*(None,) * _PLAIN_LINES, *range(len(EMOTION_NAMES)))
        wishes = []
        for place, style in enumerate(styles):
            vector = tuple(float(index == style) for index in range(len(EMOTION_NAMES)))
            script = model.read(texts[(number * len(styles) + place * 31) % len(texts)])
            emotion = model.emotion(EmotionSource(vector))
            codes = script.natural_codes * emotion.pace
            wishes.append(Wish(script, voice, emotion, codes, number))
        made = sounds(model, wishes)
        out += [Heard(stranger.speaker, s, *hear(witness, pcm)) for s, pcm in zip(styles, made, strict=True)]
    return out


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of some sounds: whether the right voice was nearer than any other, and the cosines to it and to the nearest wrong one."""

    wins: list[bool]
    right: list[float]
    wrong: list[float]


def recognised(heard: Sequence[Heard], known: Sequence[Heard]) -> Likeness:
    """Each sound against the mean of every voice's clips; a clip is left out of its own mean."""
    speakers = sorted({k.speaker for k in known})
    out = Likeness([], [], [])
    for sound in heard:
        means = {}
        for speaker in speakers:
            rows = [k.vector for k in known if k.speaker == speaker and k is not sound]
            if rows:
                mean = np.mean(rows, axis=0)
                means[speaker] = float(sound.vector @ mean / (np.linalg.norm(mean) + 1e-9))
        own = means.pop(sound.speaker, None)
        if own is not None and means:
            out.wins.append(own > max(means.values()))
            out.right.append(own)
            out.wrong.append(max(means.values()))
    return out


def styled(heard: Sequence[Heard]) -> dict[str, list[bool]]:
    """By style, whether the strongest one heard is the one asked for (none is not among the answers)."""
    by_style: dict[str, list[bool]] = {}
    for sound in heard:
        if sound.style is not None:
            found = int(sound.styles[:-1].argmax())
            by_style.setdefault(EMOTION_NAMES[sound.style], []).append(found == sound.style)
    return by_style


def figures(tier: str, teachers: Sequence[Heard], model: Sequence[Heard], known: Sequence[Heard]) -> list[Figure]:
    """What is asked of one tier of voices; `known` are the clips of all tiers."""
    plain, felt = [h for h in model if h.style is None], [h for h in model if h.style is not None]
    voices = len({h.speaker for h in model})
    out = []
    for what, heard, wanted in (
        ("the voices' own clips", teachers, ""),
        ("clones, plain", plain, "≥ 0.900"),
        ("clones, under a style", felt, "≥ 0.900"),
    ):
        found, name = recognised(heard, known), f"{tier} ({voices} voices), {what}"
        if found.wins:
            out.append(share(f"{name}: the right voice is nearest", found.wins, wanted))
            out.append(average(f"{name}: cosine to the right voice", found.right))
            out.append(average(f"{name}: cosine to the nearest wrong one", found.wrong))
    for what, heard, wanted in (("the voices' own clips", teachers, ""), ("clones", felt, "≥ 0.800")):
        by_style = styled(heard)
        if by_style:
            every = [hit for hits in by_style.values() for hit in hits]
            each = ", ".join(f"{name} {np.mean(hits):.2f}" for name, hits in sorted(by_style.items()))
            out.append(share(f"{tier}, {what}: style recognised ({each})", every, wanted))
    return out


def _to_report(corpus: Corpus) -> dict[str, list[Stranger]]:
    return {"unseen draws": of_corpus(corpus), "unseen engine": of_festival(HELDOUT_EN[:CLIPS])}


def _to_choose_by() -> dict[str, list[Stranger]]:
    return {name: choosing.strangers(speakers) for name, speakers in choosing.voices().items()}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--witness", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="a folder of weights instead of the shipped one")
    parser.add_argument("--choosing", action="store_true", help="clone the voices that settings are chosen by instead")
    parser.add_argument("--count", type=int, help="so many voices of a tier at most")
    parser.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    witness, model = load_witness(arguments.witness), speech.load(arguments.weights)
    tiers = _to_choose_by() if arguments.choosing else _to_report(load(arguments.corpus))
    tiers = {tier: voices[: arguments.count] for tier, voices in tiers.items()}
    teachers = {tier: of_teachers(witness, voices) for tier, voices in tiers.items() if voices}
    clones = {tier: of_model(witness, model, tiers[tier]) for tier in teachers}
    if len(clones) > 1:
        both = " and ".join(clones)
        teachers[both], clones[both] = [*chain(*teachers.values())], [*chain(*clones.values())]
    known = [heard for tier in tiers for heard in teachers.get(tier, [])]
    found = [figure for tier, heard in clones.items() for figure in figures(tier, teachers[tier], heard, known)]
    publish(arguments.card, "cloning", found)


if __name__ == "__main__":
    main()
