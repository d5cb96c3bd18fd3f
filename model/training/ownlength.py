"""How long the decoder makes a line when nobody stops it.

`python -m model.training.ownlength` says the held-out sentences at every length and prints how far the lengths are from
what was wanted. What the planner adds afterwards is not in it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import torch

from model.api import EmotionSource, SpeechModel
from model.tiny import speech
from model.training.heldout import HELDOUT_EN, HELDOUT_ZH
from model.training.unplanned import Wish, lengths

RATIOS = (1.0, 0.75, 0.9, 1.1, 1.25)


def deviations(model: SpeechModel, texts: Sequence[str], ratios: Sequence[float]) -> dict[str, dict[str, float]]:
    """For each ratio, |own length - wanted| / wanted: its mean and its largest, and the mean with its sign."""
    voices, scripts = list(model.voices.values()), [model.read(text) for text in texts]
    plain, out = model.emotion(EmotionSource()), {}
    for ratio in ratios:
        wishes = [Wish(s, voices[n % len(voices)], plain, s.natural_codes * ratio) for n, s in enumerate(scripts)]
        signed = [found / wish.codes - 1 for found, wish in zip(lengths(model, wishes), wishes, strict=True)]
        off = [abs(value) for value in signed]
        out[f"{ratio:g}x"] = {"mean": mean(off), "largest": max(off), "bias": mean(signed), "lines": float(len(off))}
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="a folder of weights instead of the shipped one")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = speech.load(arguments.weights)
    print(json.dumps(deviations(model, (*HELDOUT_ZH, *HELDOUT_EN), RATIOS), indent=1))


if __name__ == "__main__":
    main()
