"""What a vector still tells of what was taken out of it: fresh probes, fitted on half of the clips.

`python -m oncue.model.training.evaluate.probes --corpus … --speakers … --emotions …` asks the emotion vector for the speaker
and the speaker vector for the emotion; with checkpoints trained with `--reversal 0` it tells what the reversal does. The
timbre that the shipped model keeps beside the speaker vector is asked too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from oncue.model.api import SpeechModel
from oncue.model.tiny import speech
from oncue.model.tiny.encoders import levelled
from oncue.model.tiny.layout import HOP, SAMPLE_RATE, VOICE_DIM
from oncue.model.training.data.dataset import Dataset, Prepared, build
from oncue.model.training.evaluate.card import Figure, publish, share
from oncue.model.training.stages import runtime
from oncue.model.training.stages.emotions import CLIP_S, Emotions, clip_of, statistics_of
from oncue.model.training.stages.speakers import Speakers

_SPEAKERS = 100
_STEPS = 400
_RATE, _DECAY = 0.05, 1e-3
_TIMBRES = 1000
_HIDDEN, _NETWORK_RATE, _NETWORK_DECAY = 256, 2e-3, 0.05


def probe(vectors: NDArray[np.float32], labels: NDArray[np.int64], seed: int = 0, hidden: int = 0) -> list[bool]:
    """Whether multinomial logistic regression is right, for the half of each label's vectors [n, dim] it was not fitted
    on; with `hidden` units a network of one such layer, which also finds what is not linear.
    """
    rng = np.random.default_rng(seed)
    fitted = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        fitted[own[: (len(own) + 1) // 2]] = True
    classes = np.unique(labels, return_inverse=True)[1]
    x = (vectors - vectors[fitted].mean(0)) / (vectors[fitted].std(0) + 1e-6)
    weights = _fit(torch.from_numpy(x[fitted]).float(), torch.from_numpy(classes[fitted]), hidden)
    with torch.no_grad():
        found = weights(torch.from_numpy(x[~fitted]).float()).argmax(1).numpy()
    right: list[bool] = (found == classes[~fitted]).tolist()
    return right


def _fit(x: Tensor, classes: Tensor, hidden: int) -> nn.Module:
    torch.manual_seed(0)
    count = int(classes.max()) + 1
    network = nn.Sequential(nn.Linear(x.shape[1], hidden or count))
    if hidden:
        network.extend([nn.GELU(), nn.Dropout(0.3), nn.Linear(hidden, count)])
    rate, decay = (_NETWORK_RATE, _NETWORK_DECAY) if hidden else (_RATE, _DECAY)
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=decay)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        F.cross_entropy(network(x), classes).backward()
        optimiser.step()
    return network.eval()


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


def timbres_of(items: list[Prepared], model: SpeechModel) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The timbre that the model keeps of a clip of each line, [lines, bands], and the style of the line; lines in which
    the model finds hardly any voice are left out.
    """
    rng = np.random.default_rng(13)
    found, styles = [], []
    for item in items:
        pcm, _ = clip_of(item, int(CLIP_S * SAMPLE_RATE) // HOP, rng)
        try:
            found.append(model.voice(pcm, SAMPLE_RATE).arrays["timbre"])
        except ValueError:
            continue
        styles.append(item.emotion)
    return np.stack(found), np.array(styles)


def figures_of_timbre(items: list[Prepared], model: SpeechModel) -> list[Figure]:
    """What the timbres of some of the lines that have a style tell of it."""
    felt = [item for item in items if item.intensity > 0]
    some = np.random.default_rng(13).permutation(len(felt))[:_TIMBRES]
    timbres, styles = timbres_of([felt[row] for row in some], model)
    return [
        share("style (of 8) from the timbre that is kept beside the speaker vector", probe(timbres, styles)),
        share("the same by a network with a hidden layer", probe(timbres, styles, hidden=_HIDDEN)),
    ]


def figures(
    data: Dataset, items: list[Prepared], speakers: Path, emotions: Path, when: str, told: bool
) -> list[Figure]:
    """What the vectors of these checkpoints tell; `told` adds what was wanted."""
    voice, feeling = Speakers().eval(), Emotions(len(data.mean_log_f0)).eval()
    voice.load_state_dict(runtime.checkpoint(speakers)["speakers"])
    feeling.load_state_dict(runtime.checkpoint(emotions)["emotions"])
    voices, feelings = voices_of(items, voice), feelings_of(items, feeling)
    with torch.inference_mode():
        strengths: NDArray[np.float32] = feeling.feeling.strengths(torch.from_numpy(feelings)).numpy()
    speaker, style = np.array([i.speaker for i in items]), np.array([i.emotion for i in items])
    felt = np.array([i.intensity > 0 for i in items])
    most_speaker, most_style = ("≤ 0.100", "≤ 0.250") if told else ("", "")
    return [
        share(f"speaker (of 100) from the emotion vector{when}", probe(feelings, speaker), most_speaker),
        share(f"speaker from the strengths made of it, all that the decoder gets{when}", probe(strengths, speaker)),
        share(f"style (of 8) from the speaker vector{when}", probe(voices[felt], style[felt]), most_style),
        share(f"the same by a network with a hidden layer{when}", probe(voices[felt], style[felt], hidden=_HIDDEN)),
        share(f"style from the emotion vector{when}", probe(feelings[felt], style[felt])),
        share(f"speaker from the speaker vector{when}", probe(voices, speaker)),
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--speakers", type=Path, required=True)
    parser.add_argument("--emotions", type=Path, required=True)
    parser.add_argument("--plain-speakers", type=Path, help="trained with --reversal 0")
    parser.add_argument("--plain-emotions", type=Path, help="trained with --reversal 0")
    parser.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    data = build(arguments.corpus)
    items = [data.items[int(i)] for s in speakers_of(data, _SPEAKERS) for i in data.by_speaker[s]]
    found = figures(data, items, arguments.speakers, arguments.emotions, "", told=True)
    if arguments.plain_speakers and arguments.plain_emotions:
        plain = (arguments.plain_speakers, arguments.plain_emotions)
        found += figures(data, items, *plain, ", trained without the reversal", told=False)
    publish(arguments.card, "probes", found + figures_of_timbre(items, speech.load()))


if __name__ == "__main__":
    main()
