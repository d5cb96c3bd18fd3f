"""What a session has said of late, kept for a client that comes back and did not hear it all.

One budget of bytes for all lines of a session: the oldest is forgotten first. It holds values only; who
was heard of is the session's business.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from oncue.streaming.protocol.errors import BadMessage, UnknownId
from oncue.streaming.protocol.wire import AudioFrame

Item = str | AudioFrame
"""A text frame as it was sent, or a frame of sound."""
OVERHEAD_BYTES = 200
"""What keeping an item costs besides its content, about."""


@dataclass(frozen=True, slots=True)
class _Kept:
    line: str
    item: Item
    at: int
    """The sample at which it was said: a client that has a later one has this too."""

    @property
    def size(self) -> int:
        return OVERHEAD_BYTES + len(self.item if isinstance(self.item, str) else self.item.data)


@dataclass(slots=True)
class _Extent:
    """How much of a line was said, from where on it is known, and in how many items."""

    position: int = 0
    floor: int = 0
    items: int = 0


class Replay:
    """`since(line, sample)` is what was said of a line from there on, in order, or a refusal: never a part of it."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._kept: deque[_Kept] = deque()
        self._extents: dict[str, _Extent] = {}
        self.bytes = 0

    @property
    def lines(self) -> set[str]:
        """Lines of which something is kept."""
        return {line for line, extent in self._extents.items() if extent.items}

    def __contains__(self, line: str) -> bool:
        """Whether anything was said of a line, be it forgotten."""
        return line in self._extents

    def keep(self, line: str, item: Item) -> int:
        """Something was said; returns what keeping it costs in bytes."""
        extent = self._extents.setdefault(line, _Extent())
        kept = _Kept(line, item, extent.position)
        if isinstance(item, AudioFrame):
            extent.position = item.end
        extent.items += 1
        self._kept.append(kept)
        self.bytes += kept.size
        while self.bytes > self._budget_bytes:
            self._forget_oldest()
        return kept.size

    def since(self, line: str, sample: int) -> list[Item]:
        """Raises UnknownId for a line of which nothing is left, BadMessage for a sample that is out of reach."""
        extent = self._extents.get(line)
        if extent is None or extent.floor > extent.position:
            raise UnknownId("Nothing of this line is kept: speak it again.")
        if not extent.floor <= sample <= extent.position:
            raise BadMessage(
                f"The line can be resumed from samples {extent.floor} to {extent.position} only.",
                first_sample=extent.floor, last_sample=extent.position,
            )  # fmt: skip
        return [
            kept.item if isinstance(kept.item, str) else kept.item.since(sample)
            for kept in self._kept
            if kept.line == line and (kept.at >= sample if isinstance(kept.item, str) else kept.item.end > sample)
        ]

    def forget(self, line: str) -> None:
        """Nothing of this line will be asked for."""
        if self._extents.pop(line, None) is None:
            return
        self._kept = deque(kept for kept in self._kept if kept.line != line)
        self.bytes = sum(kept.size for kept in self._kept)

    def _forget_oldest(self) -> None:
        kept = self._kept.popleft()
        self.bytes -= kept.size
        extent = self._extents[kept.line]
        extent.items -= 1
        extent.floor = kept.item.end if isinstance(kept.item, AudioFrame) else max(extent.floor, kept.at + 1)
