"""The measured parts of the model card: each stands between two marks and is written by whoever measured it.

Every figure has its number of trials and an interval; what was wanted stands beside it, met or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_BOOTSTRAPS = 2000
_SURE = 1.959964
"""Normal quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, the value with its 95 % interval, of how many, and what was wanted of it."""

    what: str
    value: float
    low: float
    high: float
    n: int
    wanted: str = ""


def share(what: str, hits: Sequence[bool], wanted: str = "") -> Figure:
    """A share with the score interval of Wilson (1927); nan of nothing."""
    n = len(hits)
    if n == 0:
        return Figure(what, float("nan"), float("nan"), float("nan"), 0, wanted)
    p, z2 = float(np.mean(hits)), _SURE**2
    centre, half = p + z2 / (2 * n), _SURE * (p * (1 - p) / n + z2 / (4 * n * n)) ** 0.5
    return Figure(what, p, (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n), n, wanted)


def average(what: str, values: Sequence[float], wanted: str = "", seed: int = 1) -> Figure:
    """A mean with the percentile interval of resampled values (Efron 1979)."""
    x = np.asarray(values, float)
    means = x[np.random.default_rng(seed).integers(0, len(x), (_BOOTSTRAPS, len(x)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Figure(what, float(x.mean()), float(low), float(high), len(x), wanted)


def table(figures: Sequence[Figure]) -> str:
    """Markdown."""
    rows = ["| what | value | 95 % interval | n | wanted |", "|---|---|---|---|---|"]
    rows += [f"| {f.what} | {f.value:.3f} | {f.low:.3f}–{f.high:.3f} | {f.n} | {f.wanted} |" for f in figures]
    return "\n".join(rows)


def write(card: Path, name: str, text: str) -> None:
    """Put `text` between the marks of this name; ValueError when the card has none."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = card.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"The model card has no {begin} … {end} to write between.")
    card.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def publish(card: Path | None, name: str, figures: Sequence[Figure]) -> None:
    """Print the figures, and put them into the card if there is one."""
    print(table(figures))
    if card is not None:
        write(card, name, table(figures))
