"""What can be read where it should not be: who speaks from the emotion vector, and in which style from what is told of a voice.

    … probes --corpus SHARDS --emotions CHECKPOINT --without CHECKPOINT --voices FILE

A probe is a classifier that is trained to find it, linear or with a hidden layer, and judged on lines, or on speakers, that it never saw
(Alain & Bengio 2016, "Understanding intermediate layers using linear classifier probes"). `--without` is an encoder that was trained
without the gradient reversal: what the reversal takes out is the difference.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.tiny.layout import NUM_EMOTIONS
from oncue.model.training.data.dataset import Dataset, build
from oncue.model.training.data.voices import Voices
from oncue.model.training.evaluate.card import Figure, publish, share
from oncue.model.training.stages import runtime
from oncue.model.training.stages.emotions import Emotions, statistics_of

SPEAKERS = 100
_HIDDEN, _STEPS, _RATE, _DECAY = 128, 600, 1e-2, 1e-2
_TAKES = 4
"""Clips that are heard of each line."""
_KEPT_BACK = 3
"""One line in so many is not shown to a probe, or one speaker."""


def found(features: Tensor, labels: Tensor, shown: Tensor, *, hidden: bool) -> list[bool]:
    """Train a probe on the rows that are shown; whether it is right on each of the others.

    features [rows, dim], labels [rows], shown [rows].
    """
    torch.manual_seed(0)
    centre, scale = features[shown].mean(0), features[shown].std(0) + 1e-5
    x = (features - centre) / scale
    dim, classes = x.shape[1], int(labels.max()) + 1
    probe = (
        nn.Sequential(nn.Linear(dim, _HIDDEN), nn.GELU(), nn.Dropout(0.3), nn.Linear(_HIDDEN, classes))
        if hidden
        else nn.Linear(dim, classes)
    )
    optimiser = torch.optim.AdamW(probe.parameters(), _RATE, weight_decay=_DECAY)
    for _ in range(_STEPS):
        loss = F.cross_entropy(probe(x[shown]), labels[shown], label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.inference_mode():
        right: list[bool] = (probe.eval()(x[~shown]).argmax(1) == labels[~shown]).tolist()
    return right


def vectors_of(emotions: Emotions, data: Dataset, lines: NDArray[np.int64]) -> Tensor:
    """What the emotion encoder says of _TAKES clips of each line, [_TAKES * lines, EMOTION_DIM]."""
    items = [data.items[int(i)] for i in lines]
    with torch.inference_mode():
        return torch.cat([emotions.feeling(statistics_of(items, 100 + take)[0]) for take in range(_TAKES)])


def speakers_from_feelings(emotions: Emotions, data: Dataset) -> tuple[Tensor, Tensor, Tensor]:
    """Emotion vectors of the lines of SPEAKERS speakers, whose they are, and which are shown."""
    chosen = sorted(data.by_speaker)[:SPEAKERS]
    lines = np.concatenate([data.by_speaker[s] for s in chosen])
    labels = np.concatenate([np.full(len(data.by_speaker[s]), n) for n, s in enumerate(chosen)])
    shown = np.concatenate([np.arange(len(data.by_speaker[s])) % _KEPT_BACK != 0 for s in chosen])
    features = vectors_of(emotions, data, lines)
    return features, torch.from_numpy(np.tile(labels, _TAKES)), torch.from_numpy(np.tile(shown, _TAKES))


def styles_from_voices(voices: Voices, data: Dataset) -> tuple[Tensor, Tensor, Tensor]:
    """What each styled line tells of its voice, its style, and whether its speaker is shown."""
    lines = np.array(
        [i for i, item in enumerate(data.items) if 0 <= item.emotion < NUM_EMOTIONS and item.intensity > 0]
    )
    features = torch.from_numpy(np.stack([voices.line(int(i)) for i in lines]))
    labels = torch.tensor([data.items[int(i)].emotion for i in lines])
    shown = torch.tensor([data.items[int(i)].speaker % _KEPT_BACK != 0 for i in lines])
    return features, labels, shown


def figures(data: Dataset, voices: Voices, encoders: dict[str, Emotions]) -> list[Figure]:
    """Shares that each probe gets right."""
    spoken = {name: speakers_from_feelings(emotions, data) for name, emotions in encoders.items()}
    styled = styles_from_voices(voices, data)
    out = []
    for kind, hidden in (("linear", False), ("hidden layer", True)):
        for name, rows in spoken.items():
            right = found(*rows, hidden=hidden)
            out.append(share(f"speaker of {SPEAKERS} from the emotion vector, {name}, {kind}", right, "≤ .10"))
        wanted = "≤ .35" if hidden else "≤ .25"
        right = found(*styled, hidden=hidden)
        out.append(share(f"style of {NUM_EMOTIONS} from what a line tells of its voice, {kind}", right, wanted))
    return out


def encoder_of(path: Path, speakers: int) -> Emotions:
    """What `stages.emotions` wrote."""
    emotions = Emotions(speakers)
    emotions.load_state_dict(runtime.checkpoint(path)["emotions"])
    return emotions.eval()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, nargs="+")
    for name in ("emotions", "without", "voices"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    data = build(arguments.corpus)
    count = len(data.mean_log_f0)
    encoders = {"reversed": encoder_of(arguments.emotions, count), "λ = 0": encoder_of(arguments.without, count)}
    publish(arguments.card, "probes", figures(data, Voices.load(arguments.voices, data), encoders))


if __name__ == "__main__":
    main()
