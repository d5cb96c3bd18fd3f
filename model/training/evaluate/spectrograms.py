"""The spectrogram page of the model card: a line by its teacher, through the codec, and by the whole model.

`python -m oncue.model.training.evaluate.spectrograms FOLDER --codec CODEC --speakers SPEAKERS --out PICTURE` reads the sounds
that `oncue render` made of the held-out sentences and draws six of them below their teachers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from oncue.model.api import Samples
from oncue.model.text.phones import INDEX
from oncue.model.tiny.encoders import LogMel, levelled
from oncue.model.tiny.layout import HOP, SAMPLE_RATE
from oncue.model.tiny.pitch import scale_of, track
from oncue.model.training.data.casting import all_speakers
from oncue.model.training.data.corpus import Utterance
from oncue.model.training.data.dataset import Prepared, as_float, prepare
from oncue.model.training.data.espeak import Espeak, make_data_folder
from oncue.model.training.data.teacher import Recording, Style, finish
from oncue.model.training.evaluate import resynthesis
from oncue.model.training.evaluate.report import read_wav, teacher_line
from oncue.model.training.stages import runtime
from oncue.model.training.stages.speakers import Speakers

_LINES = (0, 7, 20, 30, 41, 55)
_TEACHER = "Annie"
_TEACHER_WPM = 175.0


def prepared(recording: Recording) -> tuple[Prepared, float]:
    """A teacher's line as training sees it, and its mean log pitch."""
    log_f0 = track(as_float(recording.samples))
    mean = float(np.nanmean(log_f0))
    utterance = Utterance(
        recording.samples,
        np.array([INDEX[unit.symbol] for unit in recording.units], np.int16),
        np.array([unit.tone for unit in recording.units], np.int8),
        np.array([unit.word_start for unit in recording.units]),
        recording.ends, 0, 0, 0, 0.0, 0, _TEACHER_WPM, 0,
    )  # fmt: skip
    return prepare(utterance, log_f0, mean, scale_of(log_f0)), mean


def draw(rows: list[tuple[str, dict[str, Samples]]], path: Path) -> None:
    """Log-mel pictures, a row for each line and a column for each way it was said."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    mel = LogMel()
    figure, axes = plt.subplots(len(rows), len(rows[0][1]), figsize=(15, 2.1 * len(rows)), squeeze=False)
    for row, (title, sounds) in zip(axes, rows, strict=True):
        for place, (name, pcm) in zip(row, sounds.items(), strict=True):
            picture = mel(levelled(torch.from_numpy(pcm).unsqueeze(0)))[0].t().numpy()
            extent = (0.0, picture.shape[1] * HOP / SAMPLE_RATE, 0.0, float(len(picture)))
            place.imshow(picture, origin="lower", aspect="auto", vmin=-4, vmax=1.5, cmap="magma", extent=extent)
            place.set_title(f"{title} {name}", fontsize=8)
            place.tick_params(labelsize=6)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=72)
    plt.close(figure)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codec", type=Path, required=True)
    parser.add_argument("--speakers", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    codec, speakers = resynthesis.load(arguments.codec), Speakers().eval()
    speakers.load_state_dict(runtime.checkpoint(arguments.speakers)["speakers"])
    index: list[dict[str, Any]] = json.loads((arguments.folder / "index.json").read_text(encoding="utf-8"))
    free = [row for row in index if row["ratio"] == 0]
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        engine = Espeak(make_data_folder(Path(scratch)))
        speaker = next(s for s in all_speakers() if s.variant == _TEACHER)
        for number in _LINES:
            spoken = engine.say(teacher_line(free[number]["text"]), speaker, Style(_TEACHER_WPM))
            recording = finish(spoken, 0.0, 0.15) if spoken else None
            if recording is None:
                raise SystemExit("The teacher cannot say one of the lines.")
            item, mean = prepared(recording)
            clean = as_float(item.audio)
            with torch.inference_mode():
                vector = speakers.voice(speakers.mel(levelled(torch.from_numpy(clean).unsqueeze(0))))[0].numpy()
            sounds = {
                "teacher": clean,
                "codec": resynthesis.again(item, codec, vector, mean),
                f"model ({free[number]['voice']})": read_wav(arguments.folder / free[number]["file"]),
            }
            rows.append((f"line {number}:", sounds))
    draw(rows, arguments.out)


if __name__ == "__main__":
    main()
