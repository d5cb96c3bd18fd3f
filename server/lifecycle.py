"""A server from start to signal: the engines begin to load, meanwhile what serves is imported, then the port, then draining.

Also how another command of ours starts one as a child and waits until it can speak.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from oncue.server.config import Config
from oncue.server.engines.handle import EngineStartError
from oncue.server.engines.pool import EnginePool
from oncue.server.engines.process import freeze_heap
from oncue.server.from_config import engine_pool

if TYPE_CHECKING:  # all that speaks HTTP takes half a second to import, and a whole engine loads meanwhile
    from aiohttp import web

    from oncue.server.http.app import Server

_START_S = 180.0
_STOP_S = 30.0


class ListenError(Exception):
    """The port cannot be opened; the message is a sentence for the operator."""


@asynccontextmanager
async def listening(server: Server) -> AsyncIterator[str]:
    """The server's port, open; yields its URL. The engine is the caller's. Raises ListenError."""
    from aiohttp import web

    from oncue.server.http import tls

    config = server.state.config
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        held = tls.certificate(config)
        await _open_port(runner, config, held.context() if held else None)
        host, port = runner.addresses[0][:2]
        yield f"{'https' if held else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _wyoming(server: Server) -> AsyncIterator[None]:
    """The port of the Wyoming protocol, open if there is to be one. Raises ListenError."""
    place = server.state.config.wyoming_place
    if place is None:
        yield
        return
    from oncue.server.compat.wyoming import wyoming_port

    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(wyoming_port(server.state, *place))
        except OSError as error:
            raise ListenError(f"Nothing can listen for Wyoming on {place[0]}:{place[1]}: {error.strerror}.") from error
        yield


async def _open_port(runner: web.AppRunner, config: Config, secured: ssl.SSLContext | None) -> None:
    from aiohttp import web

    try:
        await web.TCPSite(runner, config.host, config.port, ssl_context=secured).start()
    except OSError as error:
        raise _not_open(config, error) from error


def _not_open(config: Config, error: OSError) -> ListenError:
    """The port cannot be opened, in a sentence."""
    place = f"{config.host}:{config.port}"
    if error.errno == errno.EADDRINUSE:
        return ListenError(
            f"Something else listens on {place}: stop it, or choose another port with --port (0 takes a free one)."
        )
    return ListenError(f"The server cannot listen on {place}: {os.strerror(error.errno or errno.EINVAL)}.")


def _check_port(config: Config) -> None:
    """Whether the port could be opened now: what is wrong with it is told before an engine is started. Raises ListenError."""
    try:
        found = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return  # whoever opens it says what is wrong with the name
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise _not_open(config, error) from error


async def serve(config: Config, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. Raises ListenError or EngineStartError when it cannot begin."""
    _check_port(config)
    pool = engine_pool(config)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    starting = asyncio.create_task(pool.start())
    try:
        server = await asyncio.to_thread(_server, config, pool)
        async with listening(server) as url, _wyoming(server):
            await first_of(starting, stop)
            if not stop.is_set():
                freeze_heap()
                announce(url)
                await stop.wait()
                await server.drain()
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await pool.stop()


def _server(config: Config, pool: EnginePool) -> Server:
    """What serves, imported."""
    from oncue.server.http.app import Server

    return Server(config, pool)


async def first_of(starting: asyncio.Task[Any], stop: asyncio.Event) -> None:
    """Until the engine can speak, or we are told to stop before that."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
    finally:
        stopping.cancel()


@asynccontextmanager
async def child_server(*flags: str) -> AsyncIterator[str]:
    """A server of our own on a free port, ready to speak; yields its URL. Raises WorkerError."""
    command = (sys.executable, "-m", "oncue.server.cli", "serve", "--port", "0", "--json", *flags)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_START_S):
            line = await process.stdout.readline()
        if not line:
            raise EngineStartError("The server could not be started.")
        url = str(json.loads(line)["url"])
        await wait_ready(url, verify=False)  # it is our own child, with a certificate that perhaps nobody signed
        yield url
    except TimeoutError:
        raise EngineStartError(f"The server was not ready after {_START_S:.0f} s.") from None
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask it to stop, and insist when it does not."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()


async def wait_ready(url: str, *, verify: bool = True) -> None:
    """Until a line could be spoken at `url`. Raises TimeoutError."""
    import aiohttp

    async with asyncio.timeout(_START_S), aiohttp.ClientSession() as client:
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with client.get(f"{url}/readyz", ssl=verify) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)
