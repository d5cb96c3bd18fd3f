"""Where the blocks of the second stage begin and where a sample lies in the line: arithmetic, no network.

Two clocks. On the *natural* one a code has a fixed number of mel frames, and mel is solved on it in blocks that begin at
fixed codes. On the *heard* one a code has the samples its span says. `CodeTimes` leads from the second to the first, so
how a line is stretched never changes what was solved, and how it is cut into windows changes neither.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.float64]

WHOLE = 1_000_000
"""More codes or frames than any line has."""
_SLOPE_CODES = 25
"""Spans not known yet are taken to go on as the last half second did; a line begins as if it had been natural before."""
_DEAD_ZONE_SAMPLES = 2.0
"""Spans are whole samples, so a line at its natural pace is off by up to one; that much is no stretching."""


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """How the second stage is cut, in codes and in mel frames, and how well it is solved.

    Raises ValueError for a value that cannot work, naming it.
    """

    blocks: tuple[int, ...] = (8, 12, 16)
    """Codes solved at once, from the line's start; the last size goes on for ever."""
    lookahead_codes: int = 8
    """Codes after a block that are solved with it and thrown away."""
    context_frames: int = 128
    """Frames before a block that it sees as they were."""
    context_as: Literal["trail", "prompt"] = "trail"
    """`trail`: context moves again along its recorded way. `prompt`: context is finished mel behind the voice's own."""
    prompt_frames: int = WHOLE
    """At most so many of the last frames of the voice's prompt are used."""
    prior_frames: float = 3.0
    """How many frames the voice's statistics count for in the regulator's norms, see regulator_stream: few, since
    a prompt's content comes from a recording and a line's from codes and states, and the two have other levels."""
    vocoder_context_frames: int = 40
    vocoder_lookahead_frames: int = 12
    steps: int = 25
    guidance: float = 0.7
    stretch: tuple[float, float] = (0.75, 1.25)
    """Samples per code that a line may have, as factors of its natural number."""

    def __post_init__(self) -> None:
        counts = (self.lookahead_codes, self.context_frames, self.vocoder_context_frames, self.vocoder_lookahead_frames)
        if min(counts) < 0 or self.prompt_frames < 1:
            raise ValueError("Lookahead and context must be 0 or more, and a voice's prompt 1 frame or more.")
        if not self.blocks or min(self.blocks) < 1 or self.steps < 1:
            raise ValueError("A block must have at least one code, and a solve at least one step.")

    def block_end(self, code: int) -> int:
        """One past the last code of the block that begins at, or holds, `code`."""
        end = 0
        for size in self.blocks:
            end += size
            if code < end:
                return end
        last = self.blocks[-1]
        return end + ((code - end) // last + 1) * last

    def lookahead(self, frames_per_code: Fraction) -> int:
        """Codes after a window's last that must be decoded before the window can be heard, at worst."""
        slowest = float(frames_per_code) * self.stretch[0]
        beyond = math.floor((self.vocoder_lookahead_frames + 0.5) / slowest + 0.5 / float(frames_per_code))
        return beyond + max(self.blocks) + self.lookahead_codes

    def whole(self) -> StreamConfig:
        """The same with nothing cut: one block, and a vocoder that hears all of the line."""
        return replace(
            self, blocks=(WHOLE,), lookahead_codes=0, vocoder_context_frames=WHOLE, vocoder_lookahead_frames=WHOLE
        )


def frames_before(codes: int, frames_per_code: Fraction) -> int:
    """Natural frames that begin before this many codes are over."""
    return math.ceil(codes * frames_per_code)


def code_of(frame: int, frames_per_code: Fraction) -> int:
    """The code in which a natural frame begins."""
    return math.floor(frame / frames_per_code)


@dataclass(frozen=True, slots=True, eq=False)
class CodeTimes:
    """Samples heard to codes: known spans, and beyond them the pace of the last ones. Never drifts, never goes back."""

    edges: NDArray[np.int64]  # [codes + 1], the absolute sample at which each code begins, and the end
    natural: Fraction
    """Samples of a code that is not stretched."""

    @classmethod
    def begin(cls, natural: Fraction) -> CodeTimes:
        """Nothing is known yet."""
        return cls(np.zeros(1, np.int64), natural)

    @property
    def codes(self) -> int:
        """Codes whose spans are known."""
        return len(self.edges) - 1

    @property
    def end(self) -> int:
        """Absolute sample at which the known spans end."""
        return int(self.edges[-1])

    def extend(self, spans: Sequence[int]) -> CodeTimes:
        """With the spans of further codes. Raises ValueError for a negative one."""
        if any(span < 0 for span in spans):
            raise ValueError("A code cannot have a negative number of samples.")
        return CodeTimes(np.concatenate([self.edges, self.end + np.cumsum(spans, dtype=np.int64)]), self.natural)

    def slope(self, stretch: tuple[float, float]) -> float:
        """Samples per code to expect of what is not known."""
        known, natural = min(self.codes, _SLOPE_CODES), float(self.natural)
        recent = self.end - int(self.edges[-1 - known]) + (_SLOPE_CODES - known) * natural
        return float(np.clip(recent / _SLOPE_CODES, stretch[0] * natural, stretch[1] * natural))

    def codes_at(self, samples: Positions, stretch: tuple[float, float]) -> Positions:
        """How many codes are over at each absolute sample, with the fraction of the one that is not."""
        known = np.interp(samples, self.edges, np.arange(len(self.edges)))
        return known + np.maximum(samples - self.end, 0) / self.slope(stretch)

    def frames_at(self, first: int, stop: int, hop: int, stretch: tuple[float, float]) -> Positions:
        """Natural places of the heard frames [first, stop): whole numbers are natural frames, 0 the first.

        A frame is where its middle is. At natural pace the places are the frames' own numbers exactly.
        """
        middles: Positions = (np.arange(first, stop, dtype=np.float64) + 0.5) * hop
        places = self.codes_at(middles, stretch) * float(self.natural) / hop - 0.5
        nearest = np.rint(places)
        off, dead = places - nearest, _DEAD_ZONE_SAMPLES / hop
        kept = np.maximum(np.abs(off) - dead, 0) * (0.5 / (0.5 - dead))  # reaches a half where a half is
        return np.maximum(nearest + np.copysign(kept, off), 0.0)

    def expected_end(self, codes: int, stretch: tuple[float, float]) -> int:
        """Absolute sample at which a line of so many codes will end; exact once all spans are known."""
        return self.end + round((codes - self.codes) * self.slope(stretch))
