"""The engines of this process, one or many: each speaks on its own, a line lives in one of them from start to end.

A line goes to the engine with the fewest lines. When an engine dies its lines go on with another one, or with the same
when it is back (`respeaking`). This file decides where a line is spoken, `handle` everything about one engine.
"""

from __future__ import annotations

import asyncio
import itertools

from oncue.model.api import ModelSpec, Samples, Voice
from oncue.server.audit.writer import AuditWriter
from oncue.server.emotion.service import EmotionService
from oncue.server.engines.handle import EngineHandle, Sink
from oncue.server.engines.process import EngineOptions, EngineReady
from oncue.server.engines.respeaking import Respeaking
from oncue.server.engines.spoken_lines import SpokenLines
from oncue.server.tracing import Tracing
from oncue.streaming.engine import events


class EnginePool:
    """Every `Speak` submitted gets exactly one terminal event, whatever happens to any engine."""

    def __init__(
        self, options: EngineOptions, *, engines: int = 1, process: bool = True,
        emotions: EmotionService | None = None, audit: AuditWriter | None = None, keep_text: bool = False,
        tracing: Tracing | None = None,
    ) -> None:  # fmt: skip
        """`engines` of one model, each in a process of its own, or with `process` false in a thread of this one.

        `audit` is told of every line that has ended, with its text if `keep_text`; `tracing` how each line went.
        """
        assert engines >= 1, "a pool has at least one engine"
        self.emotions = emotions or EmotionService()
        """Who reads feelings in words, beside the engines; started with their processes, otherwise when needed."""
        self._process = process
        self._handles = tuple(EngineHandle(options, process=process) for _ in range(engines))
        self._uids = itertools.count(1)
        self.audit = audit or AuditWriter(None)
        """What is made and taken back is told here."""
        self._tracing = tracing
        self._spoken = SpokenLines(self.audit.line, keep_text=keep_text, tracing=tracing)
        self._respeaking = Respeaking(self._send, lambda: self.ready)

    @property
    def ready(self) -> bool:
        """Some engine could speak a line now."""
        return any(handle.ready for handle in self._handles)

    @property
    def started(self) -> bool:
        """Every engine was loaded once, so what the model is and which voices it has are known."""
        return all(handle.info is not None for handle in self._handles)

    @property
    def spec(self) -> ModelSpec:
        """What the model is. Only after `start`."""
        return self._info.spec

    @property
    def voices(self) -> dict[str, Voice]:
        """The voices that come with the model. Only after `start`."""
        return self._info.voices

    @property
    def lines(self) -> int:
        """How many lines have not ended."""
        return sum(len(handle.lines) for handle in self._handles) + self._respeaking.waiting

    @property
    def respoken(self) -> int:
        """How many lines went on with another engine."""
        return self._respeaking.respoken

    @property
    def restarts(self) -> int:
        """How often an engine had to be started again."""
        return sum(handle.restarts for handle in self._handles)

    def next_uid(self) -> int:
        """A number no line of this pool has had."""
        return next(self._uids)

    async def start(self) -> None:
        """Start all engines at once and wait until each can speak. Raises EngineStartError when one cannot."""
        if self._process:
            await self.emotions.start()
        await asyncio.gather(*(handle.start() for handle in self._handles))

    async def stop(self) -> None:
        """End all engines; lines still spoken are lost."""
        self._respeaking.close()
        await asyncio.gather(self.emotions.close(), *(handle.stop() for handle in self._handles))
        await self.audit.close()
        if self._tracing is not None:
            await asyncio.to_thread(self._tracing.close)

    def submit(self, command: events.Command, sink: Sink) -> None:
        """Send a command to where its line is spoken, a `Speak` to where there is most room.

        `sink` is told the events of the line that a `Speak` begins. A command for a line that has ended does nothing.
        """
        if isinstance(command, events.Speak):
            watched = self._spoken.begin(command, sink)
            if watched is not None:
                self._respeaking.begin(command, watched, self.spec.sample_rate)
            return
        self._spoken.note(command)
        if self._respeaking.note(command):
            self._send(command, sink)

    def _send(self, command: events.Command, sink: Sink) -> None:
        """To the engine that speaks the line, a `Speak` to the idlest."""
        if isinstance(command, events.Speak):
            self._idlest().submit(command, sink)
            return
        for handle in self._handles:
            if command.uid in handle.lines:
                handle.submit(command, sink)

    def revoke(self, voice: str) -> int:
        """End every line that is spoken with a voice of this key, and take none any more. Returns how many there were."""
        ended = self._spoken.revoke(voice)
        for uid in ended:
            self.submit(events.Cancel(uid, fade_s=0.0), lambda _event, _at: None)
        return len(ended)

    async def make_voice(self, pcm: Samples, sample_rate: int) -> Voice:
        """A voice from a recording. Raises BadReference or EngineLost."""
        return await self._idlest().make_voice(pcm, sample_rate)

    @property
    def _info(self) -> EngineReady:
        info = self._handles[0].info
        assert info is not None, "the pool was not started"
        return info

    def _idlest(self) -> EngineHandle:
        """The engine with the fewest lines among those that can speak, the first of them."""
        return min(self._handles, key=lambda handle: (not handle.ready, len(handle.lines)))
