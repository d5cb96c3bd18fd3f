"""What the way through Ray Serve costs a listener: the same lines by a plain server and through HAProxy and a replica, in turns.

    python -m tests.benches.ray_path [--times 20] [--family tests.faults.family:many]

Both run at once on this machine and are asked one after the other, in the order A B B A, so what else the machine does meets
both alike. It prints, for each way, the time to the first sound and to the end of `ready`, and the differences. It needs the
extras `ray` and `redis`, Debian's redis-server, and a machine with nothing else to do.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

from oncue.clients.client import Client
from oncue.streaming.protocol.wire import AudioFrame
from tests.faults.family import NAME
from tests.faults.machine import Machine
from tests.faults.replicas import TOKEN, attached, configure, head, start, until_up
from tests.server.shared.redis_server import RedisServer

_TEXT = "The same line, by one way and by the other."
_ORDER = ("plain", "ray", "ray", "plain")


async def _first_sound(url: str, seed: int) -> tuple[float, float]:
    """Seconds until the server was ready for this client, and from the line to its first sound."""
    begun = time.perf_counter()
    async with await Client.connect(url, token=TOKEN) as client:
        ready_s, asked = time.perf_counter() - begun, time.perf_counter()
        sounded_s = None
        async for event in await client.speak(_TEXT, seed=seed):
            if sounded_s is None and isinstance(event, AudioFrame):
                sounded_s = time.perf_counter() - asked
        assert sounded_s is not None, "a line without sound"
        return ready_s, sounded_s


async def _compare(urls: dict[str, str], times: int) -> dict[str, dict[str, float]]:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in urls}
    for number in range(times + 1):
        for name in _ORDER:
            taken = await _first_sound(urls[name], number)
            if number:  # the first round warms both
                found[name].append(taken)
    told = {}
    for place, what in enumerate(("ready", "first sound")):
        by_name = {name: [each[place] * 1000 for each in rows] for name, rows in found.items()}
        medians = {f"{name} ms": round(statistics.median(rows), 2) for name, rows in by_name.items()}
        pairs = [ray - plain for ray, plain in zip(by_name["ray"], by_name["plain"], strict=True)]
        told[what] = medians | {"ray adds, median ms": round(statistics.median(pairs), 2)}
    return told


async def _run(url: str, place: Path, times: int) -> dict[str, dict[str, float]]:
    await until_up(1)
    folder = place / "plain"
    folder.mkdir()
    async with Machine(folder, {}) as machine:
        return await _compare({"plain": machine.url, "ray": url}, times)


def main() -> int:
    """Print one JSON object."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--family", default=NAME)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place, redis = Path(name), RedisServer(Path(name))
        asyncio.run(redis.start())
        try:
            configure(place, redis.url)
            os.environ["ONCUE_FAMILY"] = given.family
            with head(place) as address, attached(address):
                url = start(16, count=1)
                print(json.dumps(asyncio.run(_run(url, place, given.times)), indent=1))
        finally:
            redis.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
