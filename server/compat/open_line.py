"""A line whose text comes in pieces from a client that writes before the line is there: what it says waits its turn.

It adds nothing to `sessions/speaking.py` but that patience, and knows what was written so far.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import msgspec

from oncue.server.sessions.speaking import LineEvent, LineStream, speaking
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages
from oncue.streaming.session.session import Resolver

MAX_WAIT_MS = 400
"""How long text waits for the end of its clause where its protocol does not say: its writers are language models, and
their listeners are used to sound before the sentence is written."""


class OpenLine:
    """One line; iterate over `events` once."""

    def __init__(self, state: ServerState, speak: messages.Speak, opened: messages.Open, resolver: Resolver) -> None:
        self.text = speak.text
        self.finished = speak.final
        if speak.max_wait_ms is None:
            speak = msgspec.structs.replace(speak, max_wait_ms=MAX_WAIT_MS)
        self._state, self._speak, self._opened, self._resolver = state, speak, opened, resolver
        self._spoken: LineStream | None = None
        self._waiting: list[Callable[[LineStream], None]] = []

    def append(self, text: str, *, flush: bool = False) -> None:
        """More text; `flush` speaks what there is."""
        if not self.finished and (text or flush):
            self.text += text
            self._do(lambda line: line.append(text, flush=flush))

    def finish(self) -> None:
        """No more text; harmless twice."""
        if not self.finished:
            self.finished = True
            self._do(LineStream.finish)

    def cancel(self) -> None:
        """Stop at once."""
        self.finished = True
        self._do(LineStream.cancel)

    async def events(self) -> AsyncGenerator[LineEvent]:
        """What becomes of the line. Raises Refusal."""
        async with speaking(self._state, self._speak, self._opened, self._resolver) as line:
            self._spoken = line
            waiting, self._waiting = self._waiting, []
            for action in waiting:
                action(line)
            async for event in line:
                yield event

    def _do(self, action: Callable[[LineStream], None]) -> None:
        if self._spoken is None:
            self._waiting.append(action)
        else:
            action(self._spoken)
