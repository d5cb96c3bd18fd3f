"""How much longer a full stop rests than a comma at the same place, by the sound.

`… pauses lines FILE` writes sentences in pairs, `oncue render` speaks them, `… pauses measure FOLDER` compares their longest rests.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.evaluate.report import read_wav

HALVES = (
    ("雨已经停了", "我们出去走走吧"), ("他没有回头", "门慢慢地关上了"), ("我明白你的意思", "可是现在太晚了"), ("灯亮了", "大家都安静下来"),
    ("这件事不怪你", "谁都会犯错的"), ("路还很长", "先坐下来休息一下"),
    ("The rain has stopped", "we can walk home now"), ("He did not look back", "the door closed behind him"),
    ("I know what you mean", "it is simply too late"), ("The lights went on", "nobody said a word"),
    ("This is not your fault", "everyone makes mistakes"), ("The road is long", "let us rest for a while"),
)  # fmt: skip
"""What stands before and after the mark."""
_STEP_S, _QUIET_DB = 0.01, -30.0


def sentences() -> list[str]:
    """All with a comma and then all with a full stop, so that voices taken in turn are the same in both."""
    commas, stops = [], []
    for one, two in HALVES:
        comma, stop = (",", ".") if one.isascii() else ("，", "。")
        space = " " * one.isascii()
        commas.append(f"{one}{comma}{space}{two}{stop}")
        stops.append(f"{one}{stop}{space}{two[0].upper() + two[1:]}{stop}")
    return commas + stops


def longest_rest(pcm: Samples) -> float:
    """Seconds of the longest stretch between the first and the last sound that is 30 dB below the loudest; 0 without one."""
    step = int(_STEP_S * SAMPLE_RATE)
    level = np.sqrt((pcm[: len(pcm) // step * step].reshape(-1, step).astype(np.float64) ** 2).mean(axis=1))
    loud = np.flatnonzero(level > level.max(initial=0.0) * 10 ** (_QUIET_DB / 20))
    return float(max(np.diff(loud).max(initial=1) - 1, 0)) * _STEP_S


def ratios(rests: list[float]) -> dict[str, float]:
    """Mean rest of the full stops over that of the commas, for each language; rests in the order of `sentences`."""
    out = {}
    for language, ascii_only in (("zh", False), ("en", True)):
        pairs = [rests[i :: len(HALVES)] for i, (one, _) in enumerate(HALVES) if one.isascii() == ascii_only]
        comma, stop = np.mean(pairs, axis=0)
        out[language] = float(stop / comma)
    return out


def main() -> None:
    """Command line: `lines FILE` or `measure FOLDER`."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("lines").add_argument("file", type=Path)
    verbs.add_parser("measure").add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if arguments.verb == "lines":
        arguments.file.parent.mkdir(parents=True, exist_ok=True)
        arguments.file.write_text("\n".join(sentences()) + "\n", encoding="utf-8")
        return
    rows = json.loads((arguments.folder / "index.json").read_text(encoding="utf-8"))
    heard = {row["text"]: longest_rest(read_wav(arguments.folder / row["file"])) for row in rows}
    for language, ratio in ratios([heard[text] for text in sentences()]).items():
        print(f"{language}: a full stop rests {ratio:.2f} times as long as a comma at the same place")


if __name__ == "__main__":
    main()
