"""What a server costs over the bare model: the same lines, 16 at once and as fast as can be, by a client and by a loop, in turns.

    python -m tests.benches.overhead [--lines 16] [--rounds 3]

The loop has no planner, no socket and no sound but raw windows: steps of all rows and windows of eight codes, one after
another. The server has one engine; it, the engine and the client share the machine. Printed for each are seconds of the clock
for a second of speech, and processor time by process.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

import numpy as np

from oncue.clients.client import Client
from oncue.model.api import EmotionSource, Start, Step, Window
from oncue.model.tiny.layout import CODE_SAMPLES, CODES_PER_SECOND, SAMPLE_RATE
from oncue.model.tiny.speech import TinySpeech, load
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.wire import AudioFrame
from tests.benches.bundled import TEXT, WINDOW_CODES
from tests.faults.machine import Machine

_TURNS = 6
"""Lines that a client asks for one after another."""
_TICKS = os.sysconf("SC_CLK_TCK")


def bare(model: TinySpeech, lines: int) -> dict[str, float]:
    """The loop."""
    script, voice = model.read(TEXT), next(iter(model.voices.values()))
    plain, held = model.emotion(EmotionSource()), model.spec.held_back_samples
    codes = round(script.natural_codes)
    begun, used = time.perf_counter(), time.process_time()
    for turn in range(_TURNS):
        model.prefill(
            [Start(slot, script, voice, plain, script.natural_codes, 100 * turn + slot) for slot in range(lines)]
        )
        for code in range(codes):
            model.decode([Step(slot, float(codes - code), may_stop=False) for slot in range(lines)])
            first = code + 1 - WINDOW_CODES
            if (code + 1) % WINDOW_CODES:
                continue
            owed, spans = held if first else 0, (CODE_SAMPLES,) * WINDOW_CODES
            windows = [Window(slot, first, spans, final=False, owed=owed, held_back=held) for slot in range(lines)]
            for at in range(0, lines, model.spec.vocode_rows):
                model.vocode(windows[at : at + model.spec.vocode_rows])
        for slot in range(lines):
            model.release(slot)
    speech_s = _TURNS * lines * (codes // WINDOW_CODES * WINDOW_CODES) / CODES_PER_SECOND
    return {
        "clock": (time.perf_counter() - begun) / speech_s,
        "model": (time.process_time() - used) / speech_s,
    }


async def served(machine: Machine, lines: int) -> dict[str, float]:
    """The server."""
    opened = messages.Open(lead_ms=messages.MAX_LEAD_MS)

    async def client(number: int) -> int:
        samples = 0
        async with await Client.connect(machine.url, opened) as socket:
            for turn in range(_TURNS):
                async for event in await socket.speak(TEXT, seed=100 * turn + number):
                    samples += event.samples if isinstance(event, AudioFrame) else 0
        return samples

    (engine,) = machine.engines()
    before = {name: _used(pid) for name, pid in (("engine", engine), ("server", machine.process.pid))}
    begun = time.perf_counter()
    speech_s = sum(await asyncio.gather(*map(client, range(lines)))) / SAMPLE_RATE
    clock = time.perf_counter() - begun
    after = {"engine": _used(engine), "server": _used(machine.process.pid)}
    return {"clock": clock / speech_s} | {name: (after[name] - before[name]) / speech_s for name in after}


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def run(lines: int, rounds: int) -> dict[str, object]:
    """Medians of the rounds, after one that warms both."""
    model, found = load(), dict[str, list[dict[str, float]]](bare=[], served=[])
    with tempfile.TemporaryDirectory() as folder:
        async with Machine(Path(folder), {"ONCUE_FAMILY": "tiny", "ONCUE_ENGINES": "1"}) as machine:
            for _ in range(rounds + 1):
                found["bare"].append(bare(model, lines))
                found["served"].append(await served(machine, lines))
    told: dict[str, dict[str, float]] = {
        name: {what: round(statistics.median(each[what] for each in rows[1:]), 5) for what in rows[0]}
        for name, rows in found.items()
    }
    ratios = [b["clock"] / a["clock"] for a, b in zip(found["bare"][1:], found["served"][1:], strict=True)]
    return {"lines": lines, **told, "served over bare": round(float(np.median(ratios)), 3)}


def main() -> None:
    """See the module."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(run(given.lines, given.rounds)), indent=1))


if __name__ == "__main__":
    main()
