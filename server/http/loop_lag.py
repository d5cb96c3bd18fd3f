"""How late the server's loop is: the figure that rises first when one process has too much to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from aiohttp import web

EVERY_S = 0.25


class LoopLag:
    """Tells how much later than asked it is woken, four times a second."""

    def __init__(self, observe: Callable[[float], None]) -> None:
        self._observe = observe

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """While the server runs."""
        task = asyncio.get_running_loop().create_task(self._run())
        yield
        task.cancel()

    async def _run(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(EVERY_S)
            self._observe(max(0.0, time.monotonic() - before - EVERY_S))
