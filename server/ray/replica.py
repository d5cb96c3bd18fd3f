"""One replica of the Serve application: a whole server on a loopback port of its own, which leaves when its last line is heard.

Ray calls nothing in a replica that it takes away until every connection is gone, and an idle client keeps its connection. So
the replica asks the page that also Ray's HAProxy asks (`/-/healthz` on its own port) and drains when that says so: idle
clients are sent elsewhere at once, the others after their line, and then the process ends. How Ray passes connections on is
the business of `bridge`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from oncue.server import config as configuration
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from oncue.server.ray.own_voices import with_own_voices

_log = logging.getLogger(__name__)
GRACE_S = 600.0
"""A replica that is taken away has this long: longer than any line, or lines would be cut."""
_EVERY_S = 1.0
_ANSWER_S = 1.0
_UNKNOWN_S = 5.0
"""How long it may take until nobody is sent to a replica that is taken away; it stays reachable for that long."""
_DRAINING = "DRAINING"
_PORTS = ("RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT", 30_000), ("RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT", 31_000)
"""Between them lie the ports that Ray gives to replicas."""
_LISTENS = "0A"
_TABLES = (Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6"))


def replica_config(config: configuration.Config, replica: int, grace_s: float = GRACE_S) -> configuration.Config:
    """The configuration of one replica: it listens on loopback, and what is before it on the configuration's address.

    Clients ask for the machines by names, which are given in `hosts`. Raises ConfigError.
    """
    public = configuration.checked(msgspec.structs.replace(config, tls="", wyoming=""))
    own = msgspec.structs.replace(public, host="127.0.0.1", port=0, drain_s=grace_s)
    return with_own_voices(own, f"replica-{replica}")


@asynccontextmanager
async def replica_server(
    config: configuration.Config,
    taken_away: Callable[[], Awaitable[None]] | None = None,
    leave: Callable[[], None] | None = None,
) -> AsyncIterator[str]:
    """A server with its engine, ready to speak; yields its URL.

    It drains when `taken_away` returns, which by default asks Ray, and ends its process then (`leave`).
    """
    pool = engine_pool(config)
    server = Server(config, pool)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(listening(server))
        stack.push_async_callback(pool.stop)
        await pool.start()
        stack.push_async_callback(server.drain)
        leaving = asyncio.create_task(_leave_early(stack, server, taken_away or _taken_away, leave or _end_process))
        try:
            yield url
        finally:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)


async def _leave_early(
    stack: AsyncExitStack, server: Server, taken_away: Callable[[], Awaitable[None]], leave: Callable[[], None]
) -> None:
    await taken_away()
    _log.info("this replica is taken away: it takes no new lines")
    await asyncio.gather(server.drain(), asyncio.sleep(_UNKNOWN_S))
    await stack.aclose()
    leave()


def _end_process() -> None:
    """At once: Ray's own thread is in its core and hears no signal, and everything of ours is closed by now."""
    logging.shutdown()
    os._exit(0)


async def _taken_away() -> None:
    """Until Ray says on one of our own ports that this replica is going."""
    low, high = (int(os.environ.get(name, default)) for name, default in _PORTS)
    timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        while True:
            for port in own_ports(range(low, high + 1)):
                if await _draining(client, f"http://127.0.0.1:{port}/-/healthz"):
                    return
            await asyncio.sleep(_EVERY_S)


async def _draining(client: aiohttp.ClientSession, url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with client.get(url) as answer:
            return answer.status == 503 and _DRAINING in await answer.text()
    return False


def own_ports(among: range) -> list[int]:
    """Those on which this very process listens (Linux: the sockets among its open files)."""
    mine = set()
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            mine.add(str(file.readlink()).removeprefix("socket:[").removesuffix("]"))
    rows = (line.split() for table in _TABLES if table.exists() for line in table.read_text("ascii").splitlines()[1:])
    listening_at = {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == _LISTENS and row[9] in mine}
    return sorted(listening_at & set(among))
