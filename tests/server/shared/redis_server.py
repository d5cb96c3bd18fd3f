"""Debian's redis-server for a test: on a socket file, in memory, and gone when told."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

from redis.asyncio import Redis


class RedisServer:
    """One that may be stopped, taken away for a while and started again, empty or as it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"unix://{folder / 'redis.sock'}"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Until it answers."""
        self._spawn()
        async with asyncio.timeout(60), Redis.from_url(self.url) as redis:
            while True:
                try:
                    await redis.ping()
                except (OSError, Exception):  # noqa: BLE001 -- whatever it says until it is there
                    await asyncio.sleep(0.02)
                else:
                    return

    def _spawn(self) -> None:
        command = [
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            str(self._folder / "redis.sock"),
            "--dir",
            str(self._folder),
        ]
        kept = ["--appendonly", "yes", "--appendfsync", "no", "--save", ""]
        self._process = subprocess.Popen([*command, *kept], stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """Kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
