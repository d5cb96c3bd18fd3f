"""Faults while lines play, each many times, and what came of them: what clients saw, what was lost, how long it took.

    python -m tests.faults.table [--times 20] [--only kill-engine,drain] [--family tiny] [--markdown docs/reliability.md]

It starts `oncue serve` as a command, by default with the scripted model, and clients that want their lines whatever happens.
A line is whole when its client has every sample of it, the same to the bit as the same line without a fault. What has to be
mounted (the full disk) needs root, and Debian's redis-server must be there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import numpy as np

from oncue.model.api import Voice
from oncue.server.audit.log import AuditLog
from oncue.server.voices.quality import RecordingFigures, judge
from oncue.server.voices.store import Consent, Provenance, VoiceStore
from tests.faults.family import NAME
from tests.faults.listener import Heard, hear
from tests.faults.machine import Machine
from tests.server.shared.redis_server import RedisServer
from tests.sounds import good_recording

LINES = 8
CROWD = 16
AWAY_S = 30.0
WITH_REDIS = {"kill-server-redis", "kill-redis", "redis-away"}
_DISK_KB = 1024
_LATEST_S = 4.0
"""A fault comes so long after the first sound at the latest; a line is about eight seconds."""


@dataclass(slots=True)
class Trial:
    """One time of one fault."""

    lines: int = 0
    whole: int = 0
    seconds: float = 0.0
    """Until everything was as before."""
    saw: Counter[str] = field(default_factory=Counter)
    stalled_s: list[float] = field(default_factory=list)
    lasted_s: float = 0.0
    """From the first line's asking to the last line's end."""
    wrong: list[str] = field(default_factory=list)
    """What should not have happened."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a fault is given; `redis` where there is one."""

    machine: Machine
    redis: RedisServer
    wanted: Mapping[int, bytes]
    draw: random.Random

    @asynccontextmanager
    async def playing(
        self, count: int, trial: Trial, voice: str | None = None, *, insist: bool = True
    ) -> AsyncIterator[list[Heard]]:
        """So many lines, from the moment all are heard; at the end they are waited for and looked at."""
        heard = [Heard(seed) for seed in range(count)]
        tasks = [
            asyncio.create_task(hear(self.machine.url, one.seed, one, voice=voice, insist=insist)) for one in heard
        ]
        begun = time.monotonic()
        try:
            await asyncio.gather(*(_sounded(one, task) for one, task in zip(heard, tasks, strict=True)))
            await asyncio.sleep(self.draw.uniform(0, _LATEST_S))
            yield heard
            await asyncio.gather(*tasks)
            trial.lasted_s = time.monotonic() - begun
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for one in heard:
            trial.lines += 1
            trial.whole += bytes(one.pcm) == self.wanted[one.seed] and one.ends == ["complete"]
            trial.saw += Counter(set(one.saw))
            trial.stalled_s.append(one.stalled_s)
            if len(one.ends) != 1 or one.holes:
                trial.wrong.append(f"{len(one.ends)} ends, {one.holes} holes")


async def _sounded(heard: Heard, task: asyncio.Task[Heard]) -> None:
    """Until there is sound. Raises what the listener raised."""
    sounded = asyncio.create_task(heard.sounded.wait())
    await asyncio.wait({sounded, task}, return_when=asyncio.FIRST_COMPLETED)
    sounded.cancel()
    if task.done():
        task.result()


async def kill_engine(bench: Bench, trial: Trial) -> None:
    """Kill -9 of the engine."""
    async with bench.playing(LINES, trial):
        bench.machine.kill_engine()
        trial.seconds = await bench.machine.speaks()


async def kill_server(bench: Bench, trial: Trial) -> None:
    """Kill -9 of the server, which is started again at once."""
    async with bench.playing(LINES, trial):
        begun = time.monotonic()
        await bench.machine.kill()
        await bench.machine.start()
        trial.seconds = time.monotonic() - begun + await bench.machine.speaks()


async def kill_server_resumed(bench: Bench, trial: Trial) -> None:
    """Kill -9 of the server, with Redis."""
    await kill_server(bench, trial)


async def kill_redis(bench: Bench, trial: Trial) -> None:
    """Kill -9 of Redis, which is started again at once."""
    async with bench.playing(LINES, trial):
        begun = time.monotonic()
        bench.redis.kill()
        await bench.redis.start()
        trial.seconds = await _shared_again(bench, begun)


async def redis_away(bench: Bench, trial: Trial) -> None:
    """Redis is away for thirty seconds, while lines with a known voice are asked for and a new voice is."""
    bench.redis.kill()
    end = time.monotonic() + AWAY_S
    while time.monotonic() < end:
        async with bench.playing(LINES, trial):
            status = await _add_voice(bench.machine.url, "late")
            trial.saw[f"a new voice: {status}"] += 1
            if status != 503:
                trial.wrong.append(f"a new voice without Redis was answered {status}")
    begun = time.monotonic()
    await bench.redis.start()
    trial.seconds = await _shared_again(bench, begun)


async def _shared_again(bench: Bench, begun: float) -> float:
    """Seconds until a voice can be made again."""
    while await _add_voice(bench.machine.url, "late") != 201:
        await asyncio.sleep(0.05)
    seconds = time.monotonic() - begun
    async with aiohttp.ClientSession() as client:
        await client.delete(f"{bench.machine.url}/v1/voices/late")
    return seconds


async def drain(bench: Bench, trial: Trial) -> None:
    """SIGTERM under sixteen lines."""
    async with bench.playing(CROWD, trial):
        begun = time.monotonic()
        bench.machine.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        if await _status(f"{bench.machine.url}/readyz") not in {503, 0}:
            trial.wrong.append("readyz says ready while draining")
        code = await bench.machine.process.wait()
        trial.seconds = time.monotonic() - begun
        if code:
            trial.wrong.append(f"the server left with {code}")
    await bench.machine.start()


async def revoke(bench: Bench, trial: Trial) -> None:
    """Four of eight lines are spoken with a voice that is revoked."""
    store = VoiceStore(bench.machine.folder / "voices", "scripted", {})
    voice = Voice("scripted", {"pitch": np.array([bench.draw.uniform(50, 500)])})
    consent = Consent("2030-01-02T03:04:05+00:00", "tests.faults")
    report = judge(RecordingFigures(7.0, 5.0, 24_000, 35.0, 0.0, -20.0))
    store.add("gone", voice, Provenance(voice.key, "1", consent, report))
    ended: list[float] = []
    with_it = Trial()
    async with bench.playing(LINES // 2, trial), bench.playing(LINES // 2, with_it, "gone", insist=False) as heard:
        begun = time.monotonic()
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{bench.machine.url}/v1/voices/gone/revoke") as answer,
        ):
            if answer.status != 200:
                trial.wrong.append(f"revoke was answered {answer.status}")
        while not all(one.ends for one in heard):
            await asyncio.sleep(0.001)
        ended.append(time.monotonic() - begun)
    trial.seconds = max(ended)
    trial.saw += with_it.saw
    if any(one.ends != ["voice_revoked"] for one in heard):
        trial.wrong.append("a line with the voice did not end as voice_revoked")
    again = await hear(bench.machine.url, 0, Heard(0), voice="gone", insist=False)
    if again.ends != ["voice_revoked"]:
        trial.wrong.append("the voice could be used again")


async def full_disk(bench: Bench, trial: Trial) -> None:
    """The disk of voices and audit log is full for as long as the lines last."""
    ballast = bench.machine.folder / "ballast"
    async with bench.playing(LINES, trial):
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1024))
        status = await _add_voice(bench.machine.url, "late")
        trial.saw[f"a voice: {status}"] += 1
        if status != 507:
            trial.wrong.append(f"a voice on a full disk was answered {status}")
        if await _status(f"{bench.machine.url}/v1/voices/late") != 404:
            trial.wrong.append("part of a voice is there")
    ballast.unlink()
    begun = time.monotonic()
    while await _add_voice(bench.machine.url, "late") != 201:
        await asyncio.sleep(0.05)
    trial.seconds = time.monotonic() - begun
    await asyncio.sleep(6.0)  # the audit log tries again every five seconds
    audit = AuditLog(bench.machine.folder / "audit.jsonl").verify()
    if audit.bad is not None or audit.lines < trial.lines:
        trial.wrong.append(f"the audit log has {audit.lines} lines, {audit.why}")
    async with aiohttp.ClientSession() as client:
        await client.delete(f"{bench.machine.url}/v1/voices/late")


FAULTS: Mapping[str, Callable[[Bench, Trial], Awaitable[None]]] = {
    "kill-engine": kill_engine,
    "kill-server": kill_server,
    "kill-server-redis": kill_server_resumed,
    "kill-redis": kill_redis,
    "redis-away": redis_away,
    "drain": drain,
    "revoke": revoke,
    "full-disk": full_disk,
}


def _mount(folder: Path) -> None:
    """A small disk."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_KB}k", "tmpfs", str(folder)], check=True)


async def _status(url: str) -> int:
    try:
        async with aiohttp.ClientSession() as client, client.get(url) as answer:
            return answer.status
    except aiohttp.ClientError:
        return 0


async def _add_voice(url: str, name: str) -> int:
    asked = {"name": name, "consent": "true", "force": "true"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{url}/v1/voices", params=asked, data=good_recording()) as answer,
    ):
        return answer.status


async def _wanted(url: str) -> dict[int, bytes]:
    """Each line without any fault."""
    heard = await asyncio.gather(*(hear(url, seed, Heard(seed)) for seed in range(CROWD)))
    assert all(one.ends == ["complete"] and not one.saw for one in heard), "a line without a fault had one"
    return {one.seed: bytes(one.pcm) for one in heard}


async def run(name: str, times: int, family: str = NAME, seed: int = 1) -> list[Trial]:
    """One fault so many times, on a server of its own."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        folder.mkdir()
        async with contextlib.AsyncExitStack() as stack:
            if name == "full-disk":
                _mount(folder)
                stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
            redis = RedisServer(Path(place))
            environ = {"ONCUE_FAMILY": family, "ONCUE_DRAIN_S": "30"}
            if name in WITH_REDIS:
                await redis.start()
                stack.callback(redis.kill)
                environ["ONCUE_REDIS"] = redis.url
            machine = await stack.enter_async_context(Machine(folder, environ))
            bench = Bench(machine, redis, await _wanted(machine.url), random.Random(seed))
            trials = []
            for number in range(times):
                trial = Trial()
                await FAULTS[name](bench, trial)
                trials.append(trial)
                print(
                    f"{name} {number + 1}/{times}: {trial.whole}/{trial.lines} whole, {trial.seconds:.2f} s, "
                    f"lines for {trial.lasted_s:.1f} s, {dict(trial.saw)} {trial.wrong}",
                    flush=True,
                )
            return trials


def row(name: str, trials: list[Trial]) -> str:
    """One line of the table."""
    saw: Counter[str] = sum((trial.saw for trial in trials), Counter())
    lines, whole = sum(trial.lines for trial in trials), sum(trial.whole for trial in trials)
    seconds = sorted(trial.seconds for trial in trials)
    stalls = sorted(stall for trial in trials for stall in trial.stalled_s)
    told = ", ".join(f"{what} {count}" for what, count in saw.most_common()) or "nothing"
    what = (FAULTS[name].__doc__ or "").strip().rstrip(".")
    wrong = sum(bool(trial.wrong) for trial in trials)
    return (
        f"| {what} | {len(trials)} | {told} | {statistics.median(stalls):.2f} / {stalls[-1]:.2f} | {lines - whole} of {lines} | "
        f"{statistics.median(seconds):.2f} / {seconds[-1]:.2f} | {wrong} |"
    )


HEAD = (
    "| fault | times | clients saw | their pause, s (median / longest) | lines not whole | seconds to recover (median / longest) | against the rules |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> int:
    """Print the table; 1 if anything was lost."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", default=",".join(FAULTS))
    parser.add_argument("--family", default=NAME)
    given = parser.parse_args()
    found = {name: asyncio.run(run(name, given.times, given.family)) for name in given.only.split(",")}
    print(HEAD)
    for name, trials in found.items():
        print(row(name, trials))
    lost = [trial for trials in found.values() for trial in trials if trial.whole < trial.lines or trial.wrong]
    print(json.dumps({"trials": sum(map(len, found.values())), "bad": len(lost)}))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
