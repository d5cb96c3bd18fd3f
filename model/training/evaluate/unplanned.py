"""The model left to itself: it is told how many codes are wanted, and nothing masks its stop or moves its pointer.

So what is measured of it is the model's and not the planner's. Any family will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from oncue.model.api import Code, EmotionConditioning, Fault, Samples, Script, SpeechModel, Start, Step, Voice, Window

LONGEST = 2.0
"""A line that reaches so many times its target is given up, and counts with what it has."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A line, who says it and how, and how many codes it should have."""

    script: Script
    voice: Voice
    emotion: EmotionConditioning
    codes: float
    seed: int = 0


@dataclass(slots=True)
class _Live:
    number: int
    codes: int = 0
    ended: bool = False


def lengths(model: SpeechModel, wishes: Sequence[Wish]) -> list[int]:
    """Codes each line had when the decoder stopped by itself."""
    out = [0] * len(wishes)
    for number, _, codes in _decoded(model, wishes):
        out[number] = codes
    return out


def sounds(model: SpeechModel, wishes: Sequence[Wish]) -> list[Samples]:
    """What each line sounds like at its own length; a row that fails is silent from there."""
    span = float(model.spec.samples_per_code)
    out: list[Samples] = [np.zeros(0, np.float32)] * len(wishes)
    for number, slot, codes in _decoded(model, wishes):
        edges = np.round(np.arange(codes + 1) * span).astype(int)
        made = model.vocode([Window(slot, 0, tuple(np.diff(edges).tolist()), final=True)])[0]
        out[number] = np.zeros(int(edges[-1]), np.float32) if isinstance(made, Fault) else made
    return out


def _decoded(model: SpeechModel, wishes: Sequence[Wish]) -> Iterator[tuple[int, int, int]]:
    """Number, slot and codes of each line that has ended, as many lines at once as there are slots; a slot is given
    back when the next is asked for.
    """
    waiting = iter(enumerate(wishes))
    slots: dict[int, _Live] = {}
    while True:
        free = [slot for slot in range(model.spec.slots) if slot not in slots]
        for slot, (number, wish) in zip(free, islice(waiting, len(free)), strict=False):
            model.prefill([Start(slot, wish.script, wish.voice, wish.emotion, wish.codes, wish.seed)])
            slots[slot] = _Live(number)
        if not slots:
            return
        steps = [
            Step(slot, max(wishes[live.number].codes - live.codes, 0.5), may_stop=True)
            for slot, live in sorted(slots.items())
        ]
        for code in model.decode(steps):
            live = slots[code.slot]
            live.codes += isinstance(code, Code)
            live.ended = not isinstance(code, Code) or code.stop or live.codes >= LONGEST * wishes[live.number].codes
        for slot in [slot for slot, live in slots.items() if live.ended]:
            live = slots.pop(slot)
            yield live.number, slot, live.codes
            model.release(slot)
