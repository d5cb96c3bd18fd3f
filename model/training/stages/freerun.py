"""Lines outside the slots: each is told its planned length and nothing else, and is stopped by whoever lets it run."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Start, Step
from oncue.model.tiny.memory import prefill
from oncue.model.tiny.rows import Row
from oncue.model.tiny.runtime import Runtime
from oncue.model.tiny.stepper import BLOCK, Stepper


class FreeRun:
    """Lines decoded side by side in a ring of their own, so that an engine beside it never notices."""

    def __init__(self, runtime: Runtime, starts: Sequence[Start]) -> None:
        """The slots of `starts` mean nothing here."""
        self.rows = [Row(start) for start in starts]
        self._planned = [start.planned_codes for start in starts]
        self._stepper = Stepper(runtime.graph("step"), len(starts) + -len(starts) % BLOCK)
        for number, (row, start) in enumerate(zip(self.rows, starts, strict=True)):
            ring = self._stepper.ring[:, :, number]
            row.reading, row.memory = prefill(runtime, start, ring, row.condition)

    def left(self, number: int) -> float:
        """Codes that a line has yet to say by its plan; below zero when it is late."""
        return self._planned[number] - len(self.rows[number].said)

    def step(self, numbers: Collection[int]) -> NDArray[np.float32]:
        """Each of these lines says its next code; what its stop was decided by, a row for every line."""
        steps = {number: Step(number, max(self.left(number), 0.5), may_stop=False) for number in numbers}
        choices = self._stepper.step(self.rows, steps)
        for number, choice in choices.items():
            self.rows[number].say(choice.digits, choice.advance)
        return self._stepper.grounds
