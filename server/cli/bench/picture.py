"""The pictures of `oncue bench`: lines over time, capacity over load, slices side by side. It measures nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from oncue.clients.bench.figures import MISS_LIMIT, BenchFigures
from oncue.clients.bench.listeners import HeardLine
from oncue.clients.bench.stalls import NO_STALLS, Stalls
from oncue.server.cli.bench.runs import Capacity, Compared
from oncue.server.cli.common import write

mpl.use("Agg")
from matplotlib import pyplot as plt

_AS_HEARD, _NET = "#c44e52", "#4878a8"


def draw_lines(lines: Sequence[HeardLine], stalls: Stalls, start_limit_s: float, path: Path) -> None:
    """When each line began to be heard, and how long before it was needed each chunk came; pauses of the machine in grey."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(12, 7), sharex=True)
    began_s, ended_s = min(line.due_at for line in lines), max(line.ended_at for line in lines)
    for axes in (above, below):
        for span in stalls.spans:
            if began_s <= span.end_s and span.start_s <= ended_s:
                axes.axvspan(span.start_s - began_s, span.end_s - began_s, color="#dddddd", linewidth=0)
    for clock, color, label in ((NO_STALLS, _AS_HEARD, "as heard"), (stalls, _NET, "net")):
        times = [line.times(clock) for line in lines]
        due_s = [line.due_at - began_s for line in lines]
        above.plot(due_s, [line.first_audible_s for line in times], ".", color=color, label=label)
        came_s = [chunk.at_s - began_s for line in lines for chunk in line.chunks[1:]]
        below.plot(came_s, [slack for line in times for slack in line.slacks_s], ".", color=color, markersize=2)
    above.axhline(start_limit_s, color="black", linestyle="--", linewidth=1, label="limit")
    above.set(ylabel="first audible sample after (s)", ylim=(0, None))
    above.legend(loc="upper right", fontsize=8)
    below.axhline(0, color="black", linewidth=1)
    below.set(ylabel="slack of each chunk (s), below 0 is late", xlabel="seconds; grey: the machine stood still")
    _save(figure, path)


def draw_capacity(found: Capacity, path: Path) -> None:
    """Start and misses over the load."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 7), sharex=True)
    loads = sorted((one.load for one in found.tried), key=lambda one: one.streams)
    streams = [one.streams for one in loads]
    for columns, color, label in (
        ([one.as_heard for one in loads], _AS_HEARD, "as heard"),
        ([one.net for one in loads], _NET, "net"),
    ):
        above.plot(streams, [one.first_audible_p95_s for one in columns], "o-", color=color, label=f"p95, {label}")
        above.plot(streams, [one.first_audible_p50_s for one in columns], "o:", color=color, label=f"p50, {label}")
        below.plot(streams, [100 * one.miss_rate for one in columns], "o-", color=color)
    above.axhline(loads[0].start_limit_s, color="black", linestyle="--", linewidth=1, label="limit of p95")
    above.set(ylabel="first audible sample after (s)", title=f"{found.streams} streams are sustained")
    above.legend(fontsize=8)
    below.axhline(100 * MISS_LIMIT, color="black", linestyle="--", linewidth=1)
    below.set(ylabel="chunks too late (%)", xlabel="streams at once")
    _save(figure, path)


def draw_compared(found: Compared, path: Path) -> None:
    """Slices of A and B, pair by pair, net of stalls."""
    reads: dict[str, Callable[[BenchFigures], float]] = {
        "first audible p50 (s)": lambda one: one.first_audible_p50_s,
        "first audible p95 (s)": lambda one: one.first_audible_p95_s,
        "stalled (s)": lambda one: one.stalled_s,
    }
    figure, rows = plt.subplots(len(reads), 1, figsize=(9, 9), sharex=True)
    for axes, (label, read) in zip(rows, reads.items(), strict=True):
        for side, slices, color in (("A", found.a, _AS_HEARD), ("B", found.b, _NET)):
            axes.plot(range(1, len(slices) + 1), [read(one.load.net) for one in slices], "o-", color=color, label=side)
        axes.set(ylabel=label, ylim=(0, None))
    rows[0].legend()
    rows[-1].set(xlabel="pair")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=110, format="png")
    plt.close(figure)
    write(path, drawn.getvalue())
