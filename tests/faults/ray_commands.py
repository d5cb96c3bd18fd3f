"""`oncue serve --ray` and `oncue render --ray` as they are typed, on a Ray of our own.

    python -m tests.faults.ray_commands [--lines 8]

The first must announce itself, speak lines to the bit as a plain server does, and when it is told to stop while lines play let
each be heard to its end and leave with 0. The second must write the same bytes as without `--ray`. It needs the extras
`ray` and `redis` and Debian's redis-server.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from tests.faults.listener import Heard
from tests.faults.machine import Machine
from tests.faults.replicas import configure, free_port, head, hear_all
from tests.server.shared.redis_server import RedisServer

_ONCUE = (sys.executable, "-m", "oncue.server.cli")
_SCRIPT = [f"Line number {number} of a script that is recorded in one go." for number in range(40)]


async def _serve(place: Path, count: int) -> dict[str, Any]:
    """Lines by the command, told to stop while they play, beside the same lines by a plain server."""
    (place / "plain").mkdir()
    async with Machine(place / "plain", {}) as plain:
        wanted, tasks = await hear_all(plain.url, count)
        await asyncio.gather(*tasks)
    begun, port = time.monotonic(), str(free_port())
    command = (*_ONCUE, "serve", "--ray", "--replicas", "2", "--lines", str(count), "--port", port, "--json")
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    url = json.loads(await server.stdout.readline())["url"]
    ready_s = time.monotonic() - begun
    heard, tasks = await hear_all(url, count)
    server.send_signal(signal.SIGTERM)
    told_at = time.monotonic()
    await asyncio.gather(*tasks)
    code = await server.wait()
    return {
        "ready after s": round(ready_s, 1),
        "lines": count,
        "not whole": sum(not _same(one, other) for one, other in zip(heard, wanted, strict=True)),
        "cut": sum(bool(one.saw) for one in heard),
        "left with": code,
        "after s": round(time.monotonic() - told_at, 1),
    }


def _same(one: Heard, other: Heard) -> bool:
    return bool(one.pcm) and one.pcm == other.pcm and one.ends == ["complete"]


async def _render(place: Path) -> dict[str, Any]:
    """A script by both ways."""
    lines = place / "lines.txt"
    lines.write_text("\n".join(_SCRIPT), "utf-8")
    took = {}
    for name, more in (("here", ()), ("ray", ("--ray",))):
        begun = time.monotonic()
        command = (*_ONCUE, "render", str(lines), "-o", str(place / name), *more)
        code = await (await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)).wait()
        took[name] = {"left with": code, "s": round(time.monotonic() - begun, 1)}
    files = sorted(path.name for path in (place / "here").glob("*.wav"))
    same = [name for name in files if (place / "here" / name).read_bytes() == (place / "ray" / name).read_bytes()]
    return took | {"files": len(files), "not the same": len(files) - len(same)}


def main() -> int:
    """Print one JSON object."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place, redis = Path(name), RedisServer(Path(name))
        asyncio.run(redis.start())
        try:
            configure(place, redis.url)
            os.environ["ONCUE_WATERMARK_FILE"] = str(place / "watermark.json")  # of all, or their lines would differ
            with head(place) as address:
                os.environ["RAY_ADDRESS"] = address
                rendered = asyncio.run(_render(place))
                print(json.dumps({"render": rendered}), flush=True)
                served = asyncio.run(_serve(place, given.lines))
                print(json.dumps({"serve": served}), flush=True)
        finally:
            redis.kill()
    good = not rendered["not the same"] and rendered["files"] and not served["not whole"] + served["cut"]
    return 0 if good and served["left with"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
