from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from oncue.server.engines.handle import EngineHandle, EngineStartError
from oncue.server.engines.process import EngineOptions
from oncue.streaming.engine import events
from oncue.streaming.protocol.errors import BadReference
from tests.conftest import SCRIPTED


@asynccontextmanager
async def started(*, process: bool) -> AsyncIterator[EngineHandle]:
    handle = EngineHandle(EngineOptions(SCRIPTED), process=process)
    await handle.start()
    try:
        yield handle
    finally:
        await handle.stop()


class Listener:
    """Collects the events of one line."""

    def __init__(self) -> None:
        self.events: list[events.Event] = []
        self.sounded = asyncio.Event()
        self.ended = asyncio.Event()

    def __call__(self, event: events.Event, at: float) -> None:
        self.events.append(event)
        if isinstance(event, events.AudioChunk):
            self.sounded.set()
        if isinstance(event, events.Finished | events.Refused):
            self.ended.set()


UIDS = itertools.count(1)


def pid_of(handle: EngineHandle) -> int:
    """The engine's process."""
    assert handle._process is not None
    assert handle._process.pid is not None
    return handle._process.pid


def speak(handle: EngineHandle, text: str = "Hello there.", lead_s: float = 1.5) -> Listener:
    listener = Listener()
    assert handle.info is not None
    line = events.Speak(next(UIDS), text, next(iter(handle.info.voices.values())), lead_s=lead_s)
    handle.submit(line, listener)
    return listener


async def test_an_engine_in_a_thread_speaks() -> None:
    async with started(process=False) as handle:
        assert handle.ready
        listener = speak(handle, lead_s=60.0)
        await asyncio.wait_for(listener.ended.wait(), 20)
        end = listener.events[-1]
        assert isinstance(end, events.Finished)
        chunks = [event for event in listener.events if isinstance(event, events.AudioChunk)]
        assert sum(len(chunk.samples) for chunk in chunks) == end.samples


async def test_when_the_engine_dies_every_line_ends_with_engine_lost_and_another_engine_speaks() -> None:
    async with started(process=True) as handle:
        listeners = [speak(handle, "A long line that is still being spoken when it happens. " * 5) for _ in range(3)]
        await asyncio.wait_for(listeners[0].sounded.wait(), 20)
        os.kill(pid_of(handle), signal.SIGKILL)
        for listener in listeners:
            await asyncio.wait_for(listener.ended.wait(), 20)
            end = listener.events[-1]
            assert isinstance(end, events.Finished)
            assert end.reason == "failed"
            assert end.error is not None
            assert (end.error.code, end.error.retry) == ("engine_lost", True)
        assert not handle.ready
        early = speak(handle)
        await asyncio.wait_for(early.ended.wait(), 20)  # told at once, not left waiting
        async with asyncio.timeout(40):
            while not handle.ready:
                await asyncio.sleep(0.05)
        again = speak(handle, lead_s=60.0)
        await asyncio.wait_for(again.ended.wait(), 20)
        end = again.events[-1]
        assert isinstance(end, events.Finished)
        assert end.reason == "complete"
        assert handle.restarts == 1


async def test_a_recording_becomes_a_voice_or_a_sentence() -> None:
    async with started(process=False) as handle:
        voice = await handle.make_voice(np.full(5 * 24000, 0.1, np.float32), 24000)
        assert handle.info is not None
        assert voice.family == handle.info.spec.family
        with pytest.raises(BadReference):
            await handle.make_voice(np.zeros(10, np.float32), 24000)


@pytest.mark.parametrize("family", ["no_such_family", "tests.no_such_module:Model", "tests.conftest:no_such_name"])
async def test_a_family_that_cannot_be_loaded_is_a_sentence_and_not_a_loop(family: str) -> None:
    handle = EngineHandle(EngineOptions(family), process=False)
    with pytest.raises(EngineStartError, match="family"):
        await handle.start()
    assert not handle.ready
    await handle.stop()
