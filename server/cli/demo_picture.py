"""The picture of `oncue demo`: one line per row, everything on the clock that began with `speak`. It measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

from oncue.server.cli.demo_verdict import Verdict

_FONTS = ("Noto Sans CJK SC", "WenQuanYi Micro Hei", "Source Han Sans SC", "Droid Sans Fallback", "DejaVu Sans")


def draw(verdicts: Sequence[Verdict], path: Path) -> None:
    """Waveforms where a listener without stalls plays them, with the times of codes and chunks above and the target's end."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    mpl.rcParams["font.family"] = [font for font in _FONTS if font in installed]
    figure, rows = plt.subplots(len(verdicts), 1, figsize=(13, 3.6 * len(verdicts)), squeeze=False)
    for axes, verdict in zip(rows[:, 0], verdicts, strict=True):
        _draw_line(axes, verdict, chinese=len(mpl.rcParams["font.family"]) > 1)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_line(axes: Any, verdict: Verdict, *, chinese: bool) -> None:
    heard, trace = verdict.heard, verdict.heard.done.trace
    sound = np.frombuffer(heard.pcm, "<i2") / 32768
    begin = verdict.as_heard.first_chunk_s
    for span in verdict.stalls.spans:
        if heard.due_at <= span.end_s and span.start_s <= heard.ended_at:
            axes.axvspan(span.start_s - heard.due_at, span.end_s - heard.due_at, color="#e4e4e4", linewidth=0)
    axes.plot(begin + np.arange(len(sound)) / heard.rate, sound, color="#4878a8", linewidth=0.4)
    if trace is not None:
        axes.plot(trace.codes_s, np.full(len(trace.codes_s), 1.25), "|", color="#c44e52", label="code decoded")
    arrivals_s = [chunk.at_s - heard.due_at for chunk in heard.chunks]
    axes.plot(arrivals_s, np.full(len(arrivals_s), 1.45), "v", color="#55a868", markersize=5, label="chunk arrived")
    for word in heard.words:
        _draw_word(axes, begin + word.start / heard.rate, word.text if chinese or word.text.isascii() else "")
    axes.axvline(begin + verdict.line.seconds, color="black", linestyle="--", linewidth=1, label="end asked for")
    axes.set(ylim=(-1.1, 1.65), yticks=[], xlabel="seconds after speak; grey: the machine stood still")
    axes.set_title(f"{verdict.line.name}: {len(sound)} samples for {verdict.line.seconds} s", fontsize=10)
    axes.legend(loc="lower right", fontsize=8)


def _draw_word(axes: Any, at_s: float, text: str) -> None:
    axes.axvline(at_s, ymax=0.72, color="#999999", linewidth=0.5)
    axes.text(at_s, -1.0, text, fontsize=7, rotation=90, verticalalignment="bottom")
