"""`oncue serve --ray`: the application on a Ray that runs already, or on one that this command starts and ends.

It waits and announces as `oncue serve` does. What a replica does is in `replica`, what the application is in `application`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

from oncue.server.config import Config, ConfigError
from oncue.server.engines.handle import EngineStartError
from oncue.server.lifecycle import first_of, wait_ready
from oncue.server.ray.application import ENVIRONMENT, build
from oncue.server.ray.replica import GRACE_S

NAME = "oncue"


async def serve_on_ray(config: Config, arguments: Mapping[str, str], announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; then replicas let their lines end. Raises ConfigError."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    ray, serve = _ray()
    application = build(dict(arguments), config)  # a wrong configuration is told before anything is started
    stop = asyncio.Event()
    await asyncio.to_thread(ray.init, log_to_driver=False)
    for number in (signal.SIGINT, signal.SIGTERM):  # after Ray, which has handlers of its own
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    starting = asyncio.create_task(_deploy(serve, application, config))
    try:
        await first_of(starting, stop)
        if not stop.is_set():
            announce(starting.result())
            await stop.wait()
            await asyncio.to_thread(_end, serve)
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await asyncio.to_thread(ray.shutdown)


async def _deploy(serve: Any, application: Any, config: Config) -> str:
    """Until a line could be spoken; returns the URL. Ray waits a minute for its proxy and gives up: it is asked here instead."""
    with contextlib.suppress(TimeoutError):
        await asyncio.to_thread(serve.start, http_options={"host": config.host, "port": config.port})
    with contextlib.suppress(TimeoutError):
        await asyncio.to_thread(serve.run, application, name=NAME)
    host = "127.0.0.1" if config.host in {"0.0.0.0", "::"} else config.host  # noqa: S104 -- compared, not listened on
    url = f"http://{host}:{config.port}"
    try:
        await wait_ready(url)
    except TimeoutError:
        raise EngineStartError(
            "No replica was ready in time: Ray's logs, in /tmp/ray/session_latest/logs, say why."
        ) from None
    return url


def _end(serve: Any) -> None:
    """Until every replica has left; Ray itself waits for a minute."""
    until = time.monotonic() + GRACE_S
    while time.monotonic() < until:
        with contextlib.suppress(TimeoutError):
            serve.delete(NAME)
            return


def _ray() -> tuple[Any, Any]:
    """Ray and its Serve, which take seconds to import. Raises ConfigError."""
    try:
        import ray
        from ray import serve
    except ImportError:
        raise ConfigError("Ray needs one more package: pip install 'oncue[ray]'.") from None
    return ray, serve
