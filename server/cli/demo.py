"""`oncue demo`: a server, a client, two lines with a length to keep, and a picture of how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from oncue.clients.bench.listeners import HeardLine, Times, listen
from oncue.clients.bench.stalls import StallMeter, Stalls
from oncue.clients.client import Client
from oncue.server.audio.wav import wav
from oncue.server.cli.common import CommandError, write
from oncue.server.cli.demo_verdict import DemoLine, Verdict
from oncue.server.lifecycle import child_server
from oncue.streaming.protocol import messages

LINES = (
    DemoLine("zh", "大家好，我是随叫随到的声音，这句话会准时结束。", 5.0),
    DemoLine("en", "Hello there, you can hear me now, while the rest of this line is still being decoded.", 5.0),
)


def demo(
    folder: Annotated[Path, typer.Option(help="Where to leave the sound and the picture.")] = Path("demo"),
) -> None:
    """Show it all: start a server, speak two lines to the length, draw what happened."""
    with StallMeter() as meter:
        performed = asyncio.run(_demo())
        stalls = meter.read()
    verdicts = [judge(line, heard, stalls) for line, heard in zip(LINES, performed, strict=True)]
    for verdict in verdicts:
        write(folder / f"{verdict.line.name}.wav", wav(verdict.heard.pcm, verdict.heard.rate))
    try:
        from oncue.server.cli import demo_picture
    except ImportError as error:
        raise CommandError("The picture needs matplotlib: pip install 'oncue[demo]'.") from error
    demo_picture.draw(verdicts, folder / "timeline.png")
    _print_table(verdicts, folder)
    if not all(verdict.good for verdict in verdicts):
        raise typer.Exit(1)


async def _demo() -> list[HeardLine]:
    opened = messages.Open(trace=True)
    async with child_server() as url, await Client.connect(url, opened) as client:
        return [await _perform(client, line) for line in LINES]


async def _perform(client: Client, line: DemoLine) -> HeardLine:
    return await listen(client, line.text, duration=messages.Duration(seconds=line.seconds), language=line.name)


def judge(line: DemoLine, heard: HeardLine, stalls: Stalls) -> Verdict:
    """What the server and the client's clock say of a line."""
    done = heard.done
    trace = done.trace or messages.Trace((), ())
    asked = round(line.seconds * heard.rate)
    got = len(heard.pcm) // 2
    right = done.target_samples == asked and done.samples == got
    return Verdict(
        line,
        heard,
        decode_done_s=trace.codes_s[-1] if trace.codes_s else 0.0,
        first_audio_s=trace.chunks_s[0] if trace.chunks_s else 0.0,
        error_samples=got - asked if right else None,
        stalls=stalls,
    )


def _print_table(verdicts: list[Verdict], folder: Path) -> None:
    table = Table("", *(verdict.line.name for verdict in verdicts), title=f"{folder}/*.wav, {folder}/timeline.png")
    rows: dict[str, Callable[[Verdict], str]] = {
        "first audio left at": lambda v: f"{v.first_audio_s:.3f} s",
        "decoding ended at": lambda v: f"{v.decode_done_s:.3f} s",
        "first audio before decoding ended": lambda v: "yes" if v.first_audio_s < v.decode_done_s else "NO",
        "chunks": lambda v: str(len(v.heard.chunks)),
        "length asked": lambda v: f"{v.line.seconds:.3f} s = {round(v.line.seconds * v.heard.rate)} samples",
        "length got": lambda v: f"{v.heard.audio_s:.3f} s = {len(v.heard.pcm) // 2} samples",
        "all as it should be": lambda v: "yes" if v.good else "NO",
    }
    for name, show in rows.items():
        table.add_row(name, *(show(verdict) for verdict in verdicts))
    Console().print(table)
    Console().print(_playback_table(verdicts))


def _playback_table(verdicts: list[Verdict]) -> Table:
    """What depends on when things came: as heard, and net of the machine's own pauses."""
    sides = [f"{verdict.line.name}, {clock}" for verdict in verdicts for clock in ("as heard", "net")]
    table = Table("at the client", *sides, caption=_pauses(verdicts))
    rows: dict[str, Callable[[Times], str]] = {
        "first chunk": lambda t: f"{t.first_chunk_s:.3f} s",
        "first audible sample": lambda t: f"{t.first_audible_s:.3f} s",
        "underruns (no buffer)": lambda t: f"{t.underruns} ({t.stalled_s:.3f} s)",
        "least slack of a chunk": lambda t: f"{min(t.slacks_s, default=0.0):.3f} s",
    }
    for name, show in rows.items():
        table.add_row(name, *(show(times) for verdict in verdicts for times in (verdict.as_heard, verdict.net)))
    return table


def _pauses(verdicts: list[Verdict]) -> str:
    heard = [verdict.heard for verdict in verdicts]
    still_s = sum(v.stalls.within(v.heard.due_at, v.heard.ended_at) for v in verdicts)
    all_s = sum(line.ended_at - line.due_at for line in heard)
    return f"The machine itself stood still for {still_s:.2f} of {all_s:.2f} s; 'net' leaves that out."
