"""What streaming the second stage costs: `python -m model.indextts2.trade` measures it and prints tables.

A small network of the family's shape with seeded random weights is run whole and cut in several ways; each cut is
compared with the whole line. Random weights say which cut is nearer the whole, not how a voice sounds. Nothing here
serves.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model.indextts2.bigvgan import BigVGAN, receptive_field
from model.indextts2.cfm import GUIDANCE, FlowMatching, FlowRow, Solved
from model.indextts2.config import DiTConfig, RegulatorConfig, VocoderConfig
from model.indextts2.grid import WHOLE, StreamConfig, TimeMap
from model.indextts2.length_regulator import LengthRegulator
from model.indextts2.windows import FRAMES_PER_CODE, Ask, Line, SecondStage, VoicePrompt

CODE_MS = 20
PROMPT_CODES, PROMPT_FRAMES = 32, 54
REGULATOR = RegulatorConfig(features=64, dim=64, codes=1)
DIT = DiTConfig(
    dim=64, heads=4, layers=5, mels=80, content_dim=64, style_dim=192, codes=1,
    wavenet_dim=64, wavenet_layers=3, wavenet_kernel=5,
)  # fmt: skip
VOCODER = VocoderConfig(
    mels=80, channels=64, upsample_rates=(4, 4, 2, 2, 2, 2), upsample_kernels=(8, 8, 4, 4, 4, 4),
    resblock_kernels=(3, 7, 11), resblock_dilations=((1, 3, 5), (1, 3, 5), (1, 3, 5)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cut:
    """One way of cutting mel into blocks, and how near the whole line it came."""

    config: StreamConfig
    mel_db: float
    sound_db: float
    work: float
    """Frames that went through the estimator, as a multiple of the whole line's."""

    @property
    def wait_ms(self) -> int:
        """Speech that must be decoded behind a window before it is heard, because of mel alone."""
        return (max(self.config.blocks) + self.config.lookahead_codes) * CODE_MS


@dataclass(frozen=True, slots=True)
class Overlap:
    """One overlap of the vocoder, and how near windows of sound came to one window."""

    context: int
    lookahead: int
    sound_db: float

    @property
    def wait_ms(self) -> int:
        """Speech that must be decoded behind a window because of it."""
        return math.ceil(self.lookahead / FRAMES_PER_CODE) * CODE_MS


class Counted(FlowMatching):
    """Counts the frames it solves."""

    frames = 0

    def solve(self, rows: Sequence[FlowRow], steps: int, guidance: float = GUIDANCE) -> list[Solved]:
        """As the solver does."""
        self.frames += sum(row.length for row in rows)
        return super().solve(rows, steps, guidance)


def snr_db(whole: Tensor, other: Tensor) -> float:
    """Power of `whole` over that of the difference, in dB; infinite where there is none."""
    error = (whole.double() - other.double()).square().mean()
    return float(10 * torch.log10(whole.double().square().mean() / error))


def fill(module: nn.Module, draw: torch.Generator) -> None:
    """Random weights that keep sizes: unit gains, rows of unit length, small biases; a last layer that does not clip."""
    for name, value in module.named_parameters():
        drawn = torch.randn(value.shape, generator=draw)
        if value.dim() > 1 and not name.endswith("weight_g"):
            drawn *= value[0].numel() ** -0.5
        else:
            drawn = 0.1 * drawn + float(name.endswith(("weight_g", "weight")))
        if name.endswith("project_layer.bias"):
            drawn[: len(drawn) // 2] += 1
        value.data.copy_(drawn * (0.02 if name.endswith("conv_post.weight_g") else 1))


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """Seeded networks, a seeded voice and a seeded line."""

    regulator: LengthRegulator
    flow: Counted
    vocoder: BigVGAN
    voice: VoicePrompt
    content: Tensor  # [codes, features]

    @classmethod
    def draw(cls, codes: int, seed: int) -> Bench:
        """Everything from one seed."""
        draw = torch.Generator().manual_seed(seed)
        networks = LengthRegulator(REGULATOR), Counted(DIT), BigVGAN(VOCODER)
        for network in networks:
            fill(network.eval(), draw)
        rows = torch.randn(1, PROMPT_CODES, REGULATOR.features, generator=draw)
        with torch.no_grad():
            condition = networks[0](rows, PROMPT_FRAMES)[0]
            moments = networks[0].moments(rows, PROMPT_FRAMES)
        mel = torch.randn(PROMPT_FRAMES, DIT.mels, generator=draw)
        voice = VoicePrompt(mel, condition, moments, torch.randn(DIT.style_dim, generator=draw))
        return cls(*networks, voice, torch.randn(codes, REGULATOR.features, generator=draw))

    def spans(self) -> tuple[int, ...]:
        """The line at its natural pace."""
        natural = float(FRAMES_PER_CODE) * self.vocoder.hop
        ends = np.rint(np.arange(len(self.content) + 1) * natural).astype(int)
        return tuple(int(span) for span in np.diff(ends))

    def stage(self, config: StreamConfig) -> SecondStage:
        """The second stage cut in this way."""
        return SecondStage(self.regulator, self.flow, self.vocoder, config)

    def mel(self, config: StreamConfig) -> tuple[Line, Tensor, int]:
        """The line after one window of everything, its sound, and the frames that were solved for it."""
        before, stage = self.flow.frames, self.stage(config)
        asked = Ask(stage.begin(self.voice, 1), self.content, self.spans(), ended=True)
        ((line, sound),) = stage.render([asked])
        return line, sound, self.flow.frames - before

    def windows(self, config: StreamConfig, line: Line, codes: int) -> Tensor:
        """The sound of a line whose mel is there, in windows of so many codes."""
        stage, spans, parts = self.stage(config), self.spans(), []
        line = replace(line, times=TimeMap.begin(line.times.natural))
        for first in range(0, len(spans), codes):
            ((line, part),) = stage.render([Ask(line, self.content, spans[first : first + codes], ended=True)])
            parts.append(part)
        return torch.cat(parts)


def cuts(bench: Bench, steps: int, configs: Sequence[StreamConfig]) -> list[Cut]:
    """Each way of cutting mel against the whole line."""
    whole, sound, work = bench.mel(StreamConfig(steps=steps).whole())
    found = []
    for config in configs:
        line, other, frames = bench.mel(replace(config, steps=steps))
        found.append(Cut(config, snr_db(whole.mel, line.mel), snr_db(sound, other), frames / work))
    return found


def overlaps(bench: Bench, contexts: Sequence[int], lookaheads: Sequence[int], codes: int = 8) -> list[Overlap]:
    """Each overlap of the vocoder, on the same mel, in windows of `codes` codes against one window."""
    base = StreamConfig(steps=1).whole()
    line, sound, _ = bench.mel(base)
    full = receptive_field(VOCODER)
    pairs = [(context, full) for context in contexts] + [(full, lookahead) for lookahead in lookaheads]
    found = []
    for context, lookahead in pairs:
        config = replace(base, vocoder_context_frames=context, vocoder_lookahead_frames=lookahead)
        found.append(Overlap(context, lookahead, snr_db(sound, bench.windows(config, line, codes))))
    return found


def fewer_steps(bench: Bench, numbers: Sequence[int]) -> list[tuple[int, float]]:
    """The whole line in fewer steps against the most; dB of mel."""
    base = StreamConfig().whole()
    lines = {steps: bench.mel(replace(base, steps=steps))[0].mel for steps in numbers}
    return [(steps, snr_db(lines[max(numbers)], mel)) for steps, mel in lines.items()]


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
    return table(heads, [
        (
            cut.config.blocks[-1], cut.config.lookahead_codes, cut.config.context_frames, cut.config.context_as,
            cut.wait_ms, f"{cut.work:.1f}", _db(cut.mel_db), _db(cut.sound_db),
        )
        for cut in found
    ])  # fmt: skip


def overlap_table(found: Sequence[Overlap]) -> str:
    """The table of `overlaps`."""
    rows = [(each.context, each.lookahead, each.wait_ms, _db(each.sound_db)) for each in found]
    return table(("context, frames", "lookahead, frames", "wait, ms", "sound, dB"), rows)


def plot(found: Sequence[Cut], path: Path) -> None:
    """Wait against nearness, a line for each block size and kind of context. Needs the extra `demo`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), dpi=100, layout="constrained")
    axes = figure.subplots()
    for kind in sorted({(cut.config.context_as, cut.config.context_frames) for cut in found}):
        points = [cut for cut in found if (cut.config.context_as, cut.config.context_frames) == kind]
        points.sort(key=lambda cut: cut.wait_ms)
        label = f"{kind[0]}, {kind[1]} frames"
        axes.plot([cut.wait_ms for cut in points], [cut.mel_db for cut in points], marker="o", label=label)
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
    return trails + [replace(config, context_as="prompt") for config in trails if config.context_frames == 128]


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
    steps = [(number, _db(value)) for number, value in fewer_steps(bench, (25, 10, 7))]
    print(table(("steps", "mel against 25 steps, dB"), steps))


if __name__ == "__main__":
    main()
