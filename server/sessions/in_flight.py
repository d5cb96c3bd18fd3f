"""Sound that was given to a socket and has not reached the other side: how far a client lags behind.

What the kernel has sent and not heard back of counts too (SIOCOUTQ of tcp(7), where the system has it), for a slow network
shows there long before our own buffers fill.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct

try:
    import fcntl
    import termios
except ImportError:  # no kernel to ask: our own buffer is all there is to see
    fcntl = None  # type: ignore[assignment]


class InFlight:
    """Bytes on their way as seconds, by what the bytes of this connection held so far."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._sent_bytes = 0
        self._sent_s = 0.0

    def count(self, size: int, audio_s: float) -> None:
        """A frame was given to the socket."""
        self._sent_bytes += size
        self._sent_s += audio_s

    def audio_s(self) -> float:
        """Seconds of sound that have not arrived."""
        if not self._sent_bytes:
            return 0.0
        return self._sent_s * min(1.0, unacknowledged_bytes(self._transport) / self._sent_bytes)


def unacknowledged_bytes(transport: asyncio.WriteTransport) -> int:
    """What waits here, and what the kernel has not heard back of."""
    waiting = transport.get_write_buffer_size()
    raw = transport.get_extra_info("socket")
    if raw is None or fcntl is None:
        return waiting
    with contextlib.suppress(OSError, ValueError):  # closed, or not a socket that can tell
        answer = fcntl.ioctl(raw.fileno(), termios.TIOCOUTQ, bytes(4))
        return waiting + int(struct.unpack("i", answer)[0])
    return waiting
