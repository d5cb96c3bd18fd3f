"""The picture of `oncue demo`: one line per row, everything on the clock that began with `speak`. It measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from oncue.model.text import frontend
from oncue.streaming.protocol.messages import MarkItem

mpl.use("Agg")
from matplotlib import font_manager
from matplotlib import pyplot as plt

from oncue.server.cli.demo_verdict import Verdict

_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Heiti SC",
    "Microsoft YaHei",
    "SimHei",
)
_ALWAYS_THERE = "DejaVu Sans"
"""Comes with matplotlib, and has no Chinese characters."""


def draw(verdicts: Sequence[Verdict], path: Path) -> None:
    """Waveforms where a listener without stalls plays them, with the times of codes and chunks above and the target's end.

    Words are written as they are where a font here has their characters, else Chinese ones by their pinyin.
    """
    font = chinese_font("".join(verdict.line.text for verdict in verdicts))
    mpl.rcParams["font.family"] = [_ALWAYS_THERE] if font is None else [font, _ALWAYS_THERE]
    figure, rows = plt.subplots(len(verdicts), 1, figsize=(13, 3.6 * len(verdicts)), squeeze=False)
    for axes, verdict in zip(rows[:, 0], verdicts, strict=True):
        _draw_line(axes, verdict, labels(verdict.heard.words, verdict.line.text, chinese=font is not None))
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def chinese_font(text: str) -> str | None:
    """An installed font that has every letter of a text, None where there is none."""
    places = {font.name: font.fname for font in font_manager.fontManager.ttflist}
    wanted = {ord(char) for char in text if char.isalnum()}
    for name in _CHINESE_FONTS:
        if name in places:
            font = font_manager.get_font(places[name])
            if all(font.get_char_index(code) for code in wanted):
                return name
    return None


def labels(words: Sequence[MarkItem], text: str, *, chinese: bool) -> list[str]:
    """What to write at each word: the word, or without Chinese characters their pinyin with tone numbers."""
    if chinese or text.isascii():
        return [word.text for word in words]
    read = {unit["char_start"]: unit["pinyin"] for unit in frontend.describe(text) if unit["pinyin"]}
    return [str(read.get(word.char_start, word.text if word.text.isascii() else "?")) for word in words]


def _draw_line(axes: Any, verdict: Verdict, words: Sequence[str]) -> None:
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
    for word, label in zip(heard.words, words, strict=True):
        _draw_word(axes, begin + word.start / heard.rate, label)
    axes.axvline(begin + verdict.line.seconds, color="black", linestyle="--", linewidth=1, label="end asked for")
    axes.set(ylim=(-1.1, 1.65), yticks=[], xlabel="seconds after speak; grey: the machine stood still")
    axes.set_title(f"{verdict.line.name}: {len(sound)} samples for {verdict.line.seconds} s", fontsize=10)
    axes.legend(loc="lower right", fontsize=8)


def _draw_word(axes: Any, at_s: float, text: str) -> None:
    axes.axvline(at_s, ymax=0.72, color="#999999", linewidth=0.5)
    axes.text(at_s, -1.0, text, fontsize=7, rotation=90, verticalalignment="bottom")
