"""Voices that were taken back by somebody else: another process of this machine, or a command. Looked for twice a second.

What this server takes back itself ends its lines at once; here it hears of the others'.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from oncue.server.engines.pool import EnginePool
from oncue.server.voices.store import VoiceStore

_log = logging.getLogger(__name__)
EVERY_S = 0.5


class RevocationWatch:
    """Ends the lines of every voice that is found to be revoked."""

    def __init__(self, pool: EnginePool, store: Callable[[], VoiceStore]) -> None:
        self._pool, self._store = pool, store
        self._known: frozenset[str] = frozenset()

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """While the server runs."""
        task = asyncio.get_running_loop().create_task(self._run())
        yield
        task.cancel()

    async def look(self) -> None:
        """Once."""
        found = await asyncio.to_thread(self._store().revoked_keys)
        for key in found - self._known:
            ended = self._pool.revoke(key)
            if ended:
                _log.info("voice %s was revoked: %d lines end", key, ended)
        self._known = found

    async def _run(self) -> None:
        while True:
            if self._pool.started:
                await self.look()
            await asyncio.sleep(EVERY_S)
