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
from oncue.streaming.protocol import wire
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.protocol.messages import Append, Cancel, ClientMessage, Finish, Played, Speak, Update

MOST_WAITING = 32
"""Messages that may wait; then no more are read from the client."""


@dataclass(slots=True, eq=False)
class _Guest:
    """A message that waits, for its own feeling to be read or for those before it."""

    message: ClientMessage
    data: str | bytes
    reading: bool


class EmotionGate:
    """Every frame that enters is given to `receive` once, unless `leave` comes first and finds nobody to receive it."""

    def __init__(
        self, emotions: EmotionService, receive: Callable[[str | bytes], None], noticed: Callable[[Source], None]
    ) -> None:
        """`noticed` hears of every feeling in words who read it."""
        self._feelings = emotions
        self._receive = receive
        self._noticed = noticed
        self._guests: list[_Guest] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._space = asyncio.Event()

    async def enter(self, data: str | bytes) -> None:
        """A frame from the client. Returns when there is room for another."""
        message = self._message(data)
        if message is None:
            self._receive(data)
            return
        words = words_of(message)
        known = None if words is None else self._feelings.known(words)
        guest = _Guest(message, data, words is not None and known is None)
        if known is not None and isinstance(message, Speak | Update):
            guest.data = wire.encode(in_numbers(message, known))
            self._noticed(known.source)
        if words is not None and guest.reading:
            self._spawn(guest, words)
        self._guests.append(guest)
        self._let_in()
        while len(self._guests) >= MOST_WAITING:
            self._space.clear()
            await self._space.wait()

    def leave(self) -> None:
        """The client is gone: whoever waits goes in with the feeling in words as it is."""
        for task in self._tasks:
            task.cancel()
        guests, self._guests = self._guests, []
        for guest in guests:
            self._receive(guest.data)

    def _message(self, data: str | bytes) -> ClientMessage | None:
        """What a frame says, None where nothing can come of looking at it."""
        if not self._feelings.has_backend:
            return None
        try:
            return wire.decode_client(data)
        except BadMessage:
            return None  # the session says what is wrong with it

    def _spawn(self, guest: _Guest, words: str) -> None:
        task = asyncio.get_running_loop().create_task(self._understand(guest, words))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _understand(self, guest: _Guest, words: str) -> None:
        reading = await self._feelings.read(words)
        self._noticed(reading.source)
        if isinstance(guest.message, Speak | Update):
            guest.data = wire.encode(in_numbers(guest.message, reading))
        guest.reading = False
        self._let_in()

    def _let_in(self) -> None:
        """Everyone who waits for nothing any more, in order."""
        waiting, self._guests = self._guests, []
        for guest in waiting:
            if guest.reading or any(must_follow(guest.message, before.message) for before in self._guests):
                self._guests.append(guest)
            else:
                self._receive(guest.data)
        if len(self._guests) < MOST_WAITING:
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
