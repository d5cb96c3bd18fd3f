"""Replicas of the Ray Serve application that go while lines play: does every client get every sample?

    python -m tests.faults.replicas [--times 20] [--lines 16] [--slots 16] [--fewer 5]

It needs the extras `ray` and `redis` and Debian's redis-server, and starts a Ray of its own on this machine with two replicas
of the scripted model behind Ray's HAProxy. Each time one replica, chosen by chance, dies with -9 at a moment chosen by chance.
Then, `--fewer` times, the application is told to have one replica less during lines of half a minute, which must cut none.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from oncue.streaming.protocol import messages
from tests.faults.family import NAME
from tests.faults.listener import TEXT, Heard, hear
from tests.server.shared.redis_server import RedisServer

TOKEN = "faults"
_LATEST_S = 4.0
_START_S = 600.0
_AGENT_PORTS = {
    "dashboard-agent-grpc-port": "metrics_agent_port",
    "dashboard-agent-listen-port": "dashboard_agent_listen_port",
    "metrics-export-port": "metrics_export_port",
    "runtime-env-agent-port": "runtime_env_agent_port",
}
"""By option: the file in which Ray's node looks for that port."""
_REPLICA = b"ray::ServeReplica"
_RATE = messages.Open().audio.rate
_LONG = " ".join([TEXT] * 4)
"""A line of 32 s."""


def replicas() -> list[int]:
    """The processes of the replicas of our Ray."""
    return [pid for pid in _ours(os.getpid()) if _cmdline(pid).startswith(_REPLICA)]


def _ours(root: int) -> list[int]:
    """Processes that come from this one, by their parents."""
    parents = {}
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            with contextlib.suppress(OSError):
                parents[int(place.name)] = int((place / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
    found, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return sorted(found - {root})


def _cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@contextmanager
def head(folder: Path) -> Iterator[str]:
    """A Ray of our own for as long as the block lasts; its address.

    Ray's node gives its agents 15 s to write down their ports, which no setting changes and a busy machine exceeds. All ports are
    chosen here, so they can be written down before the agents are there.
    """
    ports = {name: free_port() for name in ("port", "ray-client-server-port", *_AGENT_PORTS)}
    command = [str(Path(sys.executable).parent / "ray"), "start", "--head", "--num-cpus=4", "--include-dashboard=false"]
    told = ["--object-store-memory=100000000", "--block", f"--temp-dir={folder}"]
    told += [f"--{name}={port}" for name, port in ports.items()]
    node = secrets.token_hex(28)
    environ = os.environ | {"RAY_OVERRIDE_NODE_ID_FOR_TESTING": node}
    with (folder / "ray.log").open("wb") as log:
        ray = subprocess.Popen([*command, *told], stdout=log, stderr=log, env=environ)
    try:
        while not (folder / "session_latest" / "logs").exists():
            time.sleep(0.05)
        for name, file in _AGENT_PORTS.items():
            (folder / "session_latest" / f"{file}_{node}").write_text(str(ports[name]), "ascii")
        yield f"127.0.0.1:{ports['port']}"
    finally:
        for pid in _ours(ray.pid):  # told politely, it would give every replica its time to drain
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ray.kill()
        ray.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def configure(folder: Path, redis: str) -> None:
    """What Ray and its replicas find in their environment."""
    from oncue.server.ray.application import ENVIRONMENT

    os.environ |= dict(ENVIRONMENT) | {
        "ONCUE_REDIS": redis,
        "ONCUE_FAMILY": NAME,
        "ONCUE_TOKEN": TOKEN,
        "ONCUE_VOICES_DIR": str(folder / "voices"),
        "ONCUE_MAX_CONNECTIONS": "256",
        "PYTHONPATH": str(Path.cwd()),
        "RAY_AUTH_MODE": "disabled",  # nobody else comes here
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_STATS_PORT": str(free_port()),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(free_port()),
        # On a machine that is busy with other things, the parts of Ray are slow to meet.
        "RAY_raylet_start_wait_time_s": "600",
        "RAY_agent_register_timeout_ms": "600000",
        "RAY_worker_register_timeout_seconds": "600",
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "600",
        "RAY_SERVE_HAPROXY_STARTUP_TIMEOUT_S": "600",
    }


@contextmanager
def attached(address: str) -> Iterator[None]:
    """Connected to our Ray; what goes wrong is told before it ends, for Ray itself would ask itself first."""
    import ray

    until = time.monotonic() + _START_S
    while not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False)
        except ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(1.0)
    try:
        yield
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        ray.shutdown()


def start(slots: int, count: int = 2) -> str:
    """The proxy and so many replicas; returns the URL."""
    from ray import serve

    port = free_port()
    with contextlib.suppress(TimeoutError):  # as below
        serve.start(http_options={"host": "127.0.0.1", "port": port})
    _run(count, slots)
    return f"http://127.0.0.1:{port}"


def _run(count: int, slots: int) -> None:
    """The application with so many replicas. Ray takes it for a new version, so the replica that stays is replaced, too."""
    from ray import serve

    from oncue.server.ray.application import build

    with contextlib.suppress(
        TimeoutError
    ):  # it waits for a minute for the proxy; whoever goes on asks the proxy itself
        serve.run(build({"replicas": str(count), "slots": str(slots), "cpus": "0.5"}))


async def until_up(count: int) -> None:
    """Until HAProxy sends clients to exactly so many replicas."""
    url = f"http://127.0.0.1:{os.environ['RAY_SERVE_HAPROXY_STATS_PORT']}/stats;csv"
    async with asyncio.timeout(_START_S), aiohttp.ClientSession() as client:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with client.get(url) as answer:
                    rows = [line.split(",") for line in (await answer.text()).splitlines()]
                up = [row for row in rows if len(row) > 17 and row[1].startswith("SERVE_REPLICA") and row[17] == "UP"]
                if len(up) == count:
                    return
            await asyncio.sleep(0.2)


async def hear_all(url: str, count: int, text: str = TEXT) -> tuple[list[Heard], list[asyncio.Task[Heard]]]:
    heard = [Heard(seed) for seed in range(count)]
    tasks = [asyncio.create_task(hear(url, one.seed, one, token=TOKEN, text=text)) for one in heard]
    await asyncio.gather(*(one.sounded.wait() for one in heard))
    return heard, tasks


async def _wanted(url: str, count: int, text: str) -> dict[int, bytes]:
    """Each line without anything that happens."""
    heard, tasks = await hear_all(url, count, text)
    await asyncio.gather(*tasks)
    return {one.seed: bytes(one.pcm) for one in heard}


def _told(heard: list[Heard], wanted: dict[int, bytes]) -> dict[str, Any]:
    """What came of the lines."""
    saw: Counter[str] = Counter()
    for one in heard:
        saw += Counter(set(one.saw))
    whole = sum(bytes(one.pcm) == wanted[one.seed] and one.ends == ["complete"] and not one.holes for one in heard)
    pause_s = round(max(one.stalled_s for one in heard), 2)
    return {"whole": whole, "lines": len(heard), "saw": dict(saw), "longest pause": pause_s}


async def _killed(url: str, wanted: dict[int, bytes], draw: random.Random) -> dict[str, Any]:
    heard, tasks = await hear_all(url, len(wanted))
    await asyncio.sleep(draw.uniform(0, _LATEST_S))
    alive = replicas()
    killed = draw.choice(alive)
    begun = time.monotonic()
    os.kill(killed, signal.SIGKILL)
    await asyncio.gather(*tasks)
    while len([pid for pid in replicas() if pid != killed]) < len(alive):
        await asyncio.sleep(0.05)
    await until_up(len(alive))
    return _told(heard, wanted) | {"replica back": round(time.monotonic() - begun, 2)}


async def _fewer(url: str, wanted: dict[int, bytes], draw: random.Random, slots: int) -> dict[str, Any]:
    heard, tasks = await hear_all(url, len(wanted), _LONG)
    await asyncio.sleep(draw.uniform(0, _LATEST_S))
    begun = time.monotonic()
    await asyncio.to_thread(_run, 1, slots)
    await asyncio.gather(*tasks)
    lasted_s = time.monotonic() - begun
    while len(replicas()) > 1:
        await asyncio.sleep(0.05)
    return _told(heard, wanted) | {
        "played on for": round(lasted_s, 2),
        "replica gone": round(time.monotonic() - begun, 2),
    }


async def run(
    url: str, times: int, fewer: int, count: int, slots: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Kill a replica so many times, and take one away so many times."""
    draw, killed, taken = random.Random(1), [], []
    await until_up(2)
    if fewer:
        wanted = await _wanted(url, count, _LONG)
        print(f"lines of {min(map(len, wanted.values())) / 2 / _RATE:.1f} s at least", flush=True)
    for number in range(fewer):
        taken.append(await _fewer(url, wanted, draw, slots))
        print(f"taken away {number + 1}/{fewer}: {taken[-1]}", flush=True)
        await asyncio.to_thread(_run, 2, slots)
        await until_up(2)
    if times:
        wanted = await _wanted(url, count, TEXT)
    for number in range(times):
        killed.append(await _killed(url, wanted, draw))
        print(f"killed {number + 1}/{times}: {killed[-1]}", flush=True)
    return killed, taken


def _lost(trials: list[dict[str, Any]]) -> int:
    return sum(trial["lines"] - trial["whole"] for trial in trials)


def main() -> int:
    """Print a line for each time, and a sum."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--fewer", type=int, default=5)
    parser.add_argument("--lines", type=int, default=16)
    parser.add_argument("--slots", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        redis = RedisServer(Path(place))
        asyncio.run(redis.start())
        try:
            configure(Path(place), redis.url)
            with head(Path(place)) as address, attached(address):
                url = start(given.slots)
                killed, taken = asyncio.run(run(url, given.times, given.fewer, given.lines, given.slots))
        finally:
            redis.kill()
    cut = sum(trial["saw"].get("connection lost", 0) for trial in taken)
    told = {"killed": len(killed), "lines": given.lines * len(killed), "not whole": _lost(killed)}
    if killed:
        told["replica back, median s"] = statistics.median(trial["replica back"] for trial in killed)
    print(json.dumps(told | {"taken away": len(taken), "of these lines not whole": _lost(taken), "cut": cut}))
    return 1 if _lost(killed) or _lost(taken) or cut else 0


if __name__ == "__main__":
    sys.exit(main())
