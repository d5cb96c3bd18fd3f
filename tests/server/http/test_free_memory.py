from __future__ import annotations

import asyncio
import ctypes

import pytest
from aiohttp import web

from oncue.server.http import free_memory
from oncue.server.http.free_memory import FreeMemory, trimmer


async def test_free_memory_is_given_back_again_and_again_while_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_memory, "EVERY_S", 0.0)
    times, twice = 0, asyncio.Event()
    loop = asyncio.get_running_loop()

    def trim() -> None:
        nonlocal times
        times += 1
        if times == 2:
            loop.call_soon_threadsafe(twice.set)

    running = FreeMemory(trim).running(web.Application())
    await anext(running)
    await asyncio.wait_for(twice.wait(), 30)
    with pytest.raises(StopAsyncIteration):
        await anext(running)


async def test_a_c_library_that_cannot_is_left_alone() -> None:
    running = FreeMemory(None).running(web.Application())
    before = asyncio.all_tasks()
    await anext(running)
    assert asyncio.all_tasks() == before
    with pytest.raises(StopAsyncIteration):
        await anext(running)


def test_glibc_can_and_others_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    if hasattr(ctypes.CDLL(None), "gnu_get_libc_version"):
        trim = trimmer()
        assert trim is not None
        assert trim() in {0, 1}
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert trimmer() is None
