"""Pages to look at: lines of voices that were never heard beside what the codec and the model make of them, and clones beside their clips.

    … spectrograms lines PAGE.png --corpus … --codec … --voices …
    … spectrograms clones PAGE.png FOLDER --clips CLIPS

The first has a line as the teacher said it, through the codec, and by the model, which says the text anew in the shipped weights, so
its times are its own; the first two columns are the same take. The second shows four voices, each with the clip it was cloned
from, a line in each language and one under each of three styles, from the sounds that `tests.benches.cloning` left in FOLDER;
the line over the spectrum is the melody.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from oncue.model.api import Code, EmotionSource, Fault, Samples, Start, Step, Voice, Window
from oncue.model.tiny import speech
from oncue.model.tiny.layout import CODE_SAMPLES, HOP, SAMPLE_RATE
from oncue.model.tiny.pitch import track
from oncue.model.training.data.dataset import Dataset, as_float, build
from oncue.model.training.data.served import voice_of
from oncue.model.training.data.voices import Voices
from oncue.model.training.evaluate.report import read_wav
from oncue.model.training.evaluate.resynthesis import Case, again, load
from oncue.model.training.networks.encoders import LogMel
from oncue.model.training.stages import runtime
from oncue.model.training.stages.codec import Codec

LINES = 6
CLONED = ("af_bella", "bm_george", "zf_xiaoyi", "zm_yunxia")
"""A woman and a man of each language."""
STYLES = ("sad", "angry", "surprised")
_FLOOR = -6.0
_TOP_HZ = 450.0
"""Where the melody's own scale ends."""
_SEEN_S = 4.0
"""How much of a clip and of a line is shown, so that all have one scale of time."""
_DOTS_AN_INCH, _COLOURS = 80, 96
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
    return [as_float(case.item.audio), again(case, codec), said]


def draw(rows: Sequence[tuple[str, list[Samples]]], titles: Sequence[str], page: Path) -> None:
    """Log-mel pictures with the melody over them, one row a line or a voice, each with its row's name and its column's title."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from PIL import Image

    mel, across = LogMel(), len(titles)
    figure, axes = plt.subplots(len(rows), across, figsize=(15, 2.1 * len(rows)), squeeze=False, layout="constrained")
    for (name, sounds), line in zip(rows, axes, strict=True):
        for what, pcm, axis in zip(titles, sounds, line, strict=True):
            seen = mel(torch.from_numpy(pcm).unsqueeze(0))[0].clamp(min=_FLOOR).numpy().T
            seconds = len(pcm) / SAMPLE_RATE
            axis.imshow(seen, origin="lower", aspect="auto", extent=(0, seconds, 0, len(seen)), cmap="magma")
            axis.set_title(f"{name}, {what}", fontsize=8)
            axis.set_yticks([])
            hertz = np.exp(track(pcm))
            over = axis.twinx()
            over.plot((np.arange(len(hertz)) + 1) * HOP / SAMPLE_RATE, hertz, color="cyan", linewidth=1)
            over.set(ylim=(0, _TOP_HZ), xlim=(0, seconds))
            over.tick_params(labelsize=6)
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=_DOTS_AN_INCH)
    plt.close(figure)
    Image.open(drawn).convert("RGB").quantize(_COLOURS).save(page, optimize=True)


def clones(folder: Path, clips: Path) -> list[tuple[str, list[Samples]]]:
    """Of each of CLONED its clip, its first line in each language and its line under each of STYLES, as long as one another."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    clean = [row for row in index if row["condition"] == "clean"]
    files = {(row["voice"], row["style"] or row["language"]): folder / row["file"] for row in reversed(clean)}
    size = int(_SEEN_S * SAMPLE_RATE)

    def shown(path: Path) -> Samples:
        pcm = read_wav(path)[:size]
        return np.pad(pcm, (0, size - len(pcm)))

    said = ("zh", "en", *STYLES)
    return [
        (name, [shown(path) for path in (clips / f"{name}-0.wav", *(files[name, what] for what in said))])
        for name in CLONED
    ]


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    pages = parser.add_subparsers(dest="what", required=True)
    of_lines, of_clones = pages.add_parser("lines"), pages.add_parser("clones")
    for one in (of_lines, of_clones):
        one.add_argument("page", type=Path)
    of_lines.add_argument("--corpus", type=Path, required=True, nargs="+")
    of_lines.add_argument("--codec", type=Path, required=True)
    of_lines.add_argument("--voices", type=Path, required=True)
    of_clones.add_argument("folder", type=Path)
    of_clones.add_argument("--clips", type=Path, required=True)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    if arguments.what == "clones":
        titles = ("clip", "Mandarin", "English", *STYLES)
        return draw(clones(arguments.folder, arguments.clips), titles, arguments.page)
    data = build(arguments.corpus)
    cases = chosen(data, Voices.load(arguments.voices, data))
    codec, model = load(arguments.codec), speech.load()
    names = [f"{number}, {('zh', 'en')[case.item.language]}" for number, case in enumerate(cases, 1)]
    rows = [(name, columns(case, codec, model)) for name, case in zip(names, cases, strict=True)]
    return draw(rows, ("teacher", "codec", "model"), arguments.page)


if __name__ == "__main__":
    main()
