"""The second stage as a stream: codes in, exactly the samples asked for out, for many lines at once.

All state of a line is in `LineState`, a value. Mel is solved in blocks at fixed codes (`grid.py`), each seeing a few codes
ahead, the voice's prompt and the mel before it; noise depends on seed and absolute frame only. The regulator's norm over
all time has a stated substitute (`regulator_stream.py`). Windows of sound then overlap by what the vocoder hears. So the
split into windows never changes the mel, and changes the sound by no more than a vocoder lookahead that is shorter than
its receptive field. No codes are decoded here and no spans decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from oncue.model.indextts2.networks.cfm import FlowMatching, FlowRow, Solved
from oncue.model.indextts2.networks.length_regulator import LengthRegulator
from oncue.model.indextts2.streaming import regulator_stream
from oncue.model.indextts2.streaming.grid import CodeTimes, Positions, StreamConfig, code_of, frames_before
from oncue.model.indextts2.streaming.noise import frame_noise
from oncue.model.indextts2.streaming.regulator_stream import RegulatorState

FRAMES_PER_CODE = Fraction(43, 25)
"""As the release was trained."""


class Vocoder(Protocol):
    """Mel to samples, whatever runs it."""

    hop: int

    def __call__(self, mel: Tensor) -> Tensor:
        """Log mel [batch, frames, mels] -> samples [batch, frames · hop]."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class VoicePrompt:
    """What the second stage knows of a voice."""

    mel: Tensor  # [frames, bands]
    condition: Tensor  # [frames, dim], regulated with its norms over the prompt alone
    moments: Tensor  # [layers, 2], what those norms saw
    style: Tensor  # [style_dim]


@dataclass(frozen=True, slots=True, eq=False)
class LineState:
    """A line so far: what was solved, and the samples that were asked for."""

    voice: VoicePrompt
    seed: int
    frames_per_code: Fraction
    times: CodeTimes
    regulator: RegulatorState
    solved: int
    """Codes whose mel is final."""
    mel: Tensor  # [frames, bands], natural frames
    condition: Tensor  # [<= context, dim], of the last frames
    trail: Tensor  # [steps, <= context, bands], of the last frames; empty where context is a prompt


@dataclass(frozen=True, slots=True, eq=False)
class WindowRequest:
    """The next window of a line: the spans of its next codes. `ended` says that no code will follow `content`."""

    line: LineState
    content: Tensor  # [codes, features], of all codes of the line decoded so far
    spans: tuple[int, ...]
    ended: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """A line on its way through a call."""

    line: LineState
    content: Tensor
    ended: bool
    first_sample: int
    """Where this window begins; it ends where the line's spans do."""

    @property
    def samples(self) -> int:
        return self.line.times.end - self.first_sample


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """A block about to be solved: `keep` of its `new` frames are final."""

    row: FlowRow
    condition: Tensor  # [new, dim]
    regulator: RegulatorState
    end: int
    keep: int


class SecondStage:
    """The networks of the second stage and how they are cut into pieces; it keeps nothing of any line."""

    def __init__(self, regulator: LengthRegulator, flow: FlowMatching, vocoder: Vocoder, config: StreamConfig) -> None:
        self.regulator, self.flow, self.vocoder, self.config = regulator, flow, vocoder, config

    def begin(self, voice: VoicePrompt, seed: int, frames_per_code: Fraction = FRAMES_PER_CODE) -> LineState:
        """A line of which nothing is known. `frames_per_code` is its natural pace, by which it is solved."""
        voice = replace(
            voice,
            mel=_tail(voice.mel, self.config.prompt_frames),
            condition=_tail(voice.condition, self.config.prompt_frames),
        )
        return LineState(
            voice=voice,
            seed=seed,
            frames_per_code=frames_per_code,
            times=CodeTimes.begin(frames_per_code * self.vocoder.hop),
            regulator=regulator_stream.begin(self.regulator, voice.moments, self.config.prior_frames),
            solved=0,
            mel=voice.mel[:0],
            condition=voice.condition[:0],
            trail=voice.mel.new_zeros(self.config.steps, 0, voice.mel.shape[1]),
        )

    @torch.no_grad()
    def render(self, asks: Sequence[WindowRequest]) -> list[tuple[LineState, Tensor]]:
        """Each line after its window, and the window's samples [sum of spans] in [-1, 1], in the order of `asks`.

        Lines are solved side by side; none changes another. Raises ValueError when a window needs codes that are
        neither decoded nor known never to come.
        """
        works = [_admit(ask) for ask in asks]
        while due := [index for index, work in enumerate(works) if len(work.line.mel) < self._wanted(work)]:
            for index, line in zip(due, self._solve([works[index] for index in due]), strict=True):
                works[index] = replace(works[index], line=line)
        return [(work.line, sound) for work, sound in zip(works, self._sound(works), strict=True)]

    def _heard(self, work: _Work) -> tuple[int, int]:
        """The heard frames [first, stop) that the vocoder needs for this window."""
        config, hop, times = self.config, self.vocoder.hop, work.line.times
        first, stop = work.first_sample // hop, -(-times.end // hop)
        ahead = stop + config.vocoder_lookahead_frames
        if work.ended:
            # Where the line ends the vocoder meets nothing, and so it must here.
            ahead = min(ahead, -(-times.expected_end(len(work.content), config.stretch) // hop))
        return max(0, first - config.vocoder_context_frames), max(stop, ahead)

    def _places(self, work: _Work, first: int, stop: int) -> Positions:
        """Natural places of the heard frames [first, stop)."""
        return work.line.times.frames_at(first, stop, self.vocoder.hop, self.config.stretch)

    def _wanted(self, work: _Work) -> int:
        """How many natural frames must be final before this window can be heard."""
        if work.samples == 0:
            return 0
        stop = self._heard(work)[1]
        frames = int(np.ceil(self._places(work, stop - 1, stop)[0])) + 1
        if not work.ended:
            return frames
        return min(frames, frames_before(len(work.content), work.line.frames_per_code))

    def _solve(self, works: Sequence[_Work]) -> list[LineState]:
        """The lines with one more block each, solved as one batch."""
        blocks = [self._block(work) for work in works]
        solved = self.flow.solve([block.row for block in blocks], self.config.steps, self.config.guidance)
        return [self._grow(work.line, block, each) for work, block, each in zip(works, blocks, solved, strict=True)]

    def _block(self, work: _Work) -> _Block:
        """The next block of a line, with what it sees before and after."""
        line, codes, rate = work.line, len(work.content), work.line.frames_per_code
        end = self.config.block_end(line.solved)
        known = end + self.config.lookahead_codes
        if known > codes and not work.ended:
            raise ValueError(
                f"The window needs {known} codes of its line, and {codes} are decoded: ask for windows only when "
                "`StreamConfig.lookahead` codes after them are."
            )
        end, known = min(end, codes), min(known, codes)
        first, stop, far = len(line.mel), frames_before(end, rate), frames_before(known, rate)
        sources = torch.tensor([code_of(frame, rate) - line.solved for frame in range(first, far)])
        condition, after = regulator_stream.regulate(
            self.regulator, line.regulator, work.content[line.solved : known], sources, stop - first
        )
        return _Block(self._row(line, condition, far), condition, after, end, stop - first)

    def _row(self, line: LineState, condition: Tensor, far: int) -> FlowRow:
        """Prompt, context and the new frames, whose condition is given, up to the natural frame `far`."""
        voice, past, bands = line.voice, len(line.condition), line.mel.shape[1]
        start, known = len(line.mel) - past, len(voice.mel)
        as_prompt = self.config.context_as == "prompt"
        begin = len(line.mel) if as_prompt else start
        return FlowRow(
            prompt=torch.cat([voice.mel, line.mel[start:]]) if as_prompt else voice.mel,
            noise=frame_noise(line.seed, begin, far - begin, bands).to(line.mel),
            content=torch.cat([voice.condition, line.condition, condition]),
            style=voice.style,
            # Context is as far from the prompt as in the whole line, however much lies between.
            positions=torch.cat([torch.arange(known), torch.arange(known + start, known + far)]),
            trail=None if as_prompt else line.trail,
        )

    def _grow(self, line: LineState, block: _Block, solved: Solved) -> LineState:
        """The line with the final frames of a solved block."""
        skip = len(solved.mel) - len(block.condition)
        own, context = slice(skip, skip + block.keep), self.config.context_frames
        trail = torch.cat([line.trail, solved.trail[:, own]], dim=1)
        if self.config.context_as == "prompt":
            trail = line.trail
        return replace(
            line,
            regulator=block.regulator,
            solved=block.end,
            mel=torch.cat([line.mel, solved.mel[own]]),
            condition=_tail(torch.cat([line.condition, block.condition[: block.keep]]), context),
            trail=trail[:, max(0, trail.shape[1] - context) :],
        )

    def _sound(self, works: Sequence[_Work]) -> list[Tensor]:
        """The samples of each window. Rows of one length are one batch, since padding would be heard."""
        sounds = [work.line.mel.new_zeros(0) for work in works]
        groups: dict[int, list[int]] = {}
        for index, work in enumerate(works):
            first, stop = self._heard(work)
            if work.samples:
                groups.setdefault(stop - first, []).append(index)
        for group in groups.values():
            waves = self.vocoder(torch.stack([self._stretched(works[index]) for index in group]))
            for index, wave in zip(group, waves, strict=True):
                work = works[index]
                skip = work.first_sample - self._heard(work)[0] * self.vocoder.hop
                sounds[index] = wave[skip : skip + work.samples]
        return sounds

    def _stretched(self, work: _Work) -> Tensor:
        """The mel that is heard, [frames, bands]: natural frames, and between two of them their mixture."""
        places = torch.from_numpy(self._places(work, *self._heard(work))).clamp(max=len(work.line.mel) - 1)
        below = places.floor()
        share = (places - below).to(work.line.mel).unsqueeze(1)
        low = below.long().to(work.line.mel.device)
        high = (low + 1).clamp(max=len(work.line.mel) - 1)
        return work.line.mel[low] * (1 - share) + work.line.mel[high] * share


def _admit(ask: WindowRequest) -> _Work:
    """The line with the spans of its window. Raises ValueError for spans of codes that are not there."""
    times = ask.line.times.extend(ask.spans)
    if times.codes > len(ask.content):
        raise ValueError(f"A window ends at code {times.codes}, and the line has {len(ask.content)}.")
    return _Work(replace(ask.line, times=times), ask.content, ask.ended, ask.line.times.end)


def _tail(x: Tensor, count: int) -> Tensor:
    """The last `count` rows of x, or all of them."""
    return x[max(0, len(x) - count) :]
