"""`oncue bench`: several sessions at once over real sockets, and whether each hears what it would hear alone."""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from clients.bench import Heard, alone, together
from server.commands.common import config_of, print_json
from server.running import child_server

TEXTS = (
    "The lights go down, and somebody begins to speak.",
    "今天的演出马上就要开始了，请大家安静。",
    "Whatever you decide, tell me before the train leaves tomorrow morning.",
    "我昨天在河边看到一只白色的鸟，它一直没有飞走。",
    "Three of them came back, and nobody asked about the fourth.",
    "如果明天不下雨，我们就去山上看日出吧。",
)


@dataclass(frozen=True, slots=True)
class Result:
    """What `bench --json` prints."""

    sessions: int
    lines: int
    first_audible_p50_s: float
    first_audible_p95_s: float
    first_chunk_p50_s: float
    first_chunk_p95_s: float
    underruns: int
    stalled_s: float
    rtf_alone: float
    rtf: float
    """Seconds to hear a line, from `speak` to `done`, over seconds of sound: about 1 when paced by playback."""
    equal_to_alone: bool
    unequal_lines: int

    @property
    def passed(self) -> bool:
        """Nobody stalled, and nobody heard a neighbour."""
        return self.underruns == 0 and self.equal_to_alone


def bench(
    sessions: Annotated[int, typer.Option(min=1, max=256, help="Sessions at once.")] = 4,
    lines: Annotated[int, typer.Option(min=1, max=1000, help="Lines of each session.")] = 2,
    server: Annotated[str | None, typer.Option(help="URL of a server; without it one is started.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure several sessions at once."""
    result = asyncio.run(_bench(server, config_of().token, sessions, lines))
    if as_json:
        print_json(asdict(result))
    else:
        _print_table(result)
    if not result.passed:
        raise typer.Exit(1)


async def _bench(server: str | None, token: str, sessions: int, lines: int) -> Result:
    if server is not None:
        return await _measure(server, token, sessions, lines)
    async with child_server() as url:
        return await _measure(url, token, sessions, lines)


async def _measure(url: str, token: str, sessions: int, lines: int) -> Result:
    scripts = [
        [(TEXTS[(session + line) % len(TEXTS)], session * lines + line) for line in range(lines)]
        for session in range(sessions)
    ]
    single = await alone(url, token, [line for script in scripts for line in script])
    many = [heard for script in await together(url, token, scripts) for heard in script]
    return summary(sessions, single, many)


def summary(sessions: int, single: list[Heard], many: list[Heard]) -> Result:
    """Figures of the same lines heard alone and together, in the same order."""
    audible, chunk = [heard.first_audible_s for heard in many], [heard.first_chunk_s for heard in many]
    unequal = sum(one.pcm != other.pcm for one, other in zip(single, many, strict=True))
    return Result(
        sessions=sessions,
        lines=len(many),
        first_audible_p50_s=_percentile(audible, 50),
        first_audible_p95_s=_percentile(audible, 95),
        first_chunk_p50_s=_percentile(chunk, 50),
        first_chunk_p95_s=_percentile(chunk, 95),
        underruns=sum(heard.underruns for heard in many),
        stalled_s=sum(heard.stalled_s for heard in many),
        rtf_alone=sum(heard.total_s for heard in single) / sum(heard.audio_s for heard in single),
        rtf=sum(heard.total_s for heard in many) / sum(heard.audio_s for heard in many),
        equal_to_alone=unequal == 0,
        unequal_lines=unequal,
    )


def _percentile(values: list[float], percent: int) -> float:
    """Interpolated between the values there are."""
    return values[0] if len(values) == 1 else statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _print_table(result: Result) -> None:
    table = Table(title=f"{result.sessions} sessions, {result.lines} lines", show_header=False)
    table.add_row("first audible, p50 / p95", f"{result.first_audible_p50_s:.3f} / {result.first_audible_p95_s:.3f} s")
    table.add_row("underruns (no buffer)", f"{result.underruns} ({result.stalled_s:.3f} s)")
    table.add_row("real-time factor alone", f"{result.rtf_alone:.3f}")
    table.add_row("same samples as alone", "yes" if result.equal_to_alone else f"no: {result.unequal_lines} differ")
    Console().print(table)
