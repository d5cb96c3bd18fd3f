"""A page to look at: lines of voices that were never heard, as the teacher said them, through the codec, and by the model.

`python -m oncue.model.training.evaluate.spectrograms PAGE.png --corpus … --codec … --voices …`. The model says the text anew in
the shipped weights, so its times are its own; the first two columns are the same take.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from oncue.model.api import Code, EmotionSource, Fault, Samples, Start, Step, Voice, Window
from oncue.model.tiny import speech
from oncue.model.tiny.layout import CODE_SAMPLES
from oncue.model.tiny.render import DELAY
from oncue.model.training.data.dataset import Dataset, as_float, build
from oncue.model.training.data.served import voice_of
from oncue.model.training.data.voices import Voices
from oncue.model.training.evaluate.resynthesis import Case, again, load
from oncue.model.training.networks.encoders import LogMel
from oncue.model.training.stages import runtime
from oncue.model.training.stages.codec import Codec

LINES = 6
_FLOOR = -6.0
_LONGEST = 2.0
"""A line of the model is given up at so many times its natural length."""


def spoken(model: speech.TinySpeech, text: str, voice: Voice, seed: int) -> Samples:
    """A text of one segment by the model at its own pace, without an engine."""
    script = model.read(text).paced(voice.pace)
    model.prefill([Start(0, script, voice, model.emotion(EmotionSource()), script.natural_codes, seed)])
    codes: list[Code] = []
    try:
        while not codes or not codes[-1].stop:
            ended = bool(codes) and codes[-1].unit == len(script.units) - 1
            late = len(codes) > _LONGEST * script.natural_codes
            left = max(1.0, script.natural_codes - len(codes))
            (code,) = model.decode([Step(0, left, may_stop=ended, must_stop=late)])
            assert isinstance(code, Code)
            codes.append(code)
        (made,) = model.vocode([Window(0, 0, (CODE_SAMPLES,) * len(codes), final=True)])
    finally:
        model.release(0)
    assert not isinstance(made, Fault)
    return made


def columns(case: Case, codec: Codec, model: speech.TinySpeech) -> list[Samples]:
    """The teacher, the codec and the model."""
    voice = voice_of(case.known, case.mean_log_f0, case.item.pitch_scale)
    said = spoken(model, case.item.text, voice, 0)
    return [as_float(case.item.audio), again(case, codec)[DELAY:], said[DELAY:]]


def draw(rows: Sequence[tuple[str, list[Samples]]], page: Path) -> None:
    """Log-mel pictures, one row a line, with what it is called."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    mel = LogMel()
    figure, axes = plt.subplots(len(rows), 3, figsize=(15, 2.1 * len(rows)), squeeze=False, layout="constrained")
    for (name, sounds), line in zip(rows, axes, strict=True):
        for what, pcm, axis in zip(("teacher", "codec", "model"), sounds, line, strict=True):
            seen = mel(torch.from_numpy(pcm).unsqueeze(0))[0].clamp(min=_FLOOR).numpy().T
            axis.imshow(seen, origin="lower", aspect="auto", extent=(0, len(pcm) / 24_000, 0, len(seen)))
            axis.set_title(f"{name}, {what}", fontsize=8)
            axis.set_yticks([])
    figure.savefig(page, dpi=60)
    plt.close(figure)


def chosen(data: Dataset, voices: Voices) -> list[Case]:
    """Plain lines of voices that are in no other part of the corpus, both languages in turn."""
    known = {data.items[i].speaker for i in data.training}
    order = np.random.default_rng(5).permutation(data.validation)
    plain = [item for item in (data.items[int(i)] for i in order) if item.speaker not in known and not item.intensity]
    by_language = [[item for item in plain if item.language == language][: LINES // 2] for language in (0, 1)]
    return [
        Case(item, voices.mean(item.speaker), float(data.mean_log_f0[item.speaker]))
        for pair in zip(*by_language, strict=False)
        for item in pair
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("--corpus", type=Path, required=True, nargs="+")
    parser.add_argument("--codec", type=Path, required=True)
    parser.add_argument("--voices", type=Path, required=True)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    data = build(arguments.corpus)
    cases = chosen(data, Voices.load(arguments.voices, data))
    codec, model = load(arguments.codec), speech.load()
    names = [f"{number}, {('zh', 'en')[case.item.language]}" for number, case in enumerate(cases, 1)]
    draw([(name, columns(case, codec, model)) for name, case in zip(names, cases, strict=True)], arguments.page)


if __name__ == "__main__":
    main()
