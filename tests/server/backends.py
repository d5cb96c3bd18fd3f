"""Back-ends that do as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal

from tests.emotions import weights


class Scripted:
    """Answers what is in `script`, raises it if it is an error, and says nothing at all where it is None."""

    name: Literal["endpoint", "local"] = "endpoint"

    def __init__(self, script: Mapping[str, tuple[float, ...] | Exception | None], *, ready: bool = True) -> None:
        self.script = dict(script)
        self.ready = ready
        self.asked: list[str] = []
        self.closed = False

    async def start(self) -> None:
        pass

    async def settled(self) -> None:
        pass

    async def weigh(self, words: str) -> tuple[float, ...]:
        self.asked.append(words)
        answer = self.script[words]
        if isinstance(answer, Exception):
            raise answer
        return await asyncio.get_running_loop().create_future() if answer is None else answer

    async def close(self) -> None:
        self.closed = True


class Gated(Scripted):
    """Answers `weights(angry=0.5)` to each description when its gate is opened, and not before."""

    def __init__(self) -> None:
        super().__init__({})
        self.gates: dict[str, asyncio.Event] = {}

    def open(self, words: str) -> None:
        self.gates.setdefault(words, asyncio.Event()).set()

    async def weigh(self, words: str) -> tuple[float, ...]:
        self.asked.append(words)
        await self.gates.setdefault(words, asyncio.Event()).wait()
        return weights(angry=0.5)


async def settle() -> None:
    """Let everything happen that waits for nothing."""
    for _ in range(20):
        await asyncio.sleep(0)
