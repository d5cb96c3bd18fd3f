"""A session that outlives its connection: which lines were interrupted, what was said meanwhile, and who may come back.

`ReplayBuffer` keeps the latest frames, `InterruptedLines` the names of lines that lost their connection and were not
resumed, `KeptSessions` the sessions without a connection. What follows from it is decided by the session and by the
server.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from oncue.streaming.protocol.errors import BadMessage, UnknownId
from oncue.streaming.protocol.wire import AudioFrame

Item = str | AudioFrame
"""A text frame as it was sent, or a frame of sound."""
OVERHEAD_BYTES = 200
"""What keeping an item costs besides its content, about."""

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class _KeptItem:
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


class ReplayBuffer:
    """`since(line, sample)` is what was said of a line from there on, in order, or a refusal: never a part of it.

    There is one budget of bytes for all lines of a session: the oldest item is forgotten first.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._kept: deque[_KeptItem] = deque()
        self._extents: dict[str, _Extent] = {}
        self.bytes = 0

    @property
    def lines(self) -> list[str]:
        """Lines of which something is kept."""
        return [line for line, extent in self._extents.items() if extent.items]

    def __contains__(self, line: str) -> bool:
        """Whether anything was said of a line, even if it is forgotten."""
        return line in self._extents

    def position(self, line: str) -> int:
        """How much of a line was said, in samples."""
        return self._extents[line].position if line in self._extents else 0

    def keep(self, line: str, item: Item) -> int:
        """Something was said; returns what keeping it costs in bytes."""
        extent = self._extents.setdefault(line, _Extent())
        kept = _KeptItem(line, item, extent.position)
        if isinstance(item, AudioFrame):
            extent.position = item.end
        extent.items += 1
        self._kept.append(kept)
        self.bytes += kept.size
        while self.bytes > self._budget_bytes:
            self._forget_oldest()
        return kept.size

    def since(self, line: str, sample: int) -> list[Item]:
        """Raises UnknownId for a line of which nothing is left, BadMessage for a sample that is not kept."""
        extent = self._extents.get(line)
        if extent is None or extent.floor > extent.position:
            raise UnknownId("Nothing of this line is kept: speak it again.")
        if not extent.floor <= sample <= extent.position:
            raise BadMessage(
                f"The line can be resumed from samples {extent.floor} to {extent.position} only.",
                first_sample=extent.floor,
                last_sample=extent.position,
            )
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


class InterruptedLines:
    """A line is interrupted from the moment the connection is lost until it is resumed, or until the time is over.

    The end of an interrupted line is kept here, because the replay buffer may have to forget it.
    """

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}  # a set in order
        self._ends: dict[str, Item] = {}
        self._cancelled: set[str] = set()
        self._bytes = 0

    def __contains__(self, line: str) -> bool:
        return line in self._lines

    def interrupt(self, lines: Iterable[str]) -> None:
        """The connection was lost, with these lines on it or kept from it."""
        self._lines = dict.fromkeys(lines)
        self._ends = {line: end for line, end in self._ends.items() if line in self._lines}
        self._bytes = 0

    def count(self, size: int) -> int:
        """So many bytes were said and not sent; returns how many since the connection was lost."""
        self._bytes += size
        return self._bytes

    def cancel(self, line: str) -> None:
        """A cancelled line that is interrupted: the client is to be sent its end, and nothing else."""
        if line in self._lines:
            self._cancelled.add(line)

    def end(self, line: str, end: Item) -> bool:
        """A line is over, as `end` says. Returns whether a client that cancelled it waits to hear so."""
        if line in self._lines:
            self._ends[line] = end
        return line in self._cancelled

    def resume(self, line: str) -> None:
        """The line is heard again, or its name is another line's now."""
        self._lines.pop(line, None)
        self._cancelled.discard(line)
        self._ends.pop(line, None)

    def expire(self) -> Mapping[str, Item | None]:
        """The time is over: the lines still interrupted, with the ends that were not sent."""
        over = {line: self._ends.get(line) for line in self._lines}
        self._lines, self._ends, self._cancelled = {}, {}, set()
        return over


@dataclass(slots=True)
class _KeptSession(Generic[S]):
    session: S
    until: float
    resumed: bool = False


class KeptSessions(Generic[S]):
    """Sessions whose connection was lost, by name, for a while. Each one is given out once by `expire` or to make room,
    unless it is kept anew before. The time is an argument.
    """

    def __init__(self, keep_s: float, most: int) -> None:
        self._keep_s = keep_s
        self._most = most
        self._kept: dict[str, _KeptSession[S]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def next_at(self) -> float | None:
        """When `expire` will have something to give out."""
        return min((kept.until for kept in self._kept.values()), default=None)

    def keep(self, name: str, session: S, now: float) -> list[S]:
        """Keep a session; returns those that have to go to make room, the oldest first."""
        self._kept.pop(name, None)
        gone = []
        while len(self._kept) >= self._most:
            gone.append(self._kept.pop(next(iter(self._kept))).session)
        self._kept[name] = _KeptSession(session, now + self._keep_s)
        return gone

    def take(self, name: str) -> S | None:
        """A client resumes a session, once; its deadline stays, for the lines that are not resumed."""
        kept = self._kept.get(name)
        if kept is None or kept.resumed:
            return None
        kept.resumed = True
        return kept.session

    def expire(self, now: float) -> list[S]:
        """The sessions whose time is over."""
        over = [name for name, kept in self._kept.items() if kept.until <= now]
        return [self._kept.pop(name).session for name in over]

    def clear(self) -> list[S]:
        """All of them: the server is closing."""
        sessions = [kept.session for kept in self._kept.values()]
        self._kept.clear()
        return sessions
