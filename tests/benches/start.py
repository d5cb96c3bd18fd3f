"""How long a command takes from nothing: `python -m tests.benches.start [CHECKOUT ...]` prints it for this tree and for others.

Trees are run in turn, so that what else the machine does spoils them alike. The first run of a tree is not counted: it writes
the bytecode and fills the page cache.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

_RUNS = 5
_SAY = """
import contextlib, json, sys, time
import numpy as np
from oncue.server import local_engine
from oncue.streaming.protocol.wire import AudioFrame

begun, take, first = float(sys.argv[1]), local_engine.LineCollector.take, []

def noted(self, event):
    take(self, event)
    if isinstance(event, AudioFrame) and not first and np.abs(np.frombuffer(event.pcm, "<i2")).max() > 104:
        first.append(time.time() - begun)

local_engine.LineCollector.take = noted
from oncue.server.cli.main import main
with contextlib.suppress(SystemExit):
    main(["say", "Hello there, nice to meet you."])
print(json.dumps([first[0], time.process_time()]))
"""
"""Of a command that speaks: seconds to its first chunk above -50 dB, and of processor time to its end."""


def say(tree: Path) -> tuple[float, float]:
    """Seconds from nothing to the first sound of `oncue say`, and of processor time in all."""
    command = [sys.executable, "-c", _SAY, str(time.time())]
    out = subprocess.run(command, cwd=tree, env=_environment(tree), capture_output=True, text=True, check=True).stdout
    first, processor = json.loads(out.splitlines()[-1])
    return first, processor


def serve(tree: Path) -> tuple[float, float]:
    """Seconds until `oncue serve` is ready, and megabytes that all its processes have in memory then."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "oncue.server.cli", "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=tree, env=_environment(tree), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), "the server did not start"
        ready, memory = time.monotonic() - begun, max(map(_resident_mb, _family(process.pid)))
        process.terminate()
    return ready, memory


def _environment(tree: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(tree), "PYTHONUNBUFFERED": "1"}


def _status(process: int, field: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)


def _family(process: int) -> list[int]:
    """A process and its children."""
    every = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    found = [process]
    for each in every:
        try:
            if _status(each, "PPid:") == process:
                found.append(each)
        except OSError:
            continue  # it has ended
    return found


def _resident_mb(process: int) -> float:
    return _status(process, "VmRSS:") / 1024


def main() -> None:
    """Print a line for each tree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="*", type=Path, help="other checkouts to compare with")
    here = Path(__file__).parents[2]
    trees = [here, *(tree.resolve() for tree in parser.parse_args().trees)]
    figures: dict[Path, list[tuple[float, ...]]] = {tree: [] for tree in trees}
    for run in range(1 + _RUNS):
        for tree in trees:
            found = (*say(tree), *serve(tree))
            if run:
                figures[tree].append(found)
    print("say: first sound s, processor s | serve: ready s, largest process MB")
    for tree, found_of in figures.items():
        first, processor, ready, memory = np.median(np.array(found_of), axis=0)
        print(f"{first:.2f}  {processor:.2f} | {ready:.2f}  {memory:.0f}  {tree}")


if __name__ == "__main__":
    main()
