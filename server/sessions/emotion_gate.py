"""Where messages of a client wait until the feeling in them is understood, and nothing else waits for them.

Only what must not overtake a waiting message stays behind it: lines are admitted in the order they came, and what is
about a line comes after the line itself. A line that plays is never kept from its text, its clock or its cancelling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from oncue.model.text.emotion import Source
from oncue.server.emotion.service import EmotionService, in_numbers, words_of
from oncue.server.sessions.session_driver import Incoming
from oncue.streaming.protocol.messages import Append, Cancel, ClientMessage, Finish, Played, Speak, Update
from oncue.streaming.protocol.wire import Unreadable

MOST_WAITING = 32
"""Messages that may wait; then no more are read from the client."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A message that waits, for its own feeling to be read or for those before it."""

    message: ClientMessage
    reading: bool


class EmotionGate:
    """Every message that enters is given to `receive` once, unless `flush` comes first and finds nobody to receive it."""

    def __init__(
        self, emotions: EmotionService, receive: Callable[[Incoming], None], noticed: Callable[[Source], None]
    ) -> None:
        """`noticed` hears of every feeling in words who read it."""
        self._emotions = emotions
        self._receive = receive
        self._noticed = noticed
        self._waiting: list[_Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._space = asyncio.Event()

    async def enter(self, message: Incoming) -> None:
        """A message from the client. Returns when there is room for another."""
        if isinstance(message, Unreadable) or not self._emotions.has_backend:
            self._receive(message)
            return
        words = words_of(message)
        known = None if words is None else self._emotions.known(words)
        if known is not None and isinstance(message, Speak | Update):
            message = in_numbers(message, known)
            self._noticed(known.source)
        waiting = _Waiting(message, reading=words is not None and known is None)
        if words is not None and waiting.reading:
            self._spawn(waiting, words)
        self._waiting.append(waiting)
        self._release()
        while len(self._waiting) >= MOST_WAITING:
            self._space.clear()
            await self._space.wait()

    def flush(self) -> None:
        """The client is gone: whatever waits is given on, with the feeling in words as it is."""
        for task in self._tasks:
            task.cancel()
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            self._receive(one.message)

    def _spawn(self, waiting: _Waiting, words: str) -> None:
        task = asyncio.get_running_loop().create_task(self._understand(waiting, words))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _understand(self, waiting: _Waiting, words: str) -> None:
        reading = await self._emotions.read(words)
        self._noticed(reading.source)
        if isinstance(waiting.message, Speak | Update):
            waiting.message = in_numbers(waiting.message, reading)
        waiting.reading = False
        self._release()

    def _release(self) -> None:
        """Give on, in order, every message that waits for nothing any more."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if one.reading or any(must_follow(one.message, before.message) for before in self._waiting):
                self._waiting.append(one)
            else:
                self._receive(one.message)
        if len(self._waiting) < MOST_WAITING:
            self._space.set()


def must_follow(message: ClientMessage, before: ClientMessage) -> bool:
    """Whether a message may not overtake one that came before it."""
    match message:
        case Speak():
            return isinstance(before, Speak)
        case Update():
            return isinstance(before, Speak | Update) and before.id == message.id
        case Append() | Finish() | Cancel() | Played():
            return isinstance(before, Speak) and before.id == message.id
        case _:
            return True
