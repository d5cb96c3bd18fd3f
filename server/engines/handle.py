"""The server's side of the pipe: one engine, in its own process or in a thread, watched and restarted.

When an engine process dies, every line it was speaking ends with `engine_lost`, and another process is
started. The worker decides nothing about speech.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import multiprocessing
import queue
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from oncue.model.api import ModelSpec, Samples, Voice
from oncue.server.emotion.service import EmotionService
from oncue.server.engines import process as host
from oncue.server.engines.voice_thread import VoiceReply, VoiceRequest
from oncue.streaming.engine import events
from oncue.streaming.protocol.errors import BadReference, EngineLost
from oncue.streaming.session.line_output import lost

_log = logging.getLogger(__name__)
Sink = Callable[[events.Event, float], None]

SILENCE_S = 60.0
"""An engine that has said nothing for so long is stuck: it is killed and started again."""
_RETRY_S = (0.1, 0.5, 2.0, 10.0)


class EngineStartError(Exception):
    """The engine cannot be started; the message is for the operator."""


@dataclass(slots=True)
class _Tracked:
    """A line in the engine: who hears of it, and how far it came."""

    sink: Sink
    samples: int = 0


class EngineHandle:
    """Every `Speak` submitted gets exactly one terminal event, whatever happens to the engine."""

    def __init__(self, options: host.EngineOptions, *, process: bool, emotions: EmotionService | None = None) -> None:
        self.emotions = emotions or EmotionService()
        """Who reads feelings in words, beside the engine; started with an engine process, otherwise when needed."""
        self._options = options
        self._process_wanted = process
        self._process: SpawnProcess | None = None
        self._thread: threading.Thread | None = None
        self._orders: queue.SimpleQueue[host.Order] = queue.SimpleQueue()
        self._lines: dict[int, _Tracked] = {}
        self._uids = itertools.count(1)
        self._tickets = itertools.count(1)
        self._voices: dict[int, asyncio.Future[Voice]] = {}
        self._life = 0
        self._loaded: host.Loaded | None = None
        self._known: host.Loaded | None = None
        self._first: asyncio.Future[host.Loaded] | None = None
        self._heard = 0.0
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.restarts = 0

    @property
    def ready(self) -> bool:
        """A line could be spoken now."""
        return self._loaded is not None and time.monotonic() - self._heard < 5 * host.BEAT_S

    @property
    def started(self) -> bool:
        """The model was loaded once, so what it is and which voices it has are known."""
        return self._known is not None

    @property
    def spec(self) -> ModelSpec:
        """What the model is. Only after `start`."""
        assert self._known is not None
        return self._known.spec

    @property
    def voices(self) -> dict[str, Voice]:
        """The voices that come with the model. Only after `start`."""
        assert self._known is not None
        return self._known.voices

    @property
    def lines(self) -> int:
        """Lines that have not ended."""
        return len(self._lines)

    @property
    def pid(self) -> int | None:
        """The engine process, None in a thread."""
        return None if self._process is None else self._process.pid

    def next_uid(self) -> int:
        """A number no line of this worker has had."""
        return next(self._uids)

    async def start(self) -> None:
        """Start the engine and wait until it can speak. Raises WorkerError."""
        if self._process_wanted:
            await self.emotions.start()
        await self._launch()
        if self._process_wanted:
            self._spawn(self._watch())

    async def stop(self) -> None:
        """End the engine; lines still spoken are lost."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await self.emotions.close()
        self._orders.put(host.Stop())
        if self._process is not None:
            await asyncio.to_thread(self._process.join, 3.0)
            self._process.kill()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 3.0)
        self._lose(self._life)

    def submit(self, command: events.Command, sink: Sink | None = None) -> None:
        """Send a command; a `Speak` names the `sink` for the events of its line."""
        if isinstance(command, events.Speak):
            assert sink is not None
            if self._loaded is None:
                asyncio.get_running_loop().call_soon(self._refuse, command.uid, sink)
                return
            self._lines[command.uid] = _Tracked(sink)
        if self._loaded is not None:
            self._orders.put(command)

    async def make_voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """A voice from a recording. Raises BadReference or EngineLost."""
        if self._loaded is None:
            raise _lost_error()
        ticket = next(self._tickets)
        reply: asyncio.Future[Voice] = asyncio.get_running_loop().create_future()
        self._voices[ticket] = reply
        self._orders.put(VoiceRequest(ticket, pcm, sample_rate))
        return await reply

    async def _launch(self) -> None:
        """One life of the engine, up to the moment it can speak."""
        self._life += 1
        self._orders = queue.SimpleQueue()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        if self._process_wanted:
            self._process = context.Process(target=host.run_process, args=(theirs, self._options), daemon=True)
            await asyncio.to_thread(self._process.start)
            theirs.close()
        else:
            self._thread = threading.Thread(target=host.run, args=(theirs, self._options), daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        self._first = loop.create_future()
        threading.Thread(target=self._listen, args=(ours, loop, self._life), daemon=True).start()
        threading.Thread(target=_send, args=(ours, self._orders), daemon=True).start()
        self._loaded = self._known = await self._first

    def _listen(self, pipe: Connection, loop: asyncio.AbstractEventLoop, life: int) -> None:
        """Thread: letters of one life of the engine, handed to the loop in order."""
        try:
            while True:
                loop.call_soon_threadsafe(self._receive, pipe.recv(), life)
        except (EOFError, OSError, RuntimeError):
            # RuntimeError: the loop is closed, and with it everyone who could be told.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._lose, life)

    def _receive(self, letter: host.Letter, life: int) -> None:
        if life != self._life:
            return
        self._heard = time.monotonic()
        match letter:
            case host.Loaded():
                self._begin(letter)
            case host.LoadFailed():
                self._begin(EngineStartError(letter.message))
            case host.Happened():
                for event in letter.events:
                    try:
                        self._dispatch(event, letter.at)
                    except Exception:  # noqa: BLE001 -- one listener's fault must not silence the others
                        _log.exception("the listener of line %d failed", event.uid)
            case VoiceReply():
                self._answer(letter)
            case host.Beat():
                pass

    def _begin(self, outcome: host.Loaded | EngineStartError) -> None:
        """The first answer of a life decides whether it is one."""
        if self._first is None or self._first.done():
            return
        if isinstance(outcome, EngineStartError):
            self._first.set_exception(outcome)
        else:
            self._first.set_result(outcome)

    def _dispatch(self, event: events.Event, at: float) -> None:
        line = self._lines.get(event.uid)
        if line is None:
            return
        if isinstance(event, events.AudioChunk):
            line.samples = event.start + len(event.samples)
        if events.is_terminal(event):
            del self._lines[event.uid]
        line.sink(event, at)

    def _answer(self, letter: VoiceReply) -> None:
        reply = self._voices.pop(letter.ticket, None)
        if reply is None or reply.done():
            return
        if letter.voice is None:
            reply.set_exception(BadReference(letter.problem))
        else:
            reply.set_result(letter.voice)

    def _lose(self, life: int) -> None:
        """The engine is gone: end its lines, then start another unless we are stopping."""
        if life != self._life:
            return
        self._life += 1
        could_speak, self._loaded = self._loaded is not None, None
        self._orders.put(host.Stop())  # ends the sending thread
        self._begin(EngineStartError("The engine ended while it was loading the model."))
        for reply in self._voices.values():
            if not reply.done():
                reply.set_exception(_lost_error())
        self._voices.clear()
        lines, self._lines = self._lines, {}
        for uid, line in lines.items():
            line.sink(lost(uid, line.samples, _lost_error()), time.monotonic())
        if self._process_wanted and could_speak and not self._stopping:
            self._spawn(self._restart())

    async def _restart(self) -> None:
        for wait_s in itertools.chain(_RETRY_S, itertools.repeat(_RETRY_S[-1])):
            await asyncio.sleep(wait_s)
            self.restarts += 1
            try:
                await self._launch()
            except EngineStartError:
                continue
            return

    async def _watch(self) -> None:
        """Kill an engine that is alive but says nothing; its death does the rest."""
        while True:
            await asyncio.sleep(SILENCE_S / 4)
            if self._loaded is not None and time.monotonic() - self._heard > SILENCE_S and self._process is not None:
                self._process.kill()

    def _refuse(self, uid: int, sink: Sink) -> None:
        sink(lost(uid, 0, _lost_error()), time.monotonic())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _send(pipe: Connection, orders: queue.SimpleQueue[host.Order]) -> None:
    """Thread: orders to the engine, so that the loop never waits for a full pipe."""
    try:
        while True:
            order = orders.get()
            pipe.send(order)
            if isinstance(order, host.Stop):
                return
    except OSError:
        return  # the engine is gone; the listening thread tells


def _lost_error() -> EngineLost:
    return EngineLost("The engine stopped while speaking and is being restarted: speak the line again.")
