from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from oncue.server.engines.pool import EnginePool
from oncue.server.engines.process import EngineOptions
from oncue.streaming.engine import events
from tests.conftest import SCRIPTED
from tests.server.engines.test_handle import Listener, pid_of


@asynccontextmanager
async def started(*, process: bool = False, engines: int = 2) -> AsyncIterator[EnginePool]:
    pool = EnginePool(EngineOptions(SCRIPTED), engines=engines, process=process)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


LONG = " ".join(["Hello there, you."] * 4)
"""So long that it is still spoken when its engine dies, however late that is noticed."""


def speak(
    pool: EnginePool, lead_s: float = 1.5, text: str = "Hello there, you.", final: bool = True
) -> tuple[int, Listener]:
    uid, listener = pool.next_uid(), Listener()
    pool.submit(events.Speak(uid, text, next(iter(pool.voices.values())), lead_s=lead_s, final=final), listener)
    return uid, listener


async def test_lines_are_shared_out_evenly_and_each_ends_once() -> None:
    async with started() as pool:
        heard = [speak(pool) for _ in range(6)]
        assert [len(handle.lines) for handle in pool._handles] == [3, 3]
        assert pool.lines == 6
        async with asyncio.timeout(20):
            for _, listener in heard:
                await listener.ended.wait()
        for uid, listener in heard:
            assert [event.uid for event in listener.events] == [uid] * len(listener.events)
            assert sum(map(events.is_terminal, listener.events)) == 1
        assert pool.lines == 0


async def test_a_line_sounds_the_same_in_whichever_engine_it_is_spoken() -> None:
    async with started() as pool:
        sounds = []
        for _ in range(2):
            _, listener = speak(pool, lead_s=60.0)
            other = speak(pool, lead_s=60.0)[1]
            async with asyncio.timeout(20):
                await asyncio.gather(listener.ended.wait(), other.ended.wait())
            sounds += [
                b"".join(event.samples.tobytes() for event in one.events if isinstance(event, events.AudioChunk))
                for one in (listener, other)
            ]
        assert len(set(sounds)) == 1
        assert sounds[0]


async def test_what_is_asked_of_a_line_goes_to_where_it_is_spoken() -> None:
    async with started() as pool:
        lines = [speak(pool, final=False) for _ in range(4)]  # none is over before it is asked
        for uid, listener in lines:
            pool.submit(events.Cancel(uid), listener)
        async with asyncio.timeout(20):
            for _, listener in lines:
                await listener.ended.wait()
        ends = [listener.events[-1] for _, listener in lines]
        assert all(isinstance(end, events.Finished) and end.reason == "cancelled" for end in ends)


def sound(listener: Listener) -> bytes:
    return b"".join(event.samples.tobytes() for event in listener.events if isinstance(event, events.AudioChunk))


async def test_lines_go_on_sample_for_sample_when_their_engine_dies_and_it_comes_back() -> None:
    async with started(process=True) as pool:
        (_, first), (_, second) = speak(pool, 0.5, LONG), speak(pool, 0.5, LONG)
        async with asyncio.timeout(20):
            await asyncio.gather(first.sounded.wait(), second.sounded.wait())
        os.kill(pid_of(pool._handles[0]), signal.SIGKILL)
        async with asyncio.timeout(30):
            await asyncio.gather(first.ended.wait(), second.ended.wait())
            for listener in (first, second):
                assert isinstance(listener.events[-1], events.Finished)
                assert listener.events[-1].reason == "complete"
            assert sound(first) == sound(second)
            while not all(handle.ready for handle in pool._handles):
                await asyncio.sleep(0.05)
        assert (pool.restarts, pool.respoken) == (1, 1)


async def test_a_new_line_goes_to_an_engine_that_can_speak() -> None:
    async with started(process=True) as pool:
        os.kill(pid_of(pool._handles[0]), signal.SIGKILL)
        async with asyncio.timeout(20):
            while pool._handles[0].ready:
                await asyncio.sleep(0.01)
            _, listener = speak(pool, lead_s=60.0)
            await listener.ended.wait()
        assert isinstance(listener.events[-1], events.Finished)
        assert listener.events[-1].reason == "complete"
