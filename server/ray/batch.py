"""Lines of a batch spoken by tasks of Ray, so that all machines of a cluster share them: `oncue render --ray`.

A task is some lines; the process that runs it loads its engine for the first one and keeps it for those that follow. A line is
a function of what was asked, so Ray may run a task again elsewhere when its machine dies, and nobody hears a difference. What
is made comes back to whoever asked; nothing but the voices is looked for on the machines.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import lru_cache

import msgspec

from oncue.clients.client import Refusal
from oncue.server.config import Config, ConfigError
from oncue.server.local_engine import LineCollector, LocalEngine, local_engine
from oncue.server.ray.own_voices import with_own_voices
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.errors import OnCueError

MOST_LINES = 16
"""In a task: enough that sending it costs nothing, few enough that little is done again when a machine dies."""
TASKS_PER_CORE = 4
"""So that cores which are done early take from those that are not."""

Outcome = LineCollector | messages.Error
Submit = Callable[[str, list[messages.Speak], int], Awaitable[tuple[str, list[Outcome]]]]


class RayBatch:
    """Takes lines one by one and has them spoken some at a time."""

    def __init__(self, config: Config, submit: Submit, cores: int, together: int) -> None:
        """`together` lines of a task are spoken at once."""
        self._config, self._submit, self._cores, self._together = encoded(config), submit, cores, together
        self._waiting: list[tuple[messages.Speak, asyncio.Future[LineCollector]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def made_by(self) -> str:
        """Which model speaks. Raises what loading it raises."""
        return (await self._submit(self._config, [], self._together))[0]

    async def speak(self, line: messages.Speak) -> LineCollector:
        """A line, spoken with those that are asked for in the same moment. Raises Refusal."""
        loop = asyncio.get_running_loop()
        spoken: asyncio.Future[LineCollector] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._send)
        self._waiting.append((line, spoken))
        return await spoken

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        size = max(1, min(MOST_LINES, math.ceil(len(waiting) / (TASKS_PER_CORE * self._cores))))
        for start in range(0, len(waiting), size):
            task = asyncio.get_running_loop().create_task(self._run(waiting[start : start + size]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, some: list[tuple[messages.Speak, asyncio.Future[LineCollector]]]) -> None:
        try:
            _, outcomes = await self._submit(self._config, [line for line, _ in some], self._together)
        except Exception as error:  # noqa: BLE001 -- whatever Ray raises, it is each line's
            for _, spoken in some:
                if not spoken.done():
                    spoken.set_exception(error)
            return
        for (_, spoken), outcome in zip(some, outcomes, strict=True):
            if spoken.done():
                continue
            if isinstance(outcome, messages.Error):
                spoken.set_exception(Refusal(outcome))
            else:
                spoken.set_result(outcome)


@asynccontextmanager
async def ray_batch(config: Config, together: int) -> AsyncIterator[RayBatch]:
    """On the Ray that `RAY_ADDRESS` names or that runs here, else on one of this machine for as long as it is needed.

    Raises ConfigError without the extra.
    """
    try:
        import ray
    except ImportError:
        raise ConfigError("Ray needs one more package: pip install 'oncue[ray]'.") from None
    ray.init(log_to_driver=False, ignore_reinit_error=True)
    gpus = 1 if config.device.startswith("cuda") else 0
    remote = ray.remote(num_cpus=config.threads, num_gpus=gpus)(spoken_here)

    async def submit(told: str, lines: list[messages.Speak], at_once: int) -> tuple[str, list[Outcome]]:
        found: tuple[str, list[Outcome]] = await remote.remote(told, lines, at_once)
        return found

    try:
        yield RayBatch(config, submit, max(1, int(ray.cluster_resources().get("CPU", 1)) // config.threads), together)
    finally:
        ray.shutdown()


def encoded(config: Config) -> str:
    """A configuration as text that a process can tell from another."""
    return msgspec.json.encode(config).decode()


def spoken_here(config: str, lines: list[messages.Speak], together: int) -> tuple[str, list[Outcome]]:
    """What a task does: which model speaks, and each line or why not."""
    return _worker(config).speak(lines, together)


@lru_cache(maxsize=1)
def _worker(config: str) -> _Worker:
    return _Worker(msgspec.json.decode(config, type=Config))


class _Worker:
    """The engine of a process that runs tasks, loaded once. Its loop runs while there is a task."""

    def __init__(self, config: Config) -> None:
        self._loop = asyncio.new_event_loop()
        config = with_own_voices(config, f"task-{os.getpid()}")
        self._loop.run_until_complete(_copy_voices(config))
        self._life: AbstractAsyncContextManager[LocalEngine] = local_engine(config, warm=False)
        self._engine = self._loop.run_until_complete(self._life.__aenter__())

    def speak(self, lines: list[messages.Speak], together: int) -> tuple[str, list[Outcome]]:
        """Every line, so many at once."""
        return self._loop.run_until_complete(self._speak(lines, together))

    async def _speak(self, lines: list[messages.Speak], together: int) -> tuple[str, list[Outcome]]:
        gate = asyncio.Semaphore(together)

        async def one(line: messages.Speak) -> Outcome:
            async with gate:
                try:
                    return await self._engine.speak(line)
                except Refusal as no:
                    return messages.Error(line.id, no.code, str(no), no.retry, no.detail, terminal=True)
                except OnCueError as no:
                    return messages.Error(line.id, no.code, no.message, no.retry, no.detail, terminal=True)

        outcomes = list(await asyncio.gather(*map(one, lines)))
        await self._engine.pool.audit.flush()
        spec = self._engine.pool.spec
        return f"{spec.family} {spec.revision}", outcomes


async def _copy_voices(config: Config) -> None:
    """With Redis, the voices that the servers share; else they are in a folder that all machines have."""
    if not config.redis:
        return
    from oncue.server.shared import redis_client
    from oncue.server.shared.voices import SharedVoices
    from oncue.server.voices.copies import Copies

    redis = redis_client.connect(config.redis)
    try:
        await SharedVoices(redis, Copies(config.voices_path), lambda _key: None).sync()
    finally:
        await redis.aclose()
