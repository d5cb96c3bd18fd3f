"""The codec alone: teacher lines to codes and back, through the renderer that serves, and how intelligible they stay.

`python -m oncue.model.training.evaluate.resynthesis --corpus … --codec … --vectors …` prints the short-time objective
intelligibility (STOI, Taal et al. 2011) of lines held out by text and of voices that were never heard.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from oncue.model.api import EmotionConditioning, Samples, Start, Window
from oncue.model.tiny.layout import CODE_SAMPLES, SAMPLE_RATE
from oncue.model.tiny.render import DELAY, Renderer
from oncue.model.tiny.rows import Row
from oncue.model.training.data.dataset import Prepared, as_float, build
from oncue.model.training.data.served import script_of, voice_of
from oncue.model.training.evaluate.card import Figure, average, publish
from oncue.model.training.stages import runtime
from oncue.model.training.stages.codec import Codec

WANTED = {"seen voices": "≥ 0.900", "unseen voices": "≥ 0.850"}


def again(item: Prepared, codec: Codec, vector: NDArray[np.float32], mean_log_f0: float) -> Samples:
    """A line encoded and rendered in one window, as late as the renderer makes it: [codes * CODE_SAMPLES]."""
    with torch.inference_mode():
        pcm = torch.from_numpy(as_float(item.audio)).unsqueeze(0)
        phones = torch.from_numpy(item.phones[item.aligned.frame_unit]).unsqueeze(0)
        digits = codec.encoder(codec.mel(pcm), phones)[1][0].numpy()
        row = Row(_start(item, vector, mean_log_f0))
        for pitch, content, advance in zip(item.pitch, digits, item.aligned.advance, strict=True):
            row.say((*map(int, pitch), *map(int, content)), int(advance))
        return Renderer(codec.vocoder).render(row, Window(0, 0, (CODE_SAMPLES,) * item.codes, final=True))


def _start(item: Prepared, vector: NDArray[np.float32], mean_log_f0: float) -> Start:
    script = script_of(item, (1.0,) * len(item.phones))
    voice, emotion = (
        voice_of(vector, mean_log_f0, item.pitch_scale),
        EmotionConditioning("tiny", {"vector": item.feeling}),
    )
    return Start(0, script, voice, emotion, float(item.codes), 0)


def intelligibility(clean: Samples, made: Samples) -> float:
    """STOI of a line that left DELAY samples late, 1 for the line itself."""
    from pystoi import stoi

    return float(stoi(clean[: len(clean) - DELAY], made[DELAY:], SAMPLE_RATE))


def load(path: Path) -> Codec:
    """A trained codec. Raises SystemExit when there is none."""
    codec = Codec()
    codec.load_state_dict(runtime.checkpoint(path)["codec"])
    return codec.eval()


def figures(groups: Mapping[str, list[tuple[Prepared, NDArray[np.float32], float]]], codec: Codec) -> list[Figure]:
    """Mean STOI of each group of lines with their voices."""
    out = []
    for name, lines in groups.items():
        scores = [intelligibility(as_float(i.audio), again(i, codec, vector, mean)) for i, vector, mean in lines]
        out.append(average(f"STOI of the codec, {name}", scores, WANTED[name]))
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--codec", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--count", type=int, default=60, help="so many lines of each group")
    parser.add_argument("--card", type=Path, help="the model card that gets the figures")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    data, vectors = build(arguments.corpus), np.load(arguments.vectors)
    known = {data.items[i].speaker for i in data.training}
    groups: dict[str, list[tuple[Prepared, NDArray[np.float32], float]]] = {name: [] for name in WANTED}
    for index in np.random.default_rng(3).permutation(data.validation):
        item = data.items[int(index)]
        group = groups["seen voices" if item.speaker in known else "unseen voices"]
        if len(group) < arguments.count:
            group.append((item, vectors[item.speaker][0], float(data.mean_log_f0[item.speaker])))
    publish(arguments.card, "codec", figures(groups, load(arguments.codec)))


if __name__ == "__main__":
    main()
