"""All sessions of a server: new ones, those whose connection was lost and that wait to be resumed, and the end of all.

How long a session waits is decided in `oncue.streaming.session.reconnect`; what is said in a session is its own business.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time

from oncue.server.audio.opus import CODECS
from oncue.server.sessions.allowance import OF_CALLER
from oncue.server.sessions.connection import Connection
from oncue.server.sessions.resolver import ServerResolver
from oncue.server.sessions.session_driver import Incoming, SessionDriver
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages
from oncue.streaming.session.reconnect import KeptSessions
from oncue.streaming.session.session import Session, SessionConfig

_log = logging.getLogger(__name__)


class SessionRegistry:
    """Every session is on one connection, or waits to be resumed, or is over."""

    def __init__(self, state: ServerState) -> None:
        self.connections: set[Connection] = set()
        self.waiting: KeptSessions[SessionDriver] = KeptSessions(state.config.resume_s, state.config.max_connections)
        """Sessions whose connection was lost."""
        self._state = state
        self._alarm: asyncio.TimerHandle | None = None

    def new(self, name: str | None = None) -> SessionDriver:
        """A session that nobody has spoken in yet, under a name of its own or the one it has elsewhere."""
        state, store = self._state, self._state.voice_store()
        names = tuple(entry.name for entry in store.list())
        config = SessionConfig(
            name or secrets.token_hex(16),
            state.pool.spec,
            names,
            CODECS,
            resume_s=state.config.resume_s,
            resume_bytes=state.config.resume_bytes,
            watermark=state.config.watermark,
        )
        session = Session(config, ServerResolver(store), state.pool.next_uid)
        return SessionDriver(session, state.pool, state.metrics, OF_CALLER.get(), state.shared_sessions)

    async def serve(self, connection: Connection) -> None:
        """From the accepted socket to its end."""
        self.connections.add(connection)
        self._state.metrics.connections.inc()
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)
            self._state.metrics.connections.dec()

    async def driver_for(self, first: Incoming, fresh: SessionDriver) -> SessionDriver:
        """The session of a connection whose first message this is: `fresh`, or the one that it resumes, here or elsewhere.

        A client may be back before its old connection is seen to be lost; that one is given up then.
        """
        if not isinstance(first, messages.Resume):
            return fresh
        for connection in list(self.connections):
            session = connection.driver.session
            if session.name == first.session and session.resumable:
                connection.give_up()
        return self.waiting.take(first.session) or await self._of_another_server(first.session) or fresh

    async def _of_another_server(self, name: str) -> SessionDriver | None:
        """A session that a server began which is gone, or cannot be reached by its client."""
        shared = self._state.shared_sessions
        recipe = None if shared is None else await shared.find(name)
        if recipe is None or recipe.opened.audio.codec not in CODECS:
            return None
        _log.info("a session of another server is taken up with %d lines", len(recipe.lines))
        driver = self.new(name)
        driver.session.take_up(recipe)
        return driver

    def keep(self, driver: SessionDriver) -> None:
        """Keep a session whose connection was lost, until its time is over or there are too many."""
        driver.detach()
        for gone in self.waiting.keep(driver.session.name, driver, time.monotonic()):
            gone.expire()
        self._set_alarm()

    async def drain(self) -> None:
        """Take no new lines and let those that are spoken end within the grace. A client is sent away when its last line
        is heard, at once if it has none, so that a crowd does not come back in one moment.
        """
        for driver in self.waiting.clear():
            if driver.sender is None:
                driver.abandon()
        for connection in self.connections:
            connection.driver.session.draining = True
        try:
            async with asyncio.timeout(self._state.config.drain_s):
                while self._state.speaking or self.connections:
                    await self._send_away([each for each in self.connections if each.quiet])
                    await asyncio.sleep(0.05)
        except TimeoutError:
            _log.warning("draining ended with lines still spoken")
        await self._send_away(list(self.connections))

    @staticmethod
    async def _send_away(connections: list[Connection]) -> None:
        await asyncio.gather(*(connection.leave() for connection in connections), return_exceptions=True)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        at = self.waiting.next_at
        loop = asyncio.get_running_loop()
        self._alarm = None if at is None else loop.call_later(max(0.0, at - time.monotonic()), self._expire)

    def _expire(self) -> None:
        for driver in self.waiting.expire(time.monotonic()):
            driver.expire()
        self._set_alarm()
