"""What a vector still tells of what was taken out of it: a fresh linear probe, fitted on half of the clips.

`python -m model.training.probes --corpus … --speakers … --emotions …` asks the emotion vector for the speaker
and the speaker vector for the emotion; give checkpoints trained with `--reversal 0` for the ablation.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from model.tiny.encoders import levelled
from model.tiny.layout import HOP, SAMPLE_RATE, VOICE_DIM
from model.training import runtime
from model.training.dataset import Dataset, Prepared, build
from model.training.emotions import CLIP_S, Emotions, clip_of, statistics_of
from model.training.speakers import Speakers

_STEPS = 400
_DECAY = 1e-3


def probe(vectors: NDArray[np.float32], labels: NDArray[np.int64], seed: int = 0) -> float:
    """Accuracy of multinomial logistic regression on the half of each label's vectors [n, dim] it was not fitted on."""
    rng = np.random.default_rng(seed)
    fitted = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        fitted[own[: (len(own) + 1) // 2]] = True
    classes = np.unique(labels, return_inverse=True)[1]
    x = (vectors - vectors[fitted].mean(0)) / (vectors[fitted].std(0) + 1e-6)
    weights = _fit(torch.from_numpy(x[fitted]).float(), torch.from_numpy(classes[fitted]))
    with torch.no_grad():
        found = weights(torch.from_numpy(x[~fitted]).float()).argmax(1).numpy()
    return float((found == classes[~fitted]).mean())


def _fit(x: Tensor, classes: Tensor) -> nn.Linear:
    torch.manual_seed(0)
    linear = nn.Linear(x.shape[1], int(classes.max()) + 1)
    optimiser = torch.optim.AdamW(linear.parameters(), 0.05, weight_decay=_DECAY)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        F.cross_entropy(linear(x), classes).backward()
        optimiser.step()
    return linear


def speakers_of(data: Dataset, count: int) -> list[int]:
    """The `count` speakers with the most lines."""
    return sorted(data.by_speaker, key=lambda s: (-len(data.by_speaker[s]), s))[:count]


def voices_of(items: list[Prepared], speakers: Speakers) -> NDArray[np.float32]:
    """The speaker vector of a clip of each line, [items, VOICE_DIM]."""
    rng, out = np.random.default_rng(13), np.zeros((len(items), VOICE_DIM), np.float32)
    for row, item in enumerate(items):
        pcm, _ = clip_of(item, int(CLIP_S * SAMPLE_RATE) // HOP, rng)
        with torch.inference_mode():
            out[row] = speakers.voice(speakers.mel(levelled(torch.from_numpy(pcm).unsqueeze(0))))[0].numpy()
    return out


def feelings_of(items: list[Prepared], emotions: Emotions) -> NDArray[np.float32]:
    """The emotion vector of a clip of each line, [items, EMOTION_DIM]."""
    with torch.inference_mode():
        found: NDArray[np.float32] = emotions.feeling(statistics_of(items, 13)[0]).numpy()
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--speakers", type=Path, required=True)
    parser.add_argument("--emotions", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100, help="so many speakers to tell apart")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    data = build(arguments.corpus)
    speakers, emotions = Speakers().eval(), Emotions(len(data.mean_log_f0)).eval()
    speakers.load_state_dict(runtime.checkpoint(arguments.speakers)["speakers"])
    emotions.load_state_dict(runtime.checkpoint(arguments.emotions)["emotions"])
    chosen = speakers_of(data, arguments.count)
    items = [data.items[int(i)] for s in chosen for i in data.by_speaker[s]]
    voices, feelings = voices_of(items, speakers), feelings_of(items, emotions)
    with torch.inference_mode():
        strengths: NDArray[np.float32] = emotions.feeling.strengths(torch.from_numpy(feelings)).numpy()
    speaker, style = np.array([i.speaker for i in items]), np.array([i.emotion for i in items])
    felt = np.array([i.intensity > 0 for i in items])
    print(json.dumps({
        "clips": len(items),
        "speaker from the speaker vector": probe(voices, speaker),
        "speaker from the emotion vector": probe(feelings, speaker),
        "speaker from the strengths made of it": probe(strengths, speaker),
        "emotion from the emotion vector": probe(feelings[felt], style[felt]),
        "emotion from the speaker vector": probe(voices[felt], style[felt]),
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
