"""Memory that is free goes back to the system.

Thousands of chunks of sound come and go between what stays, and the C library keeps the holes they leave: after half an hour of
clients that come and go a third of what the process holds is free and still its own. glibc gives such pages back when it is
told to; other C libraries have no such call and are left alone.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import AsyncIterator, Callable

from aiohttp import web

EVERY_S = 20.0


def trimmer() -> Callable[[], object] | None:
    """What gives free memory back, None where the C library cannot."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    trim.argtypes, trim.restype = (ctypes.c_size_t,), ctypes.c_int
    return lambda: trim(0)


class FreeMemory:
    """Gives it back every EVERY_S seconds, beside the loop: it takes milliseconds."""

    def __init__(self, trim: Callable[[], object] | None) -> None:
        self._trim = trim

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """While the server runs."""
        task = None if self._trim is None else asyncio.get_running_loop().create_task(self._run(self._trim))
        yield
        if task is not None:
            task.cancel()

    async def _run(self, trim: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await asyncio.to_thread(trim)
