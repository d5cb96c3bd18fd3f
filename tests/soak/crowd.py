"""A thousand connected sessions on one server: each has a line now and then, and each line exactly one end.

    python -m tests.soak.crowd [SESSIONS] [--minutes 2] [--at-once 30]

Sessions are connected in the first seconds and stay; lines come by chance so that about thirty are spoken at any moment. What a machine cannot
speak is refused as busy, which is an end like any other, but not a pass: ask a slow one for less. It prints how lines ended, the memory that a session costs, and how late the server's loop was (its own figure, `oncue_loop_lag_seconds`).
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import resource
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path

import aiohttp

from oncue.clients.client import Client, Refusal
from oncue.streaming.protocol import messages
from tests.faults.family import NAME
from tests.faults.machine import Machine

SESSIONS = 1000
TEXT = "A line of the crowd."
AT_ONCE = 30
_COMING = 50
"""So many connect at once; a client gives a handshake ten seconds."""
_LINE_S = 2.0
_LAG = re.compile(r'^oncue_loop_lag_seconds_(bucket\{le="([^"]+)"\}|count|sum) ([\d.e+-]+)$', re.MULTILINE)


async def _listener(
    url: str, number: int, coming: asyncio.Semaphore, until: float, pause_s: float, ends: Counter[str], wrong: list[str]
) -> None:
    draw = random.Random(number)
    async with coming:
        client = await Client.connect(url, messages.Open(marks=("word",)))
    try:
        await asyncio.sleep(draw.uniform(0, pause_s))
        while True:
            line = await client.speak(TEXT, seed=number)
            ended = 0
            try:
                async for event in line:
                    ended += isinstance(event, messages.Done)
                ends[line.done.reason if line.done else "none"] += 1
            except Refusal as refusal:
                ended += 1
                ends[refusal.code] += 1
            if ended != 1:
                wrong.append(f"session {number}: {ended} ends")
            await asyncio.sleep(min(draw.expovariate(1 / pause_s), max(0.0, until - time.monotonic())))
            if time.monotonic() >= until:
                return
    finally:
        await client.close(now=True)


async def run(sessions: int, minutes: float, at_once: float) -> int:
    """Print one JSON object."""
    pause_s = max(1.0, sessions * _LINE_S / at_once)
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        environ = {"ONCUE_FAMILY": NAME, "ONCUE_MAX_CONNECTIONS": str(sessions + 8)}
        async with Machine(Path(folder), environ) as machine:
            empty_mb, coming = machine.rss_mb(), asyncio.Semaphore(_COMING)
            until = time.monotonic() + 60 * minutes
            tasks = [
                asyncio.create_task(_listener(machine.url, number, coming, until, pause_s, ends, wrong))
                for number in range(sessions)
            ]
            while time.monotonic() < until - 30 * minutes:
                await asyncio.sleep(1)
            full_mb = machine.rss_mb()
            failed = [str(told) for told in await asyncio.gather(*tasks, return_exceptions=True) if told is not None]
            lag = await _lag(machine.url)
            after_mb = machine.rss_mb()
    told = {
        "sessions": sessions,
        "ends": dict(ends),
        "not exactly one end": wrong[:5],
        "failed": failed[:5],
        "rss_mb": {"empty": round(empty_mb, 1), "full": round(full_mb, 1), "after": round(after_mb, 1)},
        "kb_per_session": round(1024 * (full_mb - empty_mb) / sessions, 1),
        "loop_lag_s": lag,
    }
    print(json.dumps(told, indent=1))
    return 1 if wrong or failed or set(ends) != {"complete"} else 0


async def _lag(url: str) -> dict[str, float]:
    """The mean, and the bounds below which 50 and 99 % lie."""
    async with aiohttp.ClientSession() as client, client.get(f"{url}/metrics") as answer:
        text = await answer.text()
    buckets = [(float(found[2]), float(found[3])) for found in _LAG.finditer(text) if found[2]]
    figures = {found[1]: float(found[3]) for found in _LAG.finditer(text) if not found[2]}
    count = figures.get("count", 0.0)
    if not count:
        return {}
    below = {
        share: next((le for le, under in buckets if under >= share * count), float("inf")) for share in (0.5, 0.99)
    }
    return {"mean": round(figures["sum"] / count, 5), "p50 below": below[0.5], "p99 below": below[0.99]}


def main() -> int:
    """See the module."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("sessions", type=int, nargs="?", default=SESSIONS)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--at-once", type=float, default=AT_ONCE)
    given = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * given.sessions)), hard))
    return asyncio.run(run(given.sessions, given.minutes, given.at_once))


if __name__ == "__main__":
    sys.exit(main())
