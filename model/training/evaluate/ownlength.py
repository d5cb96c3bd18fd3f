"""How long the decoder makes a line when nobody stops it.

`python -m oncue.model.training.evaluate.ownlength` says the held-out sentences at every length and prints how far the lengths are from
what was wanted. What the planner adds afterwards is not in it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from oncue.model.api import EmotionSource, SpeechModel
from oncue.model.tiny import speech
from oncue.model.training.data.heldout import HELDOUT_EN, HELDOUT_ZH
from oncue.model.training.evaluate.card import Figure, average, publish
from oncue.model.training.evaluate.unplanned import Wish, lengths

RATIOS = (1.0, 0.75, 0.9, 1.1, 1.25)


def deviations(model: SpeechModel, texts: Sequence[str], ratios: Sequence[float]) -> dict[float, list[float]]:
    """For each ratio, (own length - wanted) / wanted of every text."""
    voices, scripts = list(model.voices.values()), [model.read(text) for text in texts]
    plain, out = model.emotion(EmotionSource()), dict[float, list[float]]()
    for ratio in ratios:
        wishes = [Wish(s, voices[n % len(voices)], plain, s.natural_codes * ratio) for n, s in enumerate(scripts)]
        out[ratio] = [found / wish.codes - 1 for found, wish in zip(lengths(model, wishes), wishes, strict=True)]
    return out


def figures(found: Mapping[float, Sequence[float]]) -> list[Figure]:
    """How far the lengths are off, and how far the worst line is."""
    out = []
    for ratio, signed in found.items():
        off = [abs(value) for value in signed]
        what = f"own length against the one told, {ratio:g}x (worst line {100 * max(off):.0f} %)"
        out.append(average(what, off, "≤ 0.020"))
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="a folder of weights instead of the shipped one")
    parser.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = speech.load(arguments.weights)
    publish(arguments.card, "own length", figures(deviations(model, (*HELDOUT_ZH, *HELDOUT_EN), RATIOS)))


if __name__ == "__main__":
    main()
