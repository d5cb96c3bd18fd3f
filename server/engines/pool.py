"""Several engines as one: each in a process of its own, a line lives in one of them from start to end.

A line goes to the engine with the fewest lines. When an engine dies only its lines are lost, and until it is back
the others speak. This file decides where a line is spoken, `worker` everything about one engine.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Protocol

from oncue.model.api import ModelSpec, Samples, Voice
from oncue.server.emotion.service import EmotionService
from oncue.server.engines.handle import EngineHandle, Sink
from oncue.streaming.engine import events


class Engines(Protocol):
    """What the server knows of its engines, however many there are."""

    emotions: EmotionService
    """Who reads feelings in words."""

    @property
    def ready(self) -> bool:
        """A line could be spoken now."""
        ...

    @property
    def started(self) -> bool:
        """What the model is and which voices it has are known."""
        ...

    @property
    def spec(self) -> ModelSpec:
        """What the model is."""
        ...

    @property
    def voices(self) -> dict[str, Voice]:
        """The voices that come with it."""
        ...

    @property
    def lines(self) -> int:
        """Lines that have not ended."""
        ...

    @property
    def restarts(self) -> int:
        """How often an engine had to be started again."""
        ...

    def next_uid(self) -> int:
        """A number no line has had."""
        ...

    async def start(self) -> None:
        """Start, and wait until a line could be spoken. Raises WorkerError."""
        ...

    async def stop(self) -> None:
        """End; lines still spoken are lost."""
        ...

    def submit(self, command: events.Command, sink: Sink | None = None) -> None:
        """Send a command; a `Speak` names the `sink` for the events of its line."""
        ...

    async def make_voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """A voice from a recording. Raises BadReference or EngineLost."""
        ...


class EnginePool:
    """Every `Speak` submitted gets exactly one terminal event, whatever happens to any engine."""

    def __init__(self, workers: Sequence[EngineHandle]) -> None:
        """The workers speak with the same model; feelings are read by the first one's reader."""
        assert workers, "a crew has at least one engine"
        self.emotions = workers[0].emotions
        self._workers = tuple(workers)
        self._uids = itertools.count(1)
        self._placed: dict[int, EngineHandle] = {}

    @property
    def ready(self) -> bool:
        """Some engine could speak a line now."""
        return any(worker.ready for worker in self._workers)

    @property
    def started(self) -> bool:
        """Every engine was loaded once."""
        return all(worker.started for worker in self._workers)

    @property
    def spec(self) -> ModelSpec:
        """What the model is. Only after `start`."""
        return self._workers[0].spec

    @property
    def voices(self) -> dict[str, Voice]:
        """The voices that come with the model. Only after `start`."""
        return self._workers[0].voices

    @property
    def lines(self) -> int:
        """Lines that have not ended."""
        return sum(worker.lines for worker in self._workers)

    @property
    def restarts(self) -> int:
        """How often an engine had to be started again."""
        return sum(worker.restarts for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        """The engine processes."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def next_uid(self) -> int:
        """A number no line of this crew has had."""
        return next(self._uids)

    async def start(self) -> None:
        """Start all engines at once and wait until each can speak. Raises WorkerError when one cannot."""
        await asyncio.gather(*(worker.start() for worker in self._workers))

    async def stop(self) -> None:
        """End all engines; lines still spoken are lost."""
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    def submit(self, command: events.Command, sink: Sink | None = None) -> None:
        """Send a command to where its line is spoken; one of a line that has ended goes nowhere in particular."""
        if not isinstance(command, events.Speak):
            self._placed.get(command.uid, self._workers[0]).submit(command)
            return
        assert sink is not None
        heard, worker = sink, self._idlest()
        self._placed[command.uid] = worker

        def listen(event: events.Event, at: float) -> None:
            if events.is_terminal(event):
                self._placed.pop(event.uid, None)
            heard(event, at)

        worker.submit(command, listen)

    async def make_voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """A voice from a recording. Raises BadReference or EngineLost."""
        return await self._idlest().make_voice(pcm, sample_rate)

    def _idlest(self) -> EngineHandle:
        """The engine with the fewest lines among those that can speak, the first of them."""
        return min(self._workers, key=lambda worker: (not worker.ready, worker.lines))
