"""Replicas of the Ray Serve application that are killed while lines play: does every client get every sample?

    python -m tests.faults.replicas [--times 20] [--lines 16] [--slots 16]

It needs the extras `ray` and `redis` and Debian's redis-server, and starts a Ray of its own on this machine with two replicas
of the scripted model behind Ray's HAProxy. Each time one replica, chosen by chance, dies with -9 at a moment chosen by chance.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.family import NAME
from tests.faults.listener import Heard, hear
from tests.server.shared.redis_server import RedisServer

_TOKEN = "faults"
_LATEST_S = 4.0
_START_S = 600.0
_REPLICA = b"ray::ServeReplica"


def replicas() -> list[int]:
    """The processes of the replicas on this machine."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            try:
                if (place / "cmdline").read_bytes().startswith(_REPLICA):
                    found.append(int(place.name))
            except OSError:
                continue
    return sorted(found)


@contextmanager
def head(folder: Path) -> Iterator[str]:
    """A Ray of our own for as long as the block lasts; its address.

    Every port is given, so that its parts need not wait for each other to write theirs down.
    """
    names = (
        "port",
        "dashboard-agent-grpc-port",
        "dashboard-agent-listen-port",
        "metrics-export-port",
        "runtime-env-agent-port",
    )
    ports = {name: _free_port() for name in names}
    command = [
        str(Path(sys.executable).parent / "ray"),
        "start",
        "--head",
        "--num-cpus=4",
        "--include-dashboard=false",
        "--block",
    ]
    told = [f"--{name}={port}" for name, port in ports.items()]
    with (folder / "ray.log").open("wb") as log:
        ray = subprocess.Popen([*command, *told], stdout=log, stderr=log)
    try:
        yield f"127.0.0.1:{ports['port']}"
    finally:
        ray.terminate()
        ray.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def configure(folder: Path, redis: str) -> None:
    """What Ray and its replicas find in their environment."""
    os.environ |= {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "ONCUE_REDIS": redis,
        "ONCUE_FAMILY": NAME,
        "ONCUE_TOKEN": _TOKEN,
        "ONCUE_VOICES_DIR": str(folder / "voices"),
        "ONCUE_MAX_CONNECTIONS": "256",
        "PYTHONPATH": str(Path.cwd()),
        "RAY_AUTH_MODE": "disabled",  # nobody else comes here
        "RAY_USAGE_STATS_ENABLED": "0",
        # On a machine that is busy with other things, the parts of Ray are slow to meet.
        "RAY_raylet_start_wait_time_s": "600",
        "RAY_agent_register_timeout_ms": "600000",
        "RAY_worker_register_timeout_seconds": "600",
    }


def start(address: str, slots: int) -> str:
    """The proxy and two replicas; returns the URL."""
    import ray
    from ray import serve

    from oncue.server.ray.application import build

    until, port = time.monotonic() + _START_S, _free_port()
    while True:
        try:
            ray.init(address=address, log_to_driver=False)
            break
        except ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(1.0)
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    serve.run(build({"replicas": "2", "slots": str(slots), "cpus": "0.5"}))
    return f"http://127.0.0.1:{port}"


async def _hear_all(url: str, count: int) -> tuple[list[Heard], list[asyncio.Task[Heard]]]:
    heard = [Heard(seed) for seed in range(count)]
    tasks = [asyncio.create_task(hear(url, one.seed, one, token=_TOKEN)) for one in heard]
    await asyncio.gather(*(one.sounded.wait() for one in heard))
    return heard, tasks


async def _trial(url: str, wanted: dict[int, bytes], draw: random.Random, count: int) -> dict[str, Any]:
    heard, tasks = await _hear_all(url, count)
    await asyncio.sleep(draw.uniform(0, _LATEST_S))
    alive = replicas()
    killed = draw.choice(alive)
    begun = time.monotonic()
    os.kill(killed, signal.SIGKILL)
    await asyncio.gather(*tasks)
    while len([pid for pid in replicas() if pid != killed]) < len(alive):
        await asyncio.sleep(0.05)
    back_s = time.monotonic() - begun
    saw: Counter[str] = Counter()
    for one in heard:
        saw += Counter(set(one.saw))
    whole = sum(bytes(one.pcm) == wanted[one.seed] and one.ends == ["complete"] and not one.holes for one in heard)
    stalls = [one.stalled_s for one in heard]
    return {
        "whole": whole,
        "lines": count,
        "saw": dict(saw),
        "longest pause": round(max(stalls), 2),
        "replica back": round(back_s, 2),
    }


async def run(url: str, times: int, count: int) -> list[dict[str, Any]]:
    """Kill a replica so many times."""
    first, tasks = await _hear_all(url, count)
    await asyncio.gather(*tasks)
    wanted, draw, found = {one.seed: bytes(one.pcm) for one in first}, random.Random(1), []
    for number in range(times):
        trial = await _trial(url, wanted, draw, count)
        found.append(trial)
        print(f"{number + 1}/{times}: {trial}", flush=True)
        await asyncio.sleep(2.0)
    return found


def main() -> int:
    """Print a line for each time, and a sum."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--lines", type=int, default=16)
    parser.add_argument("--slots", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        redis = RedisServer(Path(place))
        asyncio.run(redis.start())
        try:
            configure(Path(place), redis.url)
            with head(Path(place)) as address:
                found = asyncio.run(run(start(address, given.slots), given.times, given.lines))
        finally:
            redis.kill()
    lines, whole = sum(trial["lines"] for trial in found), sum(trial["whole"] for trial in found)
    back = statistics.median(trial["replica back"] for trial in found)
    print(json.dumps({"times": len(found), "lines": lines, "not whole": lines - whole, "replica back, median s": back}))
    return 1 if whole < lines else 0


if __name__ == "__main__":
    sys.exit(main())
