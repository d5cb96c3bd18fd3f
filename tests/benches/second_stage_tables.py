"""`python -m tests.benches.second_stage_tables` measures what streaming the second stage costs (`second_stage.py`) and prints tables."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from oncue.model.indextts2.streaming.grid import WHOLE, StreamConfig
from tests.benches.second_stage import VOCODER, Bench, Cut, Fewer, Overlap, Split, cuts, fewer_steps, overlaps, splits
from tests.model.indextts2.receptive_field import receptive_field

WINDOWS = ((1,), (3, 4, 6, 8), (5,), (13, 2))
"""Codes of a line's windows, the last size going on."""


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as Markdown."""
    lines: list[Sequence[object]] = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _db(value: float) -> str:
    return "exact" if value > 80 else f"{value:.1f}"


def cut_table(found: Sequence[Cut]) -> str:
    """The table of `cuts`."""
    heads = (
        "block, codes",
        "lookahead, codes",
        "context, frames",
        "context as",
        "wait, ms",
        "work",
        "mel, dB",
        "sound, dB",
    )
    return table(
        heads,
        [
            (
                _sizes(cut.config.blocks),
                cut.config.lookahead_codes,
                cut.config.context_frames,
                cut.config.context_as,
                cut.wait_ms,
                f"{cut.work:.1f}",
                _db(cut.mel_db),
                _db(cut.sound_db),
            )
            for cut in found
        ],
    )


def overlap_table(found: Sequence[Overlap]) -> str:
    """The table of `overlaps`."""
    rows = [(each.context, each.lookahead, each.wait_ms, _db(each.sound_db)) for each in found]
    return table(("context, frames", "lookahead, frames", "wait, ms", "sound, dB"), rows)


def split_table(found: Sequence[Split]) -> str:
    """The table of `splits`."""
    rows = [(_sizes(each.sizes), _db(each.natural_db), _db(each.wandering_db)) for each in found]
    return table(("windows, codes", "natural pace, dB", "wandering pace, dB"), rows)


def steps_table(found: Sequence[Fewer]) -> str:
    """The table of `fewer_steps`."""
    rows = [(each.steps, _db(each.mel_db), f"{each.time:.2f}") for each in found]
    return table(("steps", "mel, dB", "time"), rows)


def _sizes(sizes: Sequence[int]) -> str:
    return ", ".join(str(size) for size in sizes)


def plot(found: Sequence[Cut], path: Path) -> None:
    """Wait against nearness, a line for each block size and kind of context. Needs the extra `demo`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), dpi=100, layout="constrained")
    axes = figure.subplots()
    even = [cut for cut in found if len(cut.config.blocks) == 1]
    for kind in sorted({(cut.config.context_as, cut.config.context_frames) for cut in even}):
        points = [cut for cut in even if (cut.config.context_as, cut.config.context_frames) == kind]
        points.sort(key=lambda cut: cut.wait_ms)
        label = f"{kind[0]}, {kind[1]} frames"
        axes.plot([cut.wait_ms for cut in points], [cut.mel_db for cut in points], marker="o", label=label)
    for cut in found:
        if cut.config == replace(StreamConfig(), steps=cut.config.steps):
            axes.plot([cut.wait_ms], [cut.mel_db], marker="*", markersize=11, color="black", label="the default")
    axes.set_xlabel("speech to decode behind a window, ms")
    axes.set_ylabel("SNR of mel against the whole line, dB")
    axes.set_title("Seeded random weights, CPU", fontsize="medium")
    axes.legend(title="context", fontsize="small")
    axes.grid(alpha=0.3)
    figure.savefig(path)


def standard_cuts() -> list[StreamConfig]:
    """The ways of cutting that the documentation shows."""
    sizes = ((4, 0), (8, 0), (8, 8), (16, 8), (16, 16))
    trails = [
        StreamConfig(blocks=(block,), lookahead_codes=ahead, context_frames=context, vocoder_context_frames=WHOLE)
        for context in (32, 128)
        for block, ahead in sizes
    ]
    prompts = [replace(config, context_as="prompt") for config in trails if config.context_frames == 128]
    return [*trails, *prompts, StreamConfig()]


def main() -> None:
    """Measure, print, and draw where asked to."""
    parser = argparse.ArgumentParser(description="What streaming the second stage costs, on seeded random weights.")
    parser.add_argument("--codes", type=int, default=80, help="length of the line; 50 are a second")
    parser.add_argument("--steps", type=int, default=8, help="flow steps of the first table")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="where to write a picture of the first table")
    given = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench.draw(given.codes, given.seed)
    found = cuts(bench, given.steps, standard_cuts())
    print(cut_table(found), end="\n\n", flush=True)
    if given.plot:
        plot(found, given.plot)
    full = receptive_field(VOCODER)
    print(overlap_table(overlaps(bench, (0, 8, 16, 24), (0, 4, 8, 12, 16, 24, full))), end="\n\n", flush=True)
    print(split_table(splits(bench, replace(StreamConfig(), steps=given.steps), WINDOWS)), end="\n\n", flush=True)
    print(steps_table(fewer_steps(bench, (25, 10, 7))))


if __name__ == "__main__":
    main()
