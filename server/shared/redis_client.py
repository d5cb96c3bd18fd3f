"""The connection to the Redis that servers of one house share: short timeouts, and one kind of error when it is away.

Nothing here waits long: whoever asks goes on without an answer. Redis is a place to meet and never the only one that knows.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from oncue.server.config import ConfigError

if TYPE_CHECKING:
    from redis.asyncio import Redis

TIMEOUT_S = 1.0
"""How long an answer may take."""


def connect(url: str) -> Redis:
    """A client, not connected yet. Raises ConfigError where the extra is missing or the URL is none."""
    try:
        from redis.asyncio import Redis
    except ImportError:
        raise ConfigError("A shared Redis needs one more package: pip install 'oncue[redis]'.") from None
    try:
        return Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, health_check_interval=15)
    except ValueError as error:
        raise ConfigError("redis is a URL like redis://127.0.0.1:6379/0, rediss://… or unix:///path.") from error


def ending() -> bool:
    """Whether the task that asks was cancelled: the client's own timeouts may make an error of Redis of that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def away() -> tuple[type[Exception], ...]:
    """What is raised when Redis is away, slow or broken; looked up late, because the package is an extra."""
    from redis.exceptions import RedisError

    return (RedisError, OSError, TimeoutError)
