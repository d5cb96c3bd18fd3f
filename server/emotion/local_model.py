"""Feelings by a language model on this machine, in a process of its own, so that neither the sockets nor the engine wait.

The process loads the model, then answers one question after another; on a machine with `nice` it gives way to the
engine. It is not started again when it dies. What the model is and how it is asked is in `oncue.model.text.qwen`.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Literal

from oncue.model.text.qwen import EmotionReader
from oncue.server.emotion.service import EmotionBackendError

_log = logging.getLogger(__name__)

Load = Callable[[], EmotionReader]
"""Makes the reader, in the other process. Raises ImportError, OSError or ValueError with a sentence."""
MOST_OWED = 8
"""Questions sent and not answered; more would fill the pipe of a process that is stuck."""
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class ModelReady:
    """It can be asked."""


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """It never can."""

    message: str


@dataclass(frozen=True, slots=True)
class Question:
    """Words to be read."""

    ticket: int
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model made of them, None where it failed."""

    ticket: int
    weights: tuple[float, ...] | None


FromModel = ModelReady | ModelFailed | Answer


def run(pipe: Connection, load: Load) -> None:
    """The main function of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    serve(pipe, load)


def serve(pipe: Connection, load: Load) -> None:
    """Load, then answer questions from `pipe` until it closes."""
    with pipe:
        try:
            reader = load()
        except Exception as error:  # noqa: BLE001 -- the libraries of others fail in ways of their own
            ours = isinstance(error, ImportError | OSError | ValueError)
            pipe.send(ModelFailed(str(error) if ours else f"It failed with {type(error).__name__}."))
            return
        try:
            pipe.send(ModelReady())
            while True:
                question: Question = pipe.recv()
                pipe.send(Answer(question.ticket, _weights(reader, question.words)))
        except (EOFError, OSError):
            return  # nobody is left to answer


def _weights(reader: EmotionReader, words: str) -> tuple[float, ...] | None:
    """The model may say a little more than 1, which the protocol has no room for."""
    try:
        return tuple(min(float(weight), 1.0) for weight in reader.read(words))
    except Exception:  # noqa: BLE001 -- one text it fails on must not end it, and its message might quote the text
        return None


class LocalModel:
    """Implements `oncue.server.emotion.service.Backend`. A question that nobody waits for any more is still answered, and dropped."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._tickets = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[tuple[float, ...]]] = {}
        self._owed = 0
        self._settled = asyncio.Event()
        self._loaded = False
        self._closed = False

    @property
    def name(self) -> Literal["local"]:
        """What a reading says of who made it."""
        return "local"

    @property
    def ready(self) -> bool:
        """It was loaded and lives."""
        return self._loaded

    async def start(self) -> None:
        """Start the process, which then loads."""
        if self._process is not None or self._closed:
            return
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(theirs, self._load), daemon=True)
        await asyncio.to_thread(self._process.start)
        theirs.close()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(self._pipe, loop), daemon=True).start()

    async def settled(self) -> None:
        """Until it is loaded, or never will be."""
        await self._settled.wait()

    async def weigh(self, words: str) -> tuple[float, ...]:
        """Ask. Raises BackendError."""
        if self._pipe is None or not self._loaded:
            raise EmotionBackendError("It is not loaded.")
        if self._owed >= MOST_OWED:
            raise EmotionBackendError("It has too many questions to answer.")
        ticket = next(self._tickets)
        reply: asyncio.Future[tuple[float, ...]] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = reply
        self._owed += 1
        try:
            # Words are short and questions few, so the pipe never fills and this never waits.
            self._pipe.send(Question(ticket, words))
            return await reply
        except OSError as error:
            raise EmotionBackendError("It has died.") from error
        finally:
            self._waiting.pop(ticket, None)

    async def close(self) -> None:
        """End the process."""
        self._closed, self._loaded = True, False
        self._settled.set()
        if self._process is not None and self._process.pid is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.join, 3.0)

    def _listen(self, pipe: Connection, loop: asyncio.AbstractEventLoop) -> None:
        """Thread: letters of the process, handed to the loop in order."""
        try:
            while True:
                loop.call_soon_threadsafe(self._take, pipe.recv())
        except (EOFError, OSError, RuntimeError):
            # RuntimeError: the loop is closed, and with it everyone who could be told.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._lose)

    def _take(self, letter: FromModel) -> None:
        match letter:
            case ModelReady():
                self._loaded = not self._closed
                self._settled.set()
            case ModelFailed():
                _log.warning("feelings are read by the lexicon: the local model cannot be loaded: %s", letter.message)
                self._settled.set()
            case Answer():
                self._owed -= 1
                reply = self._waiting.get(letter.ticket)
                if reply is None or reply.done():
                    return
                if letter.weights is None:
                    reply.set_exception(EmotionBackendError("It could not read this description."))
                else:
                    reply.set_result(letter.weights)

    def _lose(self) -> None:
        """The process is gone."""
        if not self._closed and (self._loaded or not self._settled.is_set()):
            _log.warning("feelings are read by the lexicon: the local model has died")
        self._loaded = False
        self._settled.set()
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(EmotionBackendError("It has died."))
