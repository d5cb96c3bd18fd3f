"""A day of a server in minutes or hours: does its memory grow?

    python -m tests.soak.soak [MINUTES] [--family tests.soak.leaky:Leaky]

Clients come and go on `oncue serve`: lines to their end, lines cancelled, text in pieces, connections that are lost and resumed
or not, messages that are nonsense, voices asked for over HTTP. After every minute of that all leave, and when nothing is kept for
them any more the memory in use of the server and its engines is written down: with clients there, what they are sent comes and
goes in tens of megabytes, and no slope is seen among them. It ends 0 where the slope is surely no more than 1 MB an hour, 1 where it is surely more, and 2 where
the time was too short to say. The family that leaks is the control: it must end 1.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path

import aiohttp

from oncue.clients.client import Client, ClientError
from oncue.server.http.free_memory import EVERY_S
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.wire import AudioFrame
from tests.faults.family import NAME
from tests.faults.machine import Machine
from tests.soak.slope import slope

LIMIT_MB_PER_HOUR = 1.0
DEFAULT_MINUTES = 420.0
CLIENTS = 12
_BUSY_S = 60.0
_KEPT_S = 5.0
"""How long a lost session is kept; clients here come back at once or never."""
_LEAST = 4
"""Looks; with fewer there is no slope."""
_REST_S = _KEPT_S + EVERY_S + 5.0
"""Then nothing is kept for anybody, and memory that is free was given back."""
_TEXTS = (
    "Hello there.",
    "今天天气真好，我们出去走走吧。",
    "One, two, three. And now for something longer than that.",
    "No.",
)


class Soak:
    """What clients do, and what came of it."""

    def __init__(self, machine: Machine, seed: int) -> None:
        self._machine, self._draw = machine, random.Random(seed)
        self.until = 0.0
        self.tally: Counter[str] = Counter()

    async def client(self) -> None:
        """One after another, for as long as it lasts."""
        while time.monotonic() < self.until:
            try:
                async with asyncio.timeout(60):
                    await self._visit()
            except (ClientError, TimeoutError, aiohttp.ClientError) as error:
                self.tally[f"{type(error).__name__}"] += 1

    async def _visit(self) -> None:
        """One connection with a few lines on it."""
        draw = self._draw
        opened = messages.Open(marks=("word", "mouth"), lead_ms=draw.choice((300, 1500, messages.MAX_LEAD_MS)))
        async with await Client.connect(self._machine.url, opened) as client:
            for _ in range(draw.randrange(1, 5)):
                await self._line(client)
        if draw.random() < 0.2:
            async with aiohttp.ClientSession() as http, http.get(f"{self._machine.url}/v1/voices") as answer:
                self.tally[f"voices {answer.status}"] += 1

    async def _line(self, client: Client) -> None:
        draw, kind = self._draw, self._draw.choice(("whole", "whole", "pieces", "cancel", "update", "lost", "nonsense"))
        text = draw.choice(_TEXTS)
        if kind == "nonsense":
            await client.send(messages.Cancel("nobody"))
            return
        line = await client.speak(text, final=kind != "pieces", seed=draw.randrange(1000))
        if kind == "pieces":
            await line.append(" " + draw.choice(_TEXTS))
            await line.finish()
        if kind == "update":
            await line.update(duration=messages.Duration(ratio=1.1))
        lost = False
        while line.done is None:
            try:
                async for event in line:
                    if isinstance(event, AudioFrame) and kind == "cancel":
                        await line.cancel()
                    if isinstance(event, AudioFrame) and kind == "lost" and not lost:
                        lost = True
                        client._socket.transport.abort()
            except ClientError:
                if not lost:
                    raise
                await client.resume()
        self.tally[f"{kind} {line.done.reason}"] += 1


async def run(minutes: float, family: str, seed: int) -> int:
    """Print one JSON object."""
    samples: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        async with Machine(Path(folder), {"ONCUE_FAMILY": family, "ONCUE_RESUME_S": str(_KEPT_S)}) as machine:
            begun, soak = time.monotonic(), Soak(machine, seed)
            while len(samples) < _LEAST or time.monotonic() < begun + 60 * minutes:
                soak.until = time.monotonic() + _BUSY_S
                await asyncio.gather(*(soak.client() for _ in range(CLIENTS)))
                await asyncio.sleep(_REST_S)
                samples.append(((time.monotonic() - begun) / 3600, machine.rss_mb()))
    found = slope(samples)
    verdict = 0 if found.holds(LIMIT_MB_PER_HOUR) else 1 if found.grows(LIMIT_MB_PER_HOUR) else 2
    told = {
        "minutes": minutes,
        "family": family,
        "lines": dict(soak.tally.most_common()),
        "first_mb": round(samples[0][1], 1),
        "last_mb": round(samples[-1][1], 1),
        "mb_per_hour": round(found.per_hour, 2),
        "interval": [round(found.low, 2), round(found.high, 2)],
        "verdict": ("does not grow", "grows", "too short to say")[verdict],
    }
    print(json.dumps(told, indent=1))
    return verdict


def main() -> int:
    """See the module."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=DEFAULT_MINUTES)
    parser.add_argument("--family", default=NAME)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    return asyncio.run(run(given.minutes, given.family, given.seed))


if __name__ == "__main__":
    sys.exit(main())
