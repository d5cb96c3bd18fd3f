"""The codec alone: teacher lines to codes and back, through the renderer that serves, and what is lost on the way.

`python -m oncue.model.training.evaluate.resynthesis --corpus … --codec … --voices …` prints the short-time objective
intelligibility (STOI, Taal et al. 2011) and the log-spectral distance of lines held out by text and of voices that were never heard.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from oncue.model.api import EmotionConditioning, Samples, Start, Window
from oncue.model.tiny.layout import CODE_SAMPLES, SAMPLE_RATE
from oncue.model.tiny.render import Renderer
from oncue.model.tiny.rows import Row
from oncue.model.tiny.runtime import Runtime
from oncue.model.training.data.dataset import Prepared, as_float, build
from oncue.model.training.data.served import script_of, voice_of
from oncue.model.training.data.voices import Voices
from oncue.model.training.evaluate.card import Figure, average, publish
from oncue.model.training.networks.encoders import LogMel
from oncue.model.training.networks.networks import Networks
from oncue.model.training.stages import runtime
from oncue.model.training.stages.codec import Codec

WANTED = {"seen voices": "≥ 0.940", "unseen voices": "≥ 0.920"}


@dataclass(frozen=True, slots=True)
class Case:
    """A line, and what is known of its speaker."""

    item: Prepared
    known: NDArray[np.float32]  # [VOICE_DIM]
    mean_log_f0: float


def again(case: Case, codec: Codec) -> Samples:
    """A line encoded and rendered in one window: [codes * CODE_SAMPLES]."""
    item = case.item
    with torch.inference_mode():
        pcm = torch.from_numpy(as_float(item.audio)).unsqueeze(0)
        phones = torch.from_numpy(item.phones[item.aligned.frame_unit]).unsqueeze(0)
        digits = codec.encoder(codec.mel(pcm), phones)[1][0].numpy()
        row = Row(_start(case))
        for pitch, content, advance in zip(item.pitch, digits, item.aligned.advance, strict=True):
            row.say((*map(int, pitch), *map(int, content)), int(advance))
    renderer = Renderer(Runtime(Networks(vocoder=codec.vocoder).tensors()))
    (made,) = renderer.render([row], [Window(0, 0, (CODE_SAMPLES,) * item.codes, final=True)])
    if isinstance(made, ArithmeticError):
        raise made
    return made


def _start(case: Case) -> Start:
    script = script_of(case.item, (1.0,) * len(case.item.phones))
    voice = voice_of(case.known, case.mean_log_f0, case.item.pitch_scale)
    emotion = EmotionConditioning("tiny", {"vector": case.item.feeling})
    return Start(0, script, voice, emotion, float(case.item.codes), 0)


def intelligibility(clean: Samples, made: Samples) -> float:
    """STOI of a line, 1 for the line itself."""
    from pystoi import stoi

    return float(stoi(clean, made, SAMPLE_RATE))


def spectral_distance(clean: Samples, made: Samples) -> float:
    """Root mean square difference in dB between mel bands of two lines."""
    mel = LogMel()
    one, two = (mel(torch.from_numpy(x).unsqueeze(0))[0] for x in (clean, made))
    return float((10 * (one - two)).square().mean().sqrt())


def load(path: Path) -> Codec:
    """A trained codec. Raises SystemExit when there is none."""
    codec = Codec()
    codec.load_state_dict(runtime.checkpoint(path)["codec"])
    return codec.eval()


def figures(groups: Mapping[str, list[Case]], codec: Codec) -> list[Figure]:
    """Means over each group of lines."""
    out = []
    for name, cases in groups.items():
        pairs = [(as_float(case.item.audio), again(case, codec)) for case in cases]
        out.append(average(f"STOI of the codec, {name}", [intelligibility(*pair) for pair in pairs], WANTED[name]))
        out.append(average(f"log-spectral distance, dB, {name}", [spectral_distance(*pair) for pair in pairs]))
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, nargs="+")
    parser.add_argument("--codec", type=Path, required=True)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--count", type=int, default=60, help="so many lines of each group")
    parser.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    data = build(arguments.corpus)
    voices = Voices.load(arguments.voices, data)
    known = {data.items[i].speaker for i in data.training}
    groups: dict[str, list[Case]] = {name: [] for name in WANTED}
    for index in np.random.default_rng(3).permutation(data.validation):
        item = data.items[int(index)]
        group = groups["seen voices" if item.speaker in known else "unseen voices"]
        if len(group) < arguments.count:
            group.append(Case(item, voices.mean(item.speaker), float(data.mean_log_f0[item.speaker])))
    publish(arguments.card, "codec", figures(groups, load(arguments.codec)))


if __name__ == "__main__":
    main()
