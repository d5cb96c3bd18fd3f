"""Frames that wait for one client, and the budget beyond which its lines are held. Pure: no socket, no clock."""

from __future__ import annotations

from collections import deque

from oncue.streaming.session.line_output import OutgoingFrame


class SendQueue:
    """Full above the budget of bytes or of seconds of sound; roomy again below half of both."""

    def __init__(self, budget_bytes: int, budget_s: float) -> None:
        self._budget_bytes = budget_bytes
        self._budget_s = budget_s
        self._waiting: deque[OutgoingFrame] = deque()
        self._bytes = 0
        self._audio_s = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """More waits than the budget allows."""
        return self._bytes > self._budget_bytes or self._audio_s > self._budget_s

    @property
    def has_room(self) -> bool:
        """Less than half of the budget waits."""
        return self._bytes <= self._budget_bytes / 2 and self._audio_s <= self._budget_s / 2

    @property
    def audio_s(self) -> float:
        """Seconds of sound that wait."""
        return self._audio_s

    def put(self, frame: OutgoingFrame) -> None:
        """Wait at the end."""
        self._waiting.append(frame)
        self._bytes += _size(frame)
        self._audio_s += frame.audio_s

    def first(self) -> OutgoingFrame:
        """The frame to send now; it counts until `drop`."""
        return self._waiting[0]

    def drop(self) -> None:
        """The first frame was sent."""
        frame = self._waiting.popleft()
        self._bytes -= _size(frame)
        self._audio_s = self._audio_s - frame.audio_s if self._waiting else 0.0


def _size(frame: OutgoingFrame) -> int:
    return len(frame.data) if isinstance(frame.data, bytes) else len(frame.data.encode())
