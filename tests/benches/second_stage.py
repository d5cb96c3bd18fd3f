"""What streaming the second stage costs, measured on a small network of the family's shape with seeded random weights.

It is run whole and cut in several ways, and each cut is compared with the whole line. Random weights say which cut is
nearer the whole, not how a voice sounds. Nothing here serves; `second_stage_tables.py` prints it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from oncue.model.indextts2.networks.bigvgan import BigVGAN
from oncue.model.indextts2.networks.cfm import GUIDANCE, FlowMatching, FlowRow, Solved
from oncue.model.indextts2.networks.config import DiTConfig, RegulatorConfig, VocoderConfig
from oncue.model.indextts2.networks.length_regulator import LengthRegulator
from oncue.model.indextts2.streaming.grid import CodeTimes, StreamConfig
from oncue.model.indextts2.streaming.second_stage import (
    FRAMES_PER_CODE,
    LineState,
    SecondStage,
    VoicePrompt,
    WindowRequest,
)
from tests.model.indextts2.receptive_field import receptive_field
from tests.model.indextts2.snr import snr_db

CODE_MS = 20
PROMPT_CODES, PROMPT_FRAMES = 32, 54
REGULATOR = RegulatorConfig(features=64, dim=64, codes=1)
DIT = DiTConfig(
    dim=64,
    heads=4,
    layers=5,
    mels=80,
    content_dim=64,
    style_dim=192,
    codes=1,
    wavenet_dim=64,
    wavenet_layers=3,
    wavenet_kernel=5,
)
VOCODER = VocoderConfig(
    mels=80,
    channels=64,
    upsample_rates=(4, 4, 2, 2, 2, 2),
    upsample_kernels=(8, 8, 4, 4, 4, 4),
    resblock_kernels=(3, 7, 11),
    resblock_dilations=((1, 3, 5), (1, 3, 5), (1, 3, 5)),
)


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


@dataclass(frozen=True, slots=True)
class Split:
    """A line cut into windows of these sizes (the last going on), and how near one window it came at either pace."""

    sizes: tuple[int, ...]
    natural_db: float
    wandering_db: float


@dataclass(frozen=True, slots=True)
class Fewer:
    """A number of flow steps, how near the most steps it came, and the time it took as a share of theirs."""

    steps: int
    mel_db: float
    time: float


class Counted(FlowMatching):
    """Counts the frames it solves, and the processor time that took."""

    frames = 0
    seconds = 0.0

    def solve(self, rows: Sequence[FlowRow], steps: int, guidance: float = GUIDANCE) -> list[Solved]:
        """As the solver does."""
        self.frames += sum(row.length for row in rows)
        before = time.process_time()
        solved = super().solve(rows, steps, guidance)
        self.seconds += time.process_time() - before
        return solved


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

    def wandering(self) -> tuple[int, ...]:
        """The line with codes between 0.875 and 1.125 of their natural length, each by itself."""
        factors = np.random.default_rng(7).uniform(0.875, 1.125, len(self.content))
        return tuple(int(span) for span in np.rint(factors * float(FRAMES_PER_CODE) * self.vocoder.hop))

    def stage(self, config: StreamConfig) -> SecondStage:
        """The second stage cut in this way."""
        return SecondStage(self.regulator, self.flow, self.vocoder, config)

    def mel(self, config: StreamConfig) -> tuple[LineState, Tensor, int]:
        """The line after one window of everything, its sound, and the frames that were solved for it."""
        before, stage = self.flow.frames, self.stage(config)
        asked = WindowRequest(stage.begin(self.voice, 1), self.content, self.spans(), ended=True)
        ((line, sound),) = stage.render([asked])
        return line, sound, self.flow.frames - before

    def windows(self, config: StreamConfig, line: LineState, sizes: Sequence[int], spans: Sequence[int]) -> Tensor:
        """The sound of a line whose mel is there, in windows of so many codes, the last size going on.

        A window sees only what would be decoded while the line is being said.
        """
        stage, parts, first = self.stage(config), list[Tensor](), 0
        line = replace(line, times=CodeTimes.begin(line.times.natural))
        while first < len(spans):
            stop = min(len(spans), first + sizes[min(len(parts), len(sizes) - 1)])
            known = min(len(spans), stop + config.lookahead(line.frames_per_code))
            asked = WindowRequest(line, self.content[:known], tuple(spans[first:stop]), ended=known == len(spans))
            ((line, part),) = stage.render([asked])
            parts.append(part)
            first = stop
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
        found.append(Overlap(context, lookahead, snr_db(sound, bench.windows(config, line, (codes,), bench.spans()))))
    return found


def splits(bench: Bench, config: StreamConfig, sizes: Sequence[tuple[int, ...]]) -> list[Split]:
    """The same mel in windows of these sizes against one window of everything: what a declared SNR must hold for."""
    line, _, _ = bench.mel(config)
    paces = bench.spans(), bench.wandering()
    whole = [bench.windows(config, line, (len(spans),), spans) for spans in paces]
    return [
        Split(
            each,
            *(snr_db(one, bench.windows(config, line, each, spans)) for one, spans in zip(whole, paces, strict=True)),
        )
        for each in sizes
    ]


def fewer_steps(bench: Bench, numbers: Sequence[int], repeats: int = 9) -> list[Fewer]:
    """The whole mel in fewer steps against the most, in turns; of each the least processor time of `repeats` counts."""
    base, most = replace(StreamConfig().whole(), vocoder_context_frames=0, vocoder_lookahead_frames=0), max(numbers)
    mels, times = dict[int, Tensor](), dict.fromkeys(numbers, math.inf)
    for steps in [*numbers] * repeats:
        stage, before = bench.stage(replace(base, steps=steps)), bench.flow.seconds
        asked = WindowRequest(stage.begin(bench.voice, 1), bench.content, bench.spans()[:1], ended=True)
        mels[steps] = stage.render([asked])[0][0].mel
        times[steps] = min(times[steps], bench.flow.seconds - before)
    return [Fewer(steps, snr_db(mels[most], mels[steps]), times[steps] / times[most]) for steps in numbers]
