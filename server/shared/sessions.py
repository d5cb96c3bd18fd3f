"""Sessions that survive their server: what was asked in them lies in Redis for as long as a client may come back for it.

Written beside the work: a line never waits for it, and while Redis is away what would have been written is dropped, which
costs nothing but that these lines cannot be taken up elsewhere. It holds the texts of lines under way, and no sound.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from oncue.server.shared.redis_client import away, ending
from oncue.streaming.protocol import messages
from oncue.streaming.session.recipes import Asked, Change, LineRecipe, Opened, SessionRecipe, Unasked

if TYPE_CHECKING:
    from redis.asyncio import Redis

_log = logging.getLogger(__name__)
KEEP_S = 900
"""Longer than any line and the time to come back: what nobody writes to any more is forgotten after it."""
MAX_WAITING = 10_000
_OPENED, _NUMBERED, _LINE = "opened", "numbered", "line:"


class SharedSessions:
    """One for each server."""

    def __init__(self, redis: Redis, resume_s: float) -> None:
        self._redis: Any = redis  # its own annotations mix what is awaited and what is not
        self._resume_s = resume_s
        self._waiting: deque[tuple[str, Change]] = deque(maxlen=MAX_WAITING)
        self._wake = asyncio.Event()
        self._here = True

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """While the server runs."""
        task = asyncio.get_running_loop().create_task(self._keep())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(*away()):
            await self._write()

    def note(self, session: str, changes: Iterable[Change]) -> None:
        """What changed in a session; a line that has ended can still be asked for until its client had time to come back."""
        for change in changes:
            if isinstance(change, Unasked) and change.ended:
                over = Unasked(change.line, ended=False)
                asyncio.get_running_loop().call_later(self._resume_s, self._add, session, over)
            else:
                self._add(session, change)

    async def find(self, session: str) -> SessionRecipe | None:
        """A session by the name its client knows; None where nothing is kept, or Redis is away."""
        try:
            found = await self._redis.hgetall(_place(session))
        except away():
            return None
        told = {field.decode(): value for field, value in found.items()}
        if _OPENED not in told:
            return None
        try:
            lines = {
                field.removeprefix(_LINE): msgspec.json.decode(value, type=LineRecipe)
                for field, value in told.items()
                if field.startswith(_LINE)
            }
            opened = msgspec.json.decode(told[_OPENED], type=messages.Open)
            return SessionRecipe(opened, int(told.get(_NUMBERED, 0)), lines)
        except (msgspec.DecodeError, ValueError):
            _log.error("a session in the shared store cannot be read")
            return None

    def _add(self, session: str, change: Change) -> None:
        self._waiting.append((session, change))
        self._wake.set()

    async def _keep(self) -> None:
        while not ending():
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._write()
                self._note(here=True)
            except away():
                self._note(here=False)

    async def _write(self) -> None:
        """All that waits. Raises what `away` names, and then it is dropped."""
        batch, self._waiting = self._waiting, deque(maxlen=MAX_WAITING)
        if not batch:
            return
        pipe = self._redis.pipeline(transaction=False)
        for session, change in batch:
            place = _place(session)
            match change:
                case Opened():
                    pipe.hset(place, _OPENED, msgspec.json.encode(change.opened))
                case Asked():
                    told = {_LINE + change.line: msgspec.json.encode(change.recipe), _NUMBERED: change.numbered}
                    pipe.hset(place, mapping=told)
                case Unasked():
                    pipe.hdel(place, _LINE + change.line)
            pipe.expire(place, KEEP_S)
        await pipe.execute()

    def _note(self, *, here: bool) -> None:
        if here != self._here:
            _log.warning("sessions %s be taken up by other servers", "can" if here else "cannot")
        self._here = here


def _place(session: str) -> str:
    """A session's name is a secret: whoever reads keys does not learn it."""
    return "oncue:session:" + hashlib.sha256(session.encode()).hexdigest()[:32]
