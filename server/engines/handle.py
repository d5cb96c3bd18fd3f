"""The server's side of the pipe to one engine, in its own process or in a thread: started, watched and restarted.

When an engine process dies, every line it was speaking ends with `engine_lost`, and another process is
started. Which engine speaks a line is the pool's choice, and only the pool uses this file.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import multiprocessing
import queue
import threading
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from oncue.model.api import Samples, Voice
from oncue.server.engines import process as engine_process
from oncue.server.engines.voice_thread import VoiceReply, VoiceRequest
from oncue.streaming.engine import events
from oncue.streaming.protocol.errors import BadReference, EngineLost
from oncue.streaming.session.line_output import lost_line

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

    def __init__(self, options: engine_process.EngineOptions, *, process: bool) -> None:
        self.info: engine_process.EngineReady | None = None
        """What the model is and which voices it has, known once it was loaded."""
        self.restarts = 0
        self._options = options
        self._process_wanted = process
        self._process: SpawnProcess | None = None
        self._thread: threading.Thread | None = None
        self._orders: queue.SimpleQueue[engine_process.ToEngine] = queue.SimpleQueue()
        self._lines: dict[int, _Tracked] = {}
        self._tickets = itertools.count(1)
        self._voices: dict[int, asyncio.Future[Voice]] = {}
        self._life = 0
        self._loaded = False
        self._first: asyncio.Future[engine_process.EngineReady] | None = None
        self._heard = 0.0
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ready(self) -> bool:
        """A line could be spoken now."""
        return self._loaded and time.monotonic() - self._heard < 5 * engine_process.HEARTBEAT_S

    @property
    def lines(self) -> Collection[int]:
        """The uids of the lines that have not ended."""
        return self._lines.keys()

    async def start(self) -> None:
        """Start the engine and wait until it can speak. Raises EngineStartError."""
        await self._launch()
        if self._process_wanted:
            self._spawn(self._watch())

    async def stop(self) -> None:
        """End the engine; lines still spoken are lost."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        self._orders.put(engine_process.Stop())
        if self._process is not None:
            await asyncio.to_thread(self._process.join, 3.0)
            self._process.kill()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 3.0)
        self._lose(self._life)

    def submit(self, command: events.Command, sink: Sink) -> None:
        """Send a command; `sink` is told the events of the line that a `Speak` begins."""
        if self._loaded:
            if isinstance(command, events.Speak):
                self._lines[command.uid] = _Tracked(sink)
            self._orders.put(command)
        elif isinstance(command, events.Speak):
            asyncio.get_running_loop().call_soon(self._refuse, command.uid, sink)

    async def make_voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """A voice from a recording. Raises BadReference or EngineLost."""
        if not self._loaded:
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
            process = context.Process(target=engine_process.run_process, args=(theirs, self._options), daemon=True)
            await asyncio.to_thread(process.start)
            if self._stopping:
                process.kill()
                raise EngineStartError("The engine was stopped while it was being started.")
            self._process = process
            theirs.close()
        else:
            self._thread = threading.Thread(target=engine_process.run, args=(theirs, self._options), daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        self._first = loop.create_future()
        threading.Thread(target=self._listen, args=(ours, loop, self._life), daemon=True).start()
        threading.Thread(target=_send, args=(ours, self._orders), daemon=True).start()
        await self._first

    def _listen(self, pipe: Connection, loop: asyncio.AbstractEventLoop, life: int) -> None:
        """Thread: messages of one life of the engine, handed to the loop in order."""
        try:
            while True:
                loop.call_soon_threadsafe(self._receive, pipe.recv(), life)
        except (EOFError, OSError, RuntimeError):
            # RuntimeError: the loop is closed, and with it everyone who could be told.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._lose, life)

    def _receive(self, message: engine_process.FromEngine, life: int) -> None:
        if life != self._life:
            return
        self._heard = time.monotonic()
        match message:
            case engine_process.EngineReady():
                self._begin(message)
            case engine_process.EngineFailed():
                self._begin(EngineStartError(message.message))
            case engine_process.EngineEvents():
                for step in message.steps:
                    for event in step.events:
                        self._tell(event, step.at)
            case VoiceReply():
                self._answer(message)
            case engine_process.Heartbeat():
                pass

    def _begin(self, outcome: engine_process.EngineReady | EngineStartError) -> None:
        """The first answer of a life decides whether it is one."""
        if self._first is None or self._first.done():
            return
        if isinstance(outcome, EngineStartError):
            self._first.set_exception(outcome)
        else:
            self.info, self._loaded = outcome, True
            self._first.set_result(outcome)

    def _tell(self, event: events.Event, at: float) -> None:
        try:
            self._dispatch(event, at)
        except Exception:  # noqa: BLE001 -- one listener's fault must not silence the others
            _log.exception("the listener of line %d failed", event.uid)

    def _dispatch(self, event: events.Event, at: float) -> None:
        line = self._lines.get(event.uid)
        if line is None:
            return
        if isinstance(event, events.AudioChunk):
            line.samples = event.start + len(event.samples)
        if events.is_terminal(event):
            del self._lines[event.uid]
        line.sink(event, at)

    def _answer(self, message: VoiceReply) -> None:
        reply = self._voices.pop(message.ticket, None)
        if reply is None or reply.done():
            return
        if message.voice is None:
            reply.set_exception(BadReference(message.problem))
        else:
            reply.set_result(message.voice)

    def _lose(self, life: int) -> None:
        """The engine is gone: end its lines, then start another unless we are stopping."""
        if life != self._life:
            return
        self._life += 1
        could_speak, self._loaded = self._loaded, False
        self._orders.put(engine_process.Stop())  # ends the sending thread
        self._begin(EngineStartError("The engine ended while it was loading the model."))
        for reply in self._voices.values():
            if not reply.done():
                reply.set_exception(_lost_error())
        self._voices.clear()
        lines, self._lines = self._lines, {}
        for uid, line in lines.items():
            line.sink(lost_line(uid, line.samples, _lost_error()), time.monotonic())
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
            if self._loaded and time.monotonic() - self._heard > SILENCE_S and self._process is not None:
                self._process.kill()

    def _refuse(self, uid: int, sink: Sink) -> None:
        sink(lost_line(uid, 0, _lost_error()), time.monotonic())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _send(pipe: Connection, orders: queue.SimpleQueue[engine_process.ToEngine]) -> None:
    """Thread: orders to the engine, so that the loop never waits for a full pipe."""
    try:
        while True:
            order = orders.get()
            pipe.send(order)
            if isinstance(order, engine_process.Stop):
                return
    except OSError:
        return  # the engine is gone; the listening thread tells


def _lost_error() -> EngineLost:
    return EngineLost("The engine stopped while speaking and is being restarted: speak the line again.")
