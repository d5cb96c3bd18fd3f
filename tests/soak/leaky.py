"""The scripted model with a leak that was planted: what the soak must catch."""

from __future__ import annotations

from collections.abc import Sequence

from oncue.model.api import Start
from tests.fakes import ScriptedModel

NAME = "tests.soak.leaky:Leaky"
LEAK_BYTES = 64 << 10
"""For each segment that is spoken."""


class Leaky(ScriptedModel):
    """Never lets go of a few bytes of every segment."""

    def __init__(self) -> None:
        super().__init__(slots=64)
        self._leak: list[bytes] = []

    def prefill(self, starts: Sequence[Start]) -> None:
        self._leak.append(bytes([1]) * LEAK_BYTES * len(starts))
        super().prefill(starts)
