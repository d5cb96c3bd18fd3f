"""The chat reader: messages in from any number of sources, one line after another out of the player.

Sources are asynchronous iterators. A message that could not be spoken because the connection was lost goes back to the head
of its queue; one that the server refuses is let go. It reads nothing itself and plays nothing itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from oncue.clients.chat.irc import Removed
from oncue.clients.chat.lines import Command
from oncue.clients.chat.queue import ChatMessage, SpeechQueue
from oncue.clients.chat.wording import Wording
from oncue.clients.client import ClientError, Refusal
from oncue.clients.live.player import LineEnded
from oncue.streaming.protocol.messages import Emotion

RETRY_S = 2.0

logger = logging.getLogger(__name__)

Source = AsyncIterator[ChatMessage | Command | Removed]


class Speaker(Protocol):
    """Whoever plays lines, such as `live.Player`."""

    async def play(self, text: str, **options: Any) -> LineEnded:
        """Speak a line and return when it was heard."""

    async def stop(self, fade_ms: int = 40) -> bool:
        """Stop the line that plays."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is special about somebody."""

    voice: str | None = None
    emotion: str | None = None
    priority: int = 0
    """Added to that of each message."""
    mute: bool = False


@dataclass(frozen=True, slots=True)
class Casting:
    """Who is read in which voice. The same person keeps the same voice, in every run."""

    voices: Sequence[str] = ()
    """To be shared out among all; without any, the server's first voice reads everybody."""
    people: Mapping[str, Person] = field(default_factory=dict)
    """By name, in lower case."""

    def person(self, user: str) -> Person:
        """What is known of somebody."""
        return self.people.get(user.casefold(), Person())

    def voice_of(self, message: ChatMessage) -> str | None:
        """The message's own voice, else the person's, else one of all, else None."""
        if chosen := message.voice or self.person(message.user).voice:
            return chosen
        if not self.voices:
            return None
        digest = hashlib.blake2b(message.user.casefold().encode("utf-8", "replace"), digest_size=4).digest()
        return self.voices[int.from_bytes(digest, "big") % len(self.voices)]


class ChatReader:
    """Run it once; it ends with `quit`, or when every source has ended and everything was read."""

    def __init__(
        self,
        speaker: Speaker,
        queue: SpeechQueue,
        casting: Casting | None = None,
        wording: Wording | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._speaker, self._queue, self._clock, self._sleep = speaker, queue, clock, sleep
        self._casting, self._wording = casting or Casting(), wording or Wording()
        self._news = asyncio.Event()
        self._open_sources = 0
        self._paused = self._quitting = False
        self._reading: ChatMessage | None = None
        for name, person in self._casting.people.items():
            if person.mute:
                queue.mute(name)

    async def run(self, sources: Sequence[Source]) -> None:
        """Read out what the sources say. Raises what a source raises."""
        self._open_sources = len(sources)
        try:
            async with asyncio.TaskGroup() as group:
                listeners = [group.create_task(self._listen(source)) for source in sources]
                await self._read()
                for listener in listeners:
                    listener.cancel()
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the first is the one that ended it; others were cancelled by it

    async def take(self, event: ChatMessage | Command | Removed) -> None:
        """What a source said."""
        match event:
            case ChatMessage():
                self._queue.offer(self._worded(event), self._clock())
            case Command():
                await self._obey(event)
            case Removed():
                await self._remove(event)
        self._news.set()

    async def _listen(self, source: Source) -> None:
        try:
            async for event in source:
                await self.take(event)
        finally:
            self._open_sources -= 1
            self._news.set()

    def _worded(self, message: ChatMessage) -> ChatMessage:
        person = self._casting.person(message.user)
        return ChatMessage(
            message.user,
            self._wording.text_of(message.user, message.text),
            max(-100, min(100, message.priority + person.priority)),
            message.id,
            self._casting.voice_of(message),
            message.emotion or person.emotion,
            message.kind,
        )

    async def _obey(self, command: Command) -> None:
        match command.name:
            case "skip" if command.id or command.user:
                await self._remove(Removed(command.id, command.user))
            case "skip":
                await self._speaker.stop()
            case "clear":
                await self._remove(Removed())
            case "mute":
                self._queue.mute(command.user)
                await self._remove(Removed(user=command.user))
            case "unmute":
                self._queue.unmute(command.user)
            case "pause":
                self._paused = True
            case "resume":
                self._paused = False
            case "quit":
                self._quitting = True
                await self._speaker.stop()

    async def _remove(self, removed: Removed) -> None:
        """Let go of what waits, and stop what is being read if it is meant too."""
        reading = self._reading
        if removed.id:
            self._queue.skip(removed.id)
            meant = reading is not None and reading.id == removed.id
        elif removed.user:
            self._queue.skip_user(removed.user)
            meant = reading is not None and reading.user.casefold() == removed.user.casefold()
        else:
            self._queue.clear()
            meant = reading is not None
        if meant:
            await self._speaker.stop()

    async def _read(self) -> None:
        while not self._quitting:
            message = None if self._paused else self._queue.take(self._clock())
            if message is not None:
                await self._speak(message)
            elif self._open_sources == 0 and (self._paused or not self._queue.size):
                return
            else:
                self._news.clear()
                await self._news.wait()

    async def _speak(self, message: ChatMessage) -> None:
        self._reading = message
        emotion = None if message.emotion is None else Emotion(text=message.emotion)
        try:
            await self._speaker.play(message.text, voice=message.voice, emotion=emotion)
        except Refusal as error:
            if not error.retry:
                logger.warning("chat: a message was refused (%s)", error.code)
                return
            await self._again(message)
        except ClientError:
            await self._again(message)
        finally:
            self._reading = None

    async def _again(self, message: ChatMessage) -> None:
        """Later, and not lost; a skip meanwhile finds it in the queue."""
        self._reading = None
        self._queue.put_back(message, self._clock())
        logger.warning("chat: the server cannot speak now, again in %.0f s", RETRY_S)
        await self._sleep(RETRY_S)
