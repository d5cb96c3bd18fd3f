"""Rows outside the slots: each is told its planned length and nothing else, and is stopped by whoever lets it run."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch

from oncue.model.api import Start, Step
from oncue.model.nn.blockwise import BLOCK
from oncue.model.tiny.decoder import Decoder
from oncue.model.tiny.memory import prefill
from oncue.model.tiny.rows import Row
from oncue.model.tiny.stepper import Arrival, Stepper


class FreeRun:
    """Lines decoded side by side in a ring of their own, so that an engine beside it never notices."""

    def __init__(self, decoder: Decoder, starts: Sequence[Start]) -> None:
        """The slots of `starts` mean nothing here."""
        self.rows = [Row(start) for start in starts]
        self._planned = [start.planned_codes for start in starts]
        self._idle: list[Row | None] = [None] * (-len(starts) % BLOCK)
        self._stepper = Stepper(decoder)
        self._ring = decoder.body.ring(len(starts) + len(self._idle))
        with torch.inference_mode():
            for number, (row, start) in enumerate(zip(self.rows, starts, strict=True)):
                row.reading, row.memory = prefill(decoder, start, self._ring[:, :, number], row.condition)

    def left(self, number: int) -> float:
        """Codes that a line has yet to say by its plan; below zero when it is late."""
        return self._planned[number] - len(self.rows[number].said)

    def step(self, numbers: Collection[int]) -> Arrival:
        """Each of these lines says its next code; the arrival has a row for every line."""
        steps = {number: Step(number, max(self.left(number), 0.5), may_stop=False) for number in numbers}
        with torch.inference_mode():
            arrival = self._stepper.arrive([*self.rows, *self._idle], steps, self._ring)
            choices = self._stepper.choose(arrival)
        for number in numbers:
            self.rows[number].say(choices[number].digits, choices[number].advance)
        return arrival
