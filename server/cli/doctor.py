"""`oncue doctor`: is everything here, does the sound of a line leave before the line is decoded, and does it keep up?

The proof is the engine's own event log of one line: the first chunk of sound in it must lie before the last code.
What depends on time is told as it was, and net of the intervals in which this machine stood still.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer

from oncue.clients.bench.playback import Chunk, Playback, play
from oncue.clients.bench.stalls import NO_STALLS, StallMeter, Stalls
from oncue.model.api import Samples
from oncue.server.cli.checks import Check, told
from oncue.server.cli.common import config_of
from oncue.server.cli.doctor_server import of_server
from oncue.server.config import Config
from oncue.server.local_engine import LocalEngine, local_engine
from oncue.streaming.engine import events
from oncue.streaming.session.line_output import AUDIBLE

_TEXT = "This line is long enough to show that its sound leaves while it is still being decoded."
_LEAD_S, _NO_LEAD_S = 1.5, 600.0
"""As for a listener, and as fast as it can be made."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An event and its time."""

    event: events.Event
    at: float


@dataclass(frozen=True, slots=True)
class Log:
    """Every event of one line of `rate` samples per second, and what it took. Times are of `time.monotonic`."""

    entries: tuple[Logged, ...]
    asked_at: float
    cpu_s: float
    """Processor time of this process, where the engine runs in a thread."""
    rate: int


def doctor(
    server: Annotated[
        str | None, typer.Option(help="URL of a running server to ask as a client would, instead of this installation.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check this installation and prove that it streams; or, with --server, a server that runs."""
    config = config_of()
    if server is not None:
        checks = asyncio.run(of_server(server.rstrip("/"), config.token, config))
    else:
        with StallMeter() as meter:
            checks = [*environment(), *asyncio.run(_engine(config, meter))]
    if not told(checks, as_json=as_json):
        raise typer.Exit(1)


def environment() -> list[Check]:
    """What is installed."""
    return [
        Check("python", True, platform.python_version()),
        _onnx_runtime(),
        *(Check(name, True, importlib.metadata.version(name)) for name in ("numpy", "aiohttp", "av")),
    ]


def _onnx_runtime() -> Check:
    """The one for GPUs is a package of its own; both write the same files, so that with both nobody knows which runs."""
    found = []
    for name in ("onnxruntime", "onnxruntime-gpu"):
        with suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{name} {importlib.metadata.version(name)}")
    if len(found) == 1:
        return Check("onnxruntime", True, found[0])
    return Check("onnxruntime", False, f"{' and '.join(found)}: remove both, and install the second again")


async def _engine(config: Config, meter: StallMeter) -> list[Check]:
    async with local_engine(config) as engine:
        spec = engine.pool.spec
        loaded = Check("model", True, f"{spec.family} {spec.revision}, {spec.slots} slots, {spec.sample_rate} Hz")
        paced, unpaced = await _event_log(engine, _LEAD_S), await _event_log(engine, _NO_LEAD_S)
        stalls = meter.read()
        return [
            loaded,
            Check("runtime", True, spec.runtime or "not told by the family"),
            proof(paced.entries),
            keeping_up(paced, stalls),
            speed(unpaced, stalls),
            pauses((paced, unpaced), stalls),
        ]


async def _event_log(engine: LocalEngine, lead_s: float) -> Log:
    """Every event of one line, made at most `lead_s` ahead of a listener."""
    heard: asyncio.Queue[Logged] = asyncio.Queue()
    uid = engine.pool.next_uid()
    line = events.Speak(uid, _TEXT, engine.store.find(None), lead_s=lead_s)
    asked_at, cpu_s = time.monotonic(), time.process_time()
    engine.pool.submit(line, lambda event, at: heard.put_nowait(Logged(event, at)))
    log = [await heard.get()]
    while not isinstance(log[-1].event, events.Finished | events.Refused):
        log.append(await heard.get())
    return Log(tuple(log), asked_at, time.process_time() - cpu_s, engine.pool.spec.sample_rate)


def proof(log: Sequence[Logged]) -> Check:
    """Read the log: which code was the last before the first chunk left, and how many came after it."""
    name = "sound leaves before decoding ends"
    first = next((i for i, entry in enumerate(log) if isinstance(entry.event, events.AudioChunk)), None)
    if first is None:
        return Check(name, False, "the line made no sound")
    counts = [entry.event.codes if isinstance(entry.event, events.Decoded) else 0 for entry in log]
    before, total = max(counts[:first], default=0), max(counts)
    last = max(i for i, count in enumerate(counts) if count == total)
    later_ms = (log[last].at - log[first].at) * 1000
    found = f"chunk 1 left after code {before} of {total}, {later_ms:.0f} ms before code {total} was decoded"
    return Check(name, before < total, found)


def keeping_up(log: Log, stalls: Stalls) -> Check:
    """Play the line as it came, with no buffer. Good without an underrun but for the machine's own pauses."""
    name = "sound keeps ahead of playback"
    as_heard, net = _play(log, NO_STALLS), _play(log, stalls)
    if as_heard.audible_at_s is None or net.audible_at_s is None:
        return Check(name, False, "the line made no audible sound")
    after_s, after_net_s = as_heard.audible_at_s - log.asked_at, net.audible_at_s - stalls.net(log.asked_at)
    found = (
        f"first audible after {after_s:.3f} s as heard, {after_net_s:.3f} s net; "
        f"underruns {as_heard.underruns} ({as_heard.stalled_s:.3f} s) as heard, {net.underruns} ({net.stalled_s:.3f} s) net"
    )
    return Check(name, net.underruns == 0, found)


def _play(log: Log, stalls: Stalls) -> Playback:
    """On the clock that stands still in stalls."""
    chunks = [(entry.at, entry.event.samples) for entry in log.entries if isinstance(entry.event, events.AudioChunk)]
    loud = np.flatnonzero(np.abs(_sound(log)) >= AUDIBLE)
    audible_sample = int(loud[0]) if len(loud) else None
    return play([Chunk(stalls.net(at), len(samples)) for at, samples in chunks], log.rate, audible_sample)


def _sound(log: Log) -> Samples:
    chunks = [entry.event.samples for entry in log.entries if isinstance(entry.event, events.AudioChunk)]
    return np.concatenate(chunks) if chunks else np.zeros(0, np.float32)


def speed(log: Log, stalls: Stalls) -> Check:
    """Real-time factor: seconds to make the line over seconds of sound, by three clocks. Good below 1 net of stalls."""
    name, audio_s, ended_at = "real-time factor", len(_sound(log)) / log.rate, log.entries[-1].at
    if audio_s == 0:
        return Check(name, False, "the line made no sound")
    wall = (ended_at - log.asked_at) / audio_s
    net = (stalls.net(ended_at) - stalls.net(log.asked_at)) / audio_s
    return Check(name, net < 1, f"{wall:.3f} as heard, {net:.3f} net, {log.cpu_s / audio_s:.3f} of processor time")


def pauses(logs: Sequence[Log], stalls: Stalls) -> Check:
    """How much of the time of these lines the machine did not run; it is for the reader to judge."""
    spans = [(log.asked_at, log.entries[-1].at) for log in logs]
    still_s, all_s = sum(stalls.within(*span) for span in spans), sum(end - start for start, end in spans)
    return Check("this machine", True, f"stood still for {still_s:.2f} of {all_s:.2f} s; 'net' leaves that out")
