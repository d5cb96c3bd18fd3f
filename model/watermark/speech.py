"""A family whose sound is marked where it leaves the model: nothing that speaks through this leaves it unmarked.

Any family keeps its laws inside it: the mark of a sample depends on its place in the line alone (`Window.line_sample`), so
windows may be cut anywhere, and it adds no delay. Which family it is, it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oncue.model.api import Fault, Samples, SpeechModel, Window
from oncue.model.forwarding import ForwardingSpeech
from oncue.model.watermark.code import Payload, SignTable
from oncue.model.watermark.embed import LineMark, MarkFilters


@dataclass(frozen=True, slots=True)
class Watermark:
    """A server's key and its number; what is never written into any sound is the key."""

    key: bytes
    server: int


class MarkedSpeech(ForwardingSpeech):
    """Another family, marked. `today` is the day since 1970 that a line says which begins now."""

    def __init__(self, model: SpeechModel, watermark: Watermark, today: Callable[[], int]) -> None:
        """Raises ValueError for a rate at which chips are no whole number of samples."""
        super().__init__(model)
        self._watermark, self._today = watermark, today
        self._table = SignTable(watermark.key)
        self._day = today()
        self._filters = self._made()
        self._lines: dict[int, LineMark] = {}

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        """The sound of each window, marked."""
        sounds = self._model.vocode(windows)
        return [
            sound if isinstance(sound, Fault) else self._line(window).mark(sound)
            for window, sound in zip(windows, sounds, strict=True)
        ]

    def release(self, slot: int) -> None:
        """Forget a slot."""
        self._lines.pop(slot, None)
        super().release(slot)

    def _line(self, window: Window) -> LineMark:
        if window.slot not in self._lines:
            if self._today() != self._day:
                self._day = self._today()
                self._filters = self._made()
            self._lines[window.slot] = LineMark(self._filters, window.line_sample)
        return self._lines[window.slot]

    def _made(self) -> MarkFilters:
        payload = Payload(self._watermark.server, self._day & 0xFFFF)
        return MarkFilters(self._table.of(payload), self._model.spec.sample_rate)
