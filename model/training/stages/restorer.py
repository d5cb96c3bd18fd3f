"""Train what mends a recording for the speaker encoder: spoilt windows of lines against the same windows clean.

At first only the mel frames are compared, which is quick; then what the frozen encoder says of them: it should name the
clean window's voice, and that rather than the others' in the batch (van den Oord et al. 2018, "Representation Learning with
Contrastive Predictive Coding").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from oncue.model.tiny import speaker
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data.dataset import Dataset, as_float, build
from oncue.model.training.data.recorded import as_recorded, by_telephone
from oncue.model.training.networks.restorer import Restorer
from oncue.model.training.networks.speaker import SpeakerEncoder
from oncue.model.training.stages import runtime
from oncue.model.training.stages.trainer import Recipe, Trainer
from oncue.model.training.stages.voices import encoder_of_the_package

RECIPE = Recipe(2e-3, (0.9, 0.98), 0.02, 1.0)
_PAIRS = 20_000
_CLIP_S = 2.2
_TELEPHONES, _CLEAN = 0.35, 0.25
"""Shares of the windows that came through a telephone and of those that nothing was done to."""
_FRAMES_ALONE = 0.3
"""Of the budget, before the encoder is asked."""
_BATCH_FRAMES, _BATCH_VOICES, _HEARD = 64, 32, 80
"""Windows in a batch before and after, and frames of each that the encoder then hears: it takes nearly all the time."""
_SHARPNESS = 15.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """Windows of lines as they were recorded and as they were said, [pairs, WINDOW_FRAMES, BANDS] in log power."""

    spoilt: NDArray[np.float16]
    clean: NDArray[np.float16]
    speakers: NDArray[np.int64]


def pairs_of(data: Dataset, lines: NDArray[np.int64], count: int, rng: np.random.Generator) -> Pairs:
    """Random windows of these lines."""
    shape = (count, speaker.WINDOW_FRAMES, speaker.BANDS)
    spoilt, clean, who = np.zeros(shape, np.float16), np.zeros(shape, np.float16), np.zeros(count, np.int64)
    samples = int(_CLIP_S * SAMPLE_RATE)
    for index in range(count):
        item = data.items[int(rng.choice(lines))]
        pcm = as_float(item.audio)
        pcm = np.pad(pcm, (0, max(0, samples - len(pcm))))
        start = int(rng.integers(0, len(pcm) - samples + 1))
        said = pcm[start : start + samples]
        kind = rng.random()
        if kind < _TELEPHONES:
            heard = by_telephone(said, rng)
        elif kind < 1 - _CLEAN:
            heard = as_recorded(said, rng)
        else:
            heard = said
        one, two = _frames(heard), _frames(said)
        first = int(rng.integers(0, len(two) - speaker.WINDOW_FRAMES + 1))
        spoilt[index], clean[index] = (each[first : first + speaker.WINDOW_FRAMES] for each in (one, two))
        who[index] = item.speaker
    return Pairs(spoilt, clean, who)


def _frames(pcm: NDArray[np.float32]) -> NDArray[np.float32]:
    at_rate = soxr.resample(pcm, SAMPLE_RATE, speaker.RATE).astype(np.float32)
    out: NDArray[np.float32] = np.log(speaker.mel(at_rate) + speaker.FAINTEST)
    return out


def train(pairs: Pairs, network: Restorer, encoder: SpeakerEncoder, trainer: Trainer, rng: np.random.Generator) -> None:
    """Train until the budget is used."""
    for progress in trainer:
        alone = progress < _FRAMES_ALONE
        some = rng.integers(0, len(pairs.speakers), _BATCH_FRAMES if alone else _BATCH_VOICES)
        first, length = (0, speaker.WINDOW_FRAMES) if alone else (int(rng.integers(0, _HEARD + 1)), _HEARD)
        heard, said = (
            torch.from_numpy(each[some, first : first + length].astype(np.float32))
            for each in (pairs.spoilt, pairs.clean)
        )
        restored = network.log(heard.exp() - speaker.FAINTEST)
        frames = (restored - said).abs().mean()
        if alone:
            trainer.learn(frames, {"frames": frames})
            continue
        with torch.no_grad():
            wanted = encoder.vectors(said.exp())
        vectors = encoder.vectors(restored.exp())
        apart = (1 - (vectors * wanted).sum(1)).mean()
        named = named_among(vectors, wanted, torch.from_numpy(pairs.speakers[some]))
        trainer.learn(0.3 * frames + 3 * apart + 0.4 * named, {"frames": frames, "apart": apart, "named": named})


def named_among(vectors: Tensor, wanted: Tensor, speakers: Tensor) -> Tensor:
    """How badly each vector tells its own wanted one from those of other speakers: mean cross-entropy, in nats."""
    alike = _SHARPNESS * vectors @ wanted.T
    same = (speakers[:, None] == speakers[None]).fill_diagonal_(fill_value=False)
    return F.cross_entropy(alike.masked_fill(same, -torch.inf), torch.arange(len(vectors)))


def main() -> None:
    """Command line of this stage."""
    arguments = runtime.options(__doc__).parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(11)
    data, encoder, network = build(arguments.corpus), encoder_of_the_package(), Restorer()
    encoder.requires_grad_(requires_grad=False)
    trainer = Trainer({"restorer": network}, arguments.out, RECIPE, arguments.minutes, torch.device("cpu"))
    trainer.start_from(arguments.start_from, "restorer")
    rng = np.random.default_rng(12 + trainer.step)
    train(pairs_of(data, np.asarray(data.training), _PAIRS, rng), network, encoder, trainer, rng)
    known = {data.items[i].speaker for i in data.training}
    unseen = np.array([i for i in data.validation if data.items[i].speaker not in known])
    held = pairs_of(data, unseen, 256, np.random.default_rng(13))
    with torch.inference_mode():
        spoilt, clean = (torch.from_numpy(each.astype(np.float32)).exp() for each in (held.spoilt, held.clean))
        wanted = encoder.vectors(clean)
        before, after = ((encoder.vectors(x) * wanted).sum(1).mean() for x in (spoilt, network.eval()(spoilt)))
    print(f"[restorer] unseen voices: {float(before):.3f} alike as recorded, {float(after):.3f} restored")


if __name__ == "__main__":
    main()
