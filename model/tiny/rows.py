"""One slot's life in the bundled family: where the pointer is, what was said, and what the vocoder holds.

Plain state with the arithmetic that belongs to it; the networks run in `speech` and `render`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import EmotionConditioning, Script, Start, Voice
from oncue.model.tiny.layout import MAX_ADVANCE, NUM_DIGITS, NUM_PITCH
from oncue.model.tiny.sampling import NUM_CHOICES, GumbelNoise
from oncue.model.tiny.speaker import joined
from oncue.model.tiny.synth import SynthState

Array = NDArray[np.float32]

GLIDE_CODES = 5
"""Another feeling comes over a line under way in so many codes: 0.2 s."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A script as the decoder reads it, worked out once when a line begins; one row a unit."""

    seen: Array  # [units, dim], what a step is told of the text with the pointer here
    arrivals: (
        Array  # [units + MAX_ADVANCE, dim], what the digits are told when the pointer comes here; the last repeated
    )


@dataclass(frozen=True, slots=True)
class Memory:
    """What a row knows of the segment before it: how many of its codes, and the last one as the decoder's input."""

    codes: int
    previous: tuple[int, ...]


_HURRIED, _UNHURRIED = 0.75, 0.85
"""Lengths, as factors of the natural one at the feeling's pace, that hurry a decoder and do not: by the ears its own timing is
better than even shares where there is time.
"""
_MOST_OWED = 2.0
"""Codes that are made good: a sound that was dwelt on for long is not paid for by all that follow."""
_DIED_AWAY = 2
"""Codes of a closing pause in which the last phone may still be heard."""

WRITTEN_SPREAD = 0.05
"""Of the length of a pause that the text gives itself."""
NOTHING = Memory(0, (0,) * NUM_DIGITS)


@dataclass(frozen=True, slots=True)
class Said:
    """One decoded code and how the pointer came to it."""

    digits: tuple[int, ...]
    pointer: int
    advance: int
    dwell: int
    emotion: Array  # [NUM_EMOTIONS]


@dataclass(slots=True)
class Sound:
    """Where a slot's vocoder stands: the network, the last latent frame, the synthesis, samples made ahead."""

    films: Array  # [blocks, 2 * dim]
    code_state: Array  # [blocks, kernel - 1, dim]
    frame_state: Array  # [blocks, kernel - 1, dim]
    synth: SynthState
    lead: int
    """Samples that are still to be made before the first one that is heard."""
    edge: float = 0.0
    latents: Array | None = None  # [latents, dim + 3], the last ones, and where each of them lies
    places: list[float] = field(default_factory=list)
    log_f0: float = 0.0
    voiced: bool = False
    frames: int = 0
    ready: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    codes: int = 0


class Row:
    """A slot from prefill to release. What it remembers of the segment before counts as said before code 0."""

    def __init__(self, start: Start) -> None:
        self.script: Script = start.script
        self.seed = start.seed & 0xFFFFFFFFFFFFFFFF
        self.reading: Reading | None = None
        self.memory = NOTHING
        self.noise = GumbelNoise(self.seed, NUM_CHOICES)
        self.voice = voice_condition(start.voice)
        self.mean_log_f0 = float(start.voice.arrays["mean_log_f0"][0])
        self.pitch_scale = float(start.voice.arrays["pitch_scale"][0])
        self._turn(_felt(start.emotion))
        self._glide: list[Array] = []
        self.natural = natural_lengths(start.script, start.voice)
        asked = start.planned_codes / (start.emotion.pace * max(start.script.natural_codes, 1.0))
        self.hurry = min(max((_UNHURRIED - asked) / (_UNHURRIED - _HURRIED), 0.0), 1.0)
        """How much a segment is hurried beyond its own pace, from 0 to 1."""
        self.written = [index for index, unit in enumerate(start.script.units) if unit.fixed]
        self.after = natural_after(self.natural)
        self.pointer = 0
        self.said: list[Said] = []
        self.sound: Sound | None = None
        self._pace = 1.0
        self._owed = 0.0
        """Codes by which the speech sounds before the one at the pointer took longer than their shares."""

    def feel(self, emotion: EmotionConditioning) -> None:
        """Another feeling, reached in GLIDE_CODES codes; at once while nothing is said."""
        goal, codes = _felt(emotion), GLIDE_CODES if self.said else 1
        self._glide = [_between(self.emotion, goal, step / codes) for step in range(codes, 0, -1)]
        self._turn(self._glide.pop())

    def _turn(self, emotion: Array) -> None:
        """The feeling of the next code."""
        self.emotion = emotion
        self.condition = np.concatenate(
            [self.voice, emotion, [np.log(self.pitch_scale)]], dtype=np.float32
        )  # [CONDITION_DIM]

    @property
    def last_unit(self) -> int:
        """Index of the final unit."""
        return len(self.natural) - 1

    @property
    def position(self) -> int:
        """Where the next code stands in the decoder's history: codes remembered and codes said."""
        return self.memory.codes + len(self.said)

    @property
    def dwell(self) -> int:
        """Codes already spent in the unit at the pointer."""
        return self.said[-1].dwell + 1 if self.said else 0

    @property
    def natural_left(self) -> float:
        """Natural length in codes of what the pointer has not passed."""
        return max(self.natural[self.pointer] - self.dwell, 0.0) + self.after[self.pointer]

    def late(self, pace: float) -> float:
        """Codes by which speech would be behind, were the sound at the pointer left in the middle of the next code: each is to
        last its natural length times `pace`. None in a pause, which waits for the text and not for its share.
        """
        self._pace = pace
        if self._is_pause(self.pointer):
            return 0.0
        return self.dwell + 0.5 + self._owed - self.natural[self.pointer] * pace

    def previous(self) -> tuple[int, ...]:
        """The last code as the decoder's input: digits plus one, zeros at the start of a line."""
        return tuple(digit + 1 for digit in self.said[-1].digits) if self.said else self.memory.previous

    def say(self, digits: tuple[int, ...], advance: int) -> None:
        """Take one decoded code."""
        if advance and self.said:
            self._settle(advance)
        dwell = 0 if advance or not self.said else self.dwell
        self.pointer += advance
        self.said.append(Said(digits, self.pointer, advance, dwell, self.emotion))
        if self._glide:
            self._turn(self._glide.pop())

    def _settle(self, advance: int) -> None:
        """Compare what the sounds took that the pointer leaves with their shares; those it jumps over took nothing."""
        spent = self.dwell
        for unit in range(self.pointer, self.pointer + advance):
            if not self._is_pause(unit):
                owed = self._owed + spent - self.natural[unit] * self._pace
                self._owed = min(max(owed, -_MOST_OWED), _MOST_OWED)
            spent = 0

    def _is_pause(self, unit: int) -> bool:
        return self.script.units[unit].kind == "pause"

    def rests(self, code: Said) -> bool:
        """Whether a code is so far into a written pause, or the one that closes the script, that the last phone has died away."""
        closes = code.pointer == self.last_unit and self.script.units[-1].kind == "pause"
        return code.dwell >= _DIED_AWAY and (closes or code.pointer in self.written)

    def moves(self) -> tuple[int, int]:
        """The least and the furthest the pointer may move: within the text, and never over or out of a written pause early.

        No teacher rests as long as somebody may write, so there the decoder is not asked when to go on. A planner that has
        no time for the pause moves the pointer itself (`Step.min_advance`).
        """
        most = min(MAX_ADVANCE, self.last_unit - self.pointer)
        coming = next((unit for unit in self.written if unit >= self.pointer), None)
        if coming is None or self.pointer == self.last_unit:
            return 0, most
        if coming > self.pointer:
            return 0, min(most, coming - self.pointer)
        if self.dwell < round(self.natural[self.pointer]):
            return 0, 0
        return min(1, most), min(1, most)

    def phones_at(self, pointer: int) -> tuple[int, int, int]:
        """Phone indices before, at and after a unit; zero beyond the ends."""
        tokens = self.script.tokens
        before = tokens[pointer - 1][0] if pointer else 0
        after = tokens[pointer + 1][0] if pointer < self.last_unit else 0
        return before, tokens[pointer][0], after

    def pitch_of(self, first: int, last: int) -> list[tuple[int, ...]]:
        """Pitch digits of codes [first, last)."""
        return [code.digits[:NUM_PITCH] for code in self.said[first:last]]


def natural_lengths(script: Script, voice: Voice) -> list[float]:
    """Length in codes of each unit at the reference rate: a script comes at its speaker's pace (`Script.paced`)."""
    return [unit.mean_codes if unit.fixed else unit.mean_codes / voice.pace for unit in script.units]


def natural_after(natural: Sequence[float]) -> list[float]:
    """Natural length of all that comes after each unit."""
    return [*np.cumsum(natural[::-1])[::-1].tolist()[1:], 0.0]


def voice_condition(voice: Voice) -> Array:
    """What the networks are told of who speaks, [VOICE_DIM]."""
    return joined(voice.arrays["vector"], voice.arrays["spectrum"])


def _felt(emotion: EmotionConditioning) -> Array:
    return emotion.arrays["vector"].astype(np.float32)


def _between(one: Array, other: Array, share: float) -> Array:
    """The other where the share is 1, to the bit."""
    return other if share == 1 else one + np.float32(share) * (other - one)
