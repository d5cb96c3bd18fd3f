"""Open-loop load: lines are due at times drawn beforehand, whether or not earlier ones have ended.

A generator that waits for an answer before it asks again is polite to a server that is slow, and so measures the less the worse
the server is (coordinated omission). Here every line is counted from when it was due. What came of it is
summed up in `clients/bench/figures.py`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from oncue.clients.bench.listeners import HeardLine, listen
from oncue.clients.client import Client, ClientError, Refusal

PATIENCE_S = 60.0
"""A line that has not ended so long after it was due counts as failed."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A line that is due `at_s` seconds after the load began."""

    at_s: float
    text: str
    seed: int


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """What came of an arrival: a line that was heard to its end, or the code of what went wrong."""

    due_at: float
    asked_at: float
    heard: HeardLine | None
    problem: str = ""


def arrivals(texts: Sequence[str], per_s: float, seconds: float, seed: int) -> tuple[Arrival, ...]:
    """A Poisson process: gaps are exponential with mean 1 / per_s. Same seed, same arrivals."""
    draw = random.Random(seed)
    found, at_s = list[Arrival](), draw.expovariate(per_s)
    while at_s < seconds:
        found.append(Arrival(at_s, draw.choice(texts), draw.getrandbits(32)))
        at_s += draw.expovariate(per_s)
    return tuple(found)


class ConnectionPool:
    """Connections made beforehand, so that connecting is in no figure; a line takes the one with the fewest lines."""

    def __init__(self, clients: Sequence[Client]) -> None:
        self._lines = dict.fromkeys(range(len(clients)), 0)
        self._clients = clients

    async def hear(self, arrival: Arrival, due_at: float, clock: Callable[[], float] = time.monotonic) -> OfferedLine:
        """Speak the line now and hear it out, or say why that failed."""
        index = min(self._lines, key=lambda number: self._lines[number])
        self._lines[index] += 1
        asked_at = clock()
        try:
            async with asyncio.timeout(PATIENCE_S):
                heard = await listen(self._clients[index], arrival.text, due_at=due_at, clock=clock, seed=arrival.seed)
            failed = heard.done.error.code if heard.done.error is not None else ""
            return OfferedLine(due_at, asked_at, None if failed else heard, failed)
        except Refusal as refusal:
            return OfferedLine(due_at, asked_at, None, refusal.code)
        except ClientError:
            return OfferedLine(due_at, asked_at, None, "connection_lost")
        except TimeoutError:
            return OfferedLine(due_at, asked_at, None, "never_ended")
        finally:
            self._lines[index] -= 1


@asynccontextmanager
async def connected(url: str, token: str, connections: int) -> AsyncIterator[ConnectionPool]:
    """A pool of so many connections. Raises ClientError."""
    async with AsyncExitStack() as stack:
        opened = [await Client.connect(url, token=token) for _ in range(connections)]
        for client in opened:
            await stack.enter_async_context(client)
        yield ConnectionPool(opened)


async def offer(
    pool: ConnectionPool, due: Sequence[Arrival], clock: Callable[[], float] = time.monotonic
) -> list[OfferedLine]:
    """Ask for every line when it is due, and wait until all have ended."""
    began = clock()
    async with asyncio.TaskGroup() as group:
        tasks = list[asyncio.Task[OfferedLine]]()
        for arrival in due:
            await asyncio.sleep(max(0.0, began + arrival.at_s - clock()))
            tasks.append(group.create_task(pool.hear(arrival, began + arrival.at_s, clock)))
    return [task.result() for task in tasks]
