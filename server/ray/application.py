"""`oncue serve` as a Ray Serve application: `serve run oncue.server.ray.application:build`.

A replica is a whole server of ours with its engine, reached over Ray's HAProxy path. Replicas share nothing but the Redis of
the configuration: voices are the same on all, and a line that was lost with its replica is resumed on any other. So nothing
depends on which replica a client reaches. The configuration comes from the environment, as everywhere.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from oncue.server import config as configuration
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from oncue.server.ray.bridge import Bridge

LONGEST_LINE_S = 600.0
"""A replica that is taken away has this long: longer than any line, or lines would be cut."""
SOCKETS_PER_SLOT = 4
"""Connections that a replica takes for each line it can speak at once: most clients listen to nothing at any moment."""


@asynccontextmanager
async def replica_server() -> AsyncIterator[str]:
    """A server on a loopback port of its own, with the voices of this replica in a folder of its own; yields its URL."""
    config = replica_config(os.environ, os.getpid())
    pool = engine_pool(config)
    server = Server(config, pool)
    async with listening(server) as url:
        try:
            await pool.start()
            yield url
            await server.drain()
        finally:
            await pool.stop()


def replica_config(environ: Any, replica: int) -> configuration.Config:
    """The configuration of one replica: it listens on loopback, and what is before it on all addresses, so it needs a key.

    Clients ask for the machines by names, which are given in `hosts`. With Redis each replica has a copy of the voices,
    for a folder is one server's copy. Raises ConfigError.
    """
    config = configuration.load(None, environ, {"host": "0.0.0.0", "port": 0, "tls": "", "wyoming": ""})  # noqa: S104
    config = msgspec.structs.replace(config, host="127.0.0.1")
    if not config.redis:
        return config
    folder = Path(str(config.voices_path) + f".replica-{replica}")
    keep = {
        "keys_file": str(config.keys_path),
        "watermark_file": str(config.watermark_path),
        "audit_file": str(config.audit_path),
    }
    return msgspec.structs.replace(config, voices_dir=str(folder), **keep)


def build(arguments: dict[str, str] | None = None) -> Any:
    """The application. `arguments`: `replicas` (at least), `most` (at most), `slots` (lines a replica speaks at once), `cpus` and `gpus`."""
    from ray import serve

    given = arguments or {}
    slots, fewest = int(given.get("slots", "4")), int(given.get("replicas", "1"))
    most = int(given.get("most", str(fewest)))
    scaling = {"min_replicas": fewest, "max_replicas": most, "target_ongoing_requests": SOCKETS_PER_SLOT * slots * 0.7}
    options: dict[str, Any] = {
        "max_ongoing_requests": SOCKETS_PER_SLOT * slots,
        "graceful_shutdown_timeout_s": LONGEST_LINE_S,
        "health_check_period_s": 2,
        "ray_actor_options": {"num_cpus": float(given.get("cpus", "1")), "num_gpus": float(given.get("gpus", "0"))},
        **({"num_replicas": fewest} if most == fewest else {"autoscaling_config": scaling}),
    }

    deployment: Any = serve.deployment(**options)(serve.ingress(_bridge)(OnCue))
    return deployment.bind()


class OnCue:
    """What Ray calls a replica; everything is in the application behind it."""


def _bridge() -> Bridge:
    return Bridge(replica_server)
