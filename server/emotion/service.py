"""Feelings in words, read by whomever the operator chose: one call, which always answers in time.

Where a back-end is missing, slow, wrong, or left alone because it keeps failing, the lexicon of `oncue.model.text.emotion`
answers, and the reading says who did. What was told is kept in memory, by the words and only so much of it. Words are
never logged, and no message of an error holds any. How a back-end works is its own file's business.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

import msgspec

from oncue.model.text.emotion import EmotionReading, is_preset, parse, reading_of
from oncue.server.emotion.circuit_breaker import CircuitBreaker
from oncue.streaming.protocol.messages import Emotion, Speak, Update

_log = logging.getLogger(__name__)
Felt = TypeVar("Felt", bound=Speak | Update)

TIMEOUT_S = 1.5
MOST_KEPT = 1024
"""Readings in memory; the one not used for longest goes first."""
MOST_ASKED = 8
"""Questions under way; whoever comes then is answered by the lexicon."""


class EmotionBackendError(Exception):
    """A back-end did not answer as it should; the message is a sentence about the back-end and holds no words."""


class EmotionBackend(Protocol):
    """Somebody who reads feelings, in this machine or elsewhere."""

    @property
    def name(self) -> Literal["endpoint", "local"]:
        """What a reading says of who made it."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it can be asked by now."""
        ...

    async def start(self) -> None:
        """Get ready, and return at once; harmless twice."""
        ...

    async def settled(self) -> None:
        """Until it can be asked or is known to be of no use."""
        ...

    async def weigh(self, words: str) -> tuple[float, ...]:
        """Eight weights from 0 to 1. Raises BackendError; may be cancelled."""
        ...

    async def close(self) -> None:
        """Let go of everything; harmless twice, and without `start`."""
        ...


class EmotionService:
    """Belongs to one event loop. `read` takes no longer than the timeout, raises nothing, and asks once for equal words."""

    def __init__(
        self,
        backend: EmotionBackend | None = None,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._timeout_s = timeout_s
        self._clock = clock
        self._breaker = CircuitBreaker()
        self._kept: dict[str, EmotionReading] = {}
        self._asked: dict[str, asyncio.Task[EmotionReading | None]] = {}

    @property
    def has_backend(self) -> bool:
        """There is somebody to ask."""
        return self._backend is not None

    async def start(self) -> None:
        """Get the back-end ready; nobody waits for it."""
        if self._backend is not None:
            await self._backend.start()

    async def settled(self) -> None:
        """Start, and wait until the back-end can be asked: for a command that has nothing else to do."""
        if self._backend is not None:
            await self._backend.start()
            await self._backend.settled()

    async def close(self) -> None:
        """Ask nobody any more."""
        for task in self._asked.values():
            task.cancel()
        if self._backend is not None:
            await self._backend.close()

    def known(self, words: str) -> EmotionReading | None:
        """The reading for which nobody has to be asked, None where somebody has. Names of presets are never sent."""
        if self._backend is None or is_preset(words):
            return parse(words)
        key = words.strip()
        reading = self._kept.pop(key, None)
        if reading is not None:
            self._kept[key] = reading  # the last used is the last to go
        return reading

    async def read(self, words: str) -> EmotionReading:
        """What the words say, as the back-end told or the lexicon has it."""
        reading = self.known(words)
        if reading is not None:
            return reading
        task = self._asked.get(words.strip()) or self._ask(words.strip())
        # Shielded: others may wait for the same words, and whoever leaves must not take the answer along.
        told = None if task is None else await asyncio.shield(task)
        return told or parse(words)

    def _ask(self, key: str) -> asyncio.Task[EmotionReading | None] | None:
        """A question to the back-end, None when it is not to be asked now."""
        backend = self._backend
        if backend is None or not backend.ready or len(self._asked) >= MOST_ASKED:
            return None
        if not self._breaker.allows(self._clock()):
            return None
        task = asyncio.get_running_loop().create_task(self._weigh(backend, key))
        self._asked[key] = task
        task.add_done_callback(lambda _: self._asked.pop(key, None))
        return task

    async def _weigh(self, backend: EmotionBackend, key: str) -> EmotionReading | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                reading = reading_of(await backend.weigh(key), backend.name)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong there, the lexicon answers here
            self._fail(backend, error)
            return None
        self._breaker.succeeded()
        self._keep(key, reading)
        return reading

    def _keep(self, key: str, reading: EmotionReading) -> None:
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = reading

    def _fail(self, backend: EmotionBackend, error: Exception) -> None:
        """Count it, and say so without the words: an exception of somebody else's may quote them, so only its name."""
        self._breaker.failed(self._clock())
        if isinstance(error, EmotionBackendError):
            told = str(error)
        elif isinstance(error, TimeoutError):
            told = f"It gave no answer within {self._timeout_s:g} s."
        else:
            told = f"It failed with {type(error).__name__}."
        rest = " It is left alone for a while." if self._breaker.resting else ""
        _log.warning("feelings are read by the lexicon: back-end %s: %s%s", backend.name, told, rest)


def words_of(message: object) -> str | None:
    """The feeling in words that a client's message holds, None where it holds none."""
    spec = message.emotion if isinstance(message, Speak | Update) else None
    return None if spec is None else spec.text


def in_numbers(message: Felt, reading: EmotionReading) -> Felt:
    """The message with the weights a back-end told in place of the words; as it is where the lexicon would say them."""
    spec = message.emotion
    if spec is None or reading.source not in {"endpoint", "local"}:
        return message
    return msgspec.structs.replace(message, emotion=Emotion(vector=reading.vector, intensity=spec.intensity))
