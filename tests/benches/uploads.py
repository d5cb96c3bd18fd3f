"""How long it takes from a recording sent to a voice that can speak, beside four playing lines, and what those notice.

    python -m tests.benches.uploads CLIPS

Each `NAME-0.wav` of CLIPS goes to `POST /v1/voices` of a server of our own, one after another, while `oncue bench` plays lines;
the voices are kept in a folder that goes away.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import numpy as np

from oncue.server.lifecycle import child_server

STREAMS = 4
_BETWEEN_S = 0.5


async def uploads(url: str, clips: list[Path]) -> list[float]:
    """Seconds that each took to become a voice."""
    took = []
    async with aiohttp.ClientSession(url.replace("ws", "http", 1)) as http:
        for clip in clips:
            begun = time.monotonic()
            query = {"name": clip.stem.replace("-", "_"), "consent": "true", "force": "true"}
            async with http.post("/v1/voices", params=query, data=clip.read_bytes()) as answer:
                if answer.status != 201:
                    raise SystemExit(await answer.text())
            took.append(time.monotonic() - begun)
            await asyncio.sleep(_BETWEEN_S)
    return took


async def measure(clips: list[Path]) -> None:
    """Print the times, and the figures of those who listened meanwhile."""
    async with child_server() as url:
        seconds = str(len(clips) * (_BETWEEN_S + 1.0))
        bench = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "oncue.server.cli", "bench", "--streams", str(STREAMS), "--seconds", seconds, "--server", url,
            "--json", stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await asyncio.sleep(2.0)
        took = await uploads(url, clips)
        heard, _ = await bench.communicate()
    low, high = np.quantile(took, (0.5, 1.0))
    print(f"{len(took)} recordings beside {STREAMS} lines: median {low:.2f} s, worst {high:.2f} s")
    print(json.dumps(json.loads(heard)))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path)
    clips = sorted(parser.parse_args().clips.glob("*-0.wav"))
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_DATA_HOME"] = home
        asyncio.run(measure(clips))


if __name__ == "__main__":
    main()
