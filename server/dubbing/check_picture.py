"""The picture of `oncue dub --check`: the film's clock from left to right. It measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from oncue.server.dubbing.check import Check
from oncue.server.dubbing.dub import DubReport

mpl.use("Agg")
from matplotlib import pyplot as plt

_TOLERANCE_MS = 20
_COLUMNS = 1600


def draw(check: Check, report: DubReport, path: Path) -> None:
    """The original with the speech that was taken down, the new voice with asked starts and measured onsets, how far each is off,
    and the mouth where one was told of.
    """
    seen = bool(check.mouth_times_s)
    heights = [2, 2, 1.4, *([1.2] if seen else [])]
    figure, rows = plt.subplots(
        len(heights), 1, figsize=(13, 2.1 * sum(heights) / 1.6), sharex=False, height_ratios=heights, squeeze=False
    )
    length_s = len(check.voice) / check.rate
    original, voice, off = rows[0, 0], rows[1, 0], rows[2, 0]
    _wave(original, check.original, check.rate, "0.45")
    for start, end in report.replaced_s:
        original.axvspan(start, end, color="tab:red", alpha=0.15, lw=0)
    original.set_title("the original, and where its speech was taken down", loc="left", fontsize=10)
    _wave(voice, check.voice, check.rate, "tab:blue")
    for line, heard in zip(report.lines, check.lines, strict=True):
        voice.axvline(line.asked_start_s, color="black", lw=1, ls="--")
        if line.asked_end_s is not None:
            voice.axvline(line.asked_end_s, color="0.6", lw=1, ls=":")
        if heard.onset_s is not None:
            voice.plot([heard.onset_s], [0], "o", color="tab:orange", ms=5)
        voice.annotate(f"{line.number} {line.speaker}\n{line.fit_status} {line.speed:.2f}×", (line.asked_start_s, 0.98),
                       xycoords=("data", "axes fraction"), fontsize=7, va="top")  # fmt: skip
    voice.set_title(
        "the new voice in the file: asked start (dashed) and end (dotted), measured onset (dot)",
        loc="left",
        fontsize=10,
    )
    for axes in (original, voice):
        axes.set_xlim(0, length_s)
        axes.set_yticks([])
    _offsets(off, check)
    if seen:
        mouth = rows[3, 0]
        mouth.fill_between(check.mouth_times_s, 0, check.mouth_open, color="tab:green", alpha=0.5, lw=0)
        mouth.plot(*_loudness(check.voice, check.rate), color="tab:blue", lw=0.8)
        mouth.set_xlim(0, length_s)
        mouth.set_yticks([])
        agrees = "" if check.mouth_agrees is None else f", together {check.mouth_agrees:.0%} of the time"
        mouth.set_title(f"the mouth in the picture (green) and the voice (blue){agrees}", loc="left", fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)


def _offsets(axes: Any, check: Check) -> None:
    numbers = [line.number for line in check.lines]
    values = [np.nan if line.off_ms is None else line.off_ms for line in check.lines]
    axes.bar(numbers, values, color="tab:orange", width=0.6)
    axes.axhspan(-_TOLERANCE_MS, _TOLERANCE_MS, color="tab:green", alpha=0.12, lw=0)
    axes.axhline(0, color="black", lw=0.8)
    axes.set_ylabel("ms")
    axes.set_ylim(-2 * _TOLERANCE_MS, 2 * _TOLERANCE_MS)
    axes.set_xticks(numbers if len(numbers) <= 40 else [])
    worst = check.worst_ms
    told = "" if worst is None else f"; the worst is {worst:.0f} ms off"
    axes.set_title(f"each line's onset after the time it was asked for{told}", loc="left", fontsize=10)


def _wave(axes: Any, pcm: NDArray[np.float32], rate: int, colour: str) -> None:
    size = max(1, len(pcm) // _COLUMNS)
    blocks = pcm[: len(pcm) // size * size].reshape(-1, size)
    times = np.arange(len(blocks)) * size / rate
    axes.fill_between(times, blocks.min(axis=1), blocks.max(axis=1), color=colour, lw=0)


def _loudness(pcm: NDArray[np.float32], rate: int) -> tuple[Sequence[float], Sequence[float]]:
    """An envelope between 0 and 1 every 20 ms."""
    size = rate // 50
    level = np.sqrt(np.square(pcm[: len(pcm) // size * size].reshape(-1, size)).mean(axis=1))
    top = max(float(np.quantile(level, 0.99)) if len(level) else 0.0, 1e-9)
    return (np.arange(len(level)) * size / rate).tolist(), np.clip(level / top, 0, 1).tolist()
