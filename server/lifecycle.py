"""A server from start to signal: engine first, then the port, then draining.

Also how another command of ours starts one as a child and waits until it can speak.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec

import aiohttp
from aiohttp import web

from oncue.model import registry
from oncue.model.text import qwen
from oncue.server.config import Config, ConfigError
from oncue.server.emotion.chat_endpoint import ChatEndpoint
from oncue.server.emotion.local_model import LocalModel
from oncue.server.emotion.service import EmotionBackend, EmotionService
from oncue.server.engines.handle import EngineHandle, EngineStartError
from oncue.server.engines.pool import EnginePool
from oncue.server.engines.process import EngineOptions, settle
from oncue.server.http.app import Server
from oncue.server.model_folders import installed

_START_S = 180.0
_STOP_S = 30.0


def options(config: Config) -> EngineOptions:
    """What the engine is to load: the weights that are named, else those that were fetched, else the family's own."""
    weights = config.weights_path or installed(config.family)
    return EngineOptions(config.family, weights, config.device, config.threads, config.dictionary_path)


def emotions(config: Config) -> EmotionService:
    """Who reads feelings in words: the endpoint that is named, else a model on this machine, else only the lexicon.

    Raises ConfigError when a model is named that cannot be there.
    """
    return EmotionService(_backend(config), config.emotion_timeout_s)


def _backend(config: Config) -> EmotionBackend | None:
    if config.emotion_url:
        return ChatEndpoint(config.emotion_url, config.emotion_model, config.emotion_key)
    named = config.emotion_path
    folder = named or registry.emotion_folder(config.family, config.weights_path or installed(config.family))
    if folder is None or not config.emotion_local:
        return None
    if named is not None and not named.is_dir():
        raise ConfigError("emotion_dir names no folder: give the one that holds the model's config.json.")
    if find_spec("transformers") is None:
        if named is not None:
            raise ConfigError("A model that names feelings needs transformers: `pip install 'oncue[gpu]'`.")
        return None
    return LocalModel(partial(qwen.load, folder, config.device, config.threads))


def crew(config: Config) -> EnginePool:
    """The engines of a server, not started. Raises ConfigError."""
    reader = emotions(config)
    return EnginePool(
        [
            EngineHandle(options(config), process=True, emotions=reader if number == 0 else None)
            for number in range(config.engines)
        ]
    )


@asynccontextmanager
async def listening(server: Server) -> AsyncIterator[str]:
    """The server's port, open; yields its URL. The engine is the caller's."""
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, server.config.host, server.config.port)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def serve(config: Config, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. Raises WorkerError or OSError when it cannot begin."""
    pool = crew(config)
    server = Server(config, pool)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    starting = asyncio.create_task(pool.start())
    try:
        async with listening(server) as url:
            await _first_of(starting, stop)
            if not stop.is_set():
                settle()
                announce(url)
                await stop.wait()
                await server.drain()
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await pool.stop()


async def _first_of(starting: asyncio.Task[None], stop: asyncio.Event) -> None:
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
        await wait_ready(url)
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


async def wait_ready(url: str) -> None:
    """Until a line could be spoken at `url`. Raises TimeoutError."""
    async with asyncio.timeout(_START_S), aiohttp.ClientSession() as client:
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with client.get(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)
