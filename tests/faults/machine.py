"""A server as a command, on one port for all its lives, that may be killed at any moment, and its engines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import aiohttp

from oncue.clients.client import Client, ClientError
from oncue.streaming.protocol.wire import AudioFrame

_READY_S = 300.0
_LOOK_S = 0.1
"""Looking costs the machine that is looked at."""


class Machine:
    """`oncue serve` with its data in `folder`; `environ` is laid over the configuration of this machine."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.url = ""
        self._environ = (
            os.environ | {"ONCUE_VOICES_DIR": str(folder / "voices"), "PYTHONUNBUFFERED": "1"} | dict(environ)
        )
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """Its present life."""
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        """A life from the command to the first line that could be spoken."""
        command = (sys.executable, "-m", "oncue.server.cli", "serve", "--port", str(self._port), "--json")
        self._process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, env=self._environ
        )
        assert self._process.stdout is not None
        told = await asyncio.wait_for(self._process.stdout.readline(), _READY_S)
        self.url = json.loads(told)["url"]
        self._port = int(self.url.rpartition(":")[2])
        await self.ready()

    async def ready(self) -> None:
        """Until it says that a line could be spoken."""
        async with asyncio.timeout(_READY_S), aiohttp.ClientSession() as client:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with client.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(_LOOK_S)

    async def speaks(self) -> float:
        """Seconds until a new line of a new client is heard."""
        begun = time.monotonic()
        async with asyncio.timeout(_READY_S):
            while True:
                with contextlib.suppress(ClientError):
                    async with await Client.connect(self.url) as client:
                        async for event in await client.speak("Are you there?"):
                            if isinstance(event, AudioFrame):
                                return time.monotonic() - begun
                await asyncio.sleep(_LOOK_S)

    def kill_engine(self) -> None:
        """The first engine dies and has no time to say so."""
        os.kill(self.engines()[0], signal.SIGKILL)

    async def kill(self) -> None:
        """The server dies; so do its engines, when they find out."""
        self.process.kill()
        await self.process.wait()

    def engines(self) -> list[int]:
        """The engine processes."""
        found = set()
        for task in Path(
            f"/proc/{self.process.pid}/task"
        ).iterdir():  # a child is listed with the thread that started it
            for child in (task / "children").read_text("ascii").split():
                with contextlib.suppress(OSError):
                    if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                        found.add(int(child))
        return sorted(found)

    def rss_mb(self) -> float:
        """Memory of the server and its engines that is in use."""
        return sum(_rss_mb(pid) for pid in (self.process.pid, *self.engines()))


def _rss_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0
