"""The four measurements of `oncue bench`, run against servers: sessions, a load, the capacity, two configurations.

It talks to servers and hands back values; figures are made in `clients/bench/figures.py`, shown in `command.py`.
"""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from oncue.clients.bench.capacity import Trial, next_streams
from oncue.clients.bench.capacity import capacity as capacity_of
from oncue.clients.bench.compare import Ratio, Side, order, ratios
from oncue.clients.bench.figures import BenchFigures, LoadFigures, figures, load_of
from oncue.clients.bench.listeners import HeardLine, alone, together
from oncue.clients.bench.load import OfferedLine, arrivals, connected, offer
from oncue.clients.bench.stalls import StallMeter, Stalls
from oncue.server.cli.common import CommandError
from oncue.server.lifecycle import child_server

TEXTS = (
    "The lights go down, and somebody begins to speak.",
    "今天的演出马上就要开始了，请大家安静。",
    "Whatever you decide, tell me before the train leaves tomorrow morning.",
    "我昨天在河边看到一只白色的鸟，它一直没有飞走。",
    "Three of them came back, and nobody asked about the fourth.",
    "如果明天不下雨，我们就去山上看日出吧。",
)
_MOST_CONNECTIONS = 48


@dataclass(frozen=True, slots=True)
class Sessions:
    """Closed loop: so many sessions, each line after the other, against every line alone."""

    sessions: int
    lines: int
    equal_to_alone: bool
    unequal_lines: int
    rtf_alone: float
    rtf_alone_net: float
    """Seconds to make a line with nothing beside it, over seconds of sound; net of stalls."""
    rtf: float
    rtf_net: float
    """Seconds to hear a line to its end, over seconds of sound: about 1 when paced by playback."""
    measured_s: float
    stood_still_s: float
    as_heard: BenchFigures
    net: BenchFigures

    @property
    def passed(self) -> bool:
        """Nobody stalled while the machine ran, and nobody heard a neighbour."""
        return self.net.underruns == 0 and self.equal_to_alone


@dataclass(frozen=True, slots=True)
class Together:
    """Sessions, and what they were summed up from."""

    sessions: Sessions
    heard: tuple[HeardLine, ...]
    stalls: Stalls
    start_limit_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A load, and what it was summed up from."""

    load: LoadFigures
    offered: tuple[OfferedLine, ...]
    stalls: Stalls


@dataclass(frozen=True, slots=True)
class Capacity:
    """Every load that was tried, in that order."""

    tried: tuple[Measured, ...]

    @property
    def streams(self) -> int:
        """The largest that was sustained."""
        return capacity_of(_trials(self.tried))


@dataclass(frozen=True, slots=True)
class Compared:
    """Slices of A and B, as many of one as of the other, in the order of the pairs."""

    a: tuple[Measured, ...]
    b: tuple[Measured, ...]
    as_heard: tuple[Ratio, ...]
    net: tuple[Ratio, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a load is to be like."""

    seconds: float
    seed: int
    start_limit_s: float


@asynccontextmanager
async def serving(where: str | None) -> AsyncIterator[str]:
    """The URL of a server: the one named, or one of our own started with these flags of `oncue serve`."""
    if where is not None and "://" in where:
        yield where
        return
    async with child_server(*shlex.split(where or "")) as url:
        yield url


async def sessions(
    url: str, token: str, meter: StallMeter, *, count: int, lines: int, start_limit_s: float
) -> Together:
    """Speak every line alone, then all sessions at once."""
    scripts = [
        [(TEXTS[(session + line) % len(TEXTS)], session * lines + line) for line in range(lines)]
        for session in range(count)
    ]
    began = time.monotonic()
    single = await alone(url, token, [line for script in scripts for line in script])
    many = [heard for script in await together(url, token, scripts) for heard in script]
    stalls = meter.read()
    return Together(sessions_of(count, single, many, stalls, began, start_limit_s), tuple(many), stalls, start_limit_s)


def sessions_of(
    count: int,
    single: Sequence[HeardLine],
    many: Sequence[HeardLine],
    stalls: Stalls,
    began_s: float,
    start_limit_s: float,
) -> Sessions:
    """Sum up the same lines heard alone and together, in the same order."""
    unequal = sum(one.pcm != other.pcm for one, other in zip(single, many, strict=True))
    ended_s = max(line.ended_at for line in many)
    return Sessions(
        count,
        len(many),
        unequal == 0,
        unequal,
        rtf_alone=_rtf(single, Stalls()),
        rtf_alone_net=_rtf(single, stalls),
        rtf=_rtf(many, Stalls()),
        rtf_net=_rtf(many, stalls),
        measured_s=ended_s - began_s,
        stood_still_s=stalls.within(began_s, ended_s),
        as_heard=figures(many, start_limit_s),
        net=figures(many, start_limit_s, stalls),
    )


def _rtf(lines: Sequence[HeardLine], stalls: Stalls) -> float:
    return sum(line.times(stalls).total_s for line in lines) / sum(line.audio_s for line in lines)


async def mean_audio_s(url: str, token: str) -> float:
    """Length of the mean line of the bench; hearing all of them once warms the server up as well."""
    lines = await alone(url, token, [(text, 0) for text in TEXTS])
    return sum(line.audio_s for line in lines) / len(lines)


async def load(url: str, token: str, meter: StallMeter, stretch: Stretch, *, streams: float, line_s: float) -> Measured:
    """Offer lines of `line_s` on average so that `streams` of them play at once on average (Little's law)."""
    lines_per_s = streams / line_s
    due = arrivals(TEXTS, lines_per_s, stretch.seconds, stretch.seed)
    if not due:
        raise CommandError("No line would be due in so short a load: give more --seconds or --streams.")
    async with connected(url, token, max(4, min(_MOST_CONNECTIONS, math.ceil(2 * streams)))) as pool:
        offered = await offer(pool, due)
    stalls = meter.read()
    summed = load_of(
        offered,
        stalls,
        streams=streams,
        lines_per_s=lines_per_s,
        seed=stretch.seed,
        start_limit_s=stretch.start_limit_s,
    )
    return Measured(summed, tuple(offered), stalls)


async def capacity(url: str, token: str, meter: StallMeter, stretch: Stretch, most: int) -> Capacity:
    """Search for the largest load that is sustained."""
    line_s = await mean_audio_s(url, token)
    tried: list[Measured] = []
    while (streams := next_streams(_trials(tried), most)) is not None:
        tried.append(await load(url, token, meter, stretch, streams=streams, line_s=line_s))
    return Capacity(tuple(tried))


def _trials(tried: Sequence[Measured]) -> list[Trial]:
    return [Trial(round(one.load.streams), one.load.sustained) for one in tried]


async def compare(
    urls: dict[Side, str], token: str, meter: StallMeter, stretch: Stretch, *, streams: float, pairs: int
) -> Compared:
    """Slices of the two in turn; the two of a pair get the same arrivals."""
    line_s = {side: await mean_audio_s(url, token) for side, url in urls.items()}["A"]
    slices: dict[Side, list[Measured]] = {"A": [], "B": []}
    for number, pair in enumerate(order(pairs)):
        part = Stretch(stretch.seconds, stretch.seed + number, stretch.start_limit_s)
        for side in pair:
            slices[side].append(await load(urls[side], token, meter, part, streams=streams, line_s=line_s))
    a, b = slices["A"], slices["B"]
    return Compared(
        tuple(a),
        tuple(b),
        as_heard=ratios([one.load.as_heard for one in a], [one.load.as_heard for one in b], stretch.seed),
        net=ratios([one.load.net for one in a], [one.load.net for one in b], stretch.seed),
    )
