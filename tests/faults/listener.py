"""A client that wants its line whatever happens: it resumes, and where that is refused it asks again and leaves out what it has."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from oncue.clients.bench.playback import PlaybackClock
from oncue.clients.client import Client, ClientError, ClientLine, Refusal
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.wire import AudioFrame

TEXT = "One line of the play, of which every word is wanted, in order and once. It goes on for a while, so that there is time for a fault."
_AGAIN_S, _SELDOM_S = 0.05, 1.0
"""Between two attempts at first and after a while: eight clients that knock twenty times a second take a small machine's core
from the server that is starting, and it is back the later."""
_PATIENCE_S = 300.0


@dataclass(slots=True)
class Heard:
    """What one client has of its line, and what it saw on the way."""

    seed: int
    pcm: bytearray = field(default_factory=bytearray)
    saw: Counter[str] = field(default_factory=Counter)
    """Codes of refusals, connections that were lost, and how the line went on."""
    ends: list[str] = field(default_factory=list)
    stalled_s: float = 0.0
    """How long a player without any buffer stood still."""
    sounded: asyncio.Event = field(default_factory=asyncio.Event)
    holes: int = 0
    """Frames that began behind what the client has."""


async def hear(
    url: str,
    seed: int,
    heard: Heard,
    *,
    voice: str | None = None,
    text: str = TEXT,
    insist: bool = True,
    token: str = "",
) -> Heard:
    """A line to its end. Without `insist` the first refusal is the end."""
    clock, pauses = PlaybackClock(messages.Open().audio.rate), _Pauses()
    async with asyncio.timeout(_PATIENCE_S):
        while not heard.ends:
            try:
                client = await Client.connect(url, token=token)
            except ClientError:
                heard.saw["nobody there"] = 1
                await pauses.next()
                continue
            pauses = _Pauses()
            try:
                line = await client.speak(text, seed=seed, voice=voice)
                await _to_the_end(client, line, heard, clock)
            except Refusal as refusal:
                heard.saw[refusal.code] += 1
                if not insist or not (refusal.retry or refusal.code == "unknown_id"):
                    heard.ends.append(refusal.code)
                await pauses.next()
            except ClientError:  # lost before the line was asked for
                heard.saw["connection lost"] += 1
            finally:
                await client.close(now=True)
            if not heard.ends:
                heard.saw["asked again"] += 1
    return heard


async def _to_the_end(client: Client, line: ClientLine, heard: Heard, clock: PlaybackClock) -> None:
    """Raises Refusal when the line has to be asked for again."""
    while True:
        try:
            async for event in line:
                if isinstance(event, AudioFrame):
                    _take(event, heard, clock)
                if isinstance(event, messages.Done):
                    _end(event, heard)
                    return
        except Refusal:
            raise
        except ClientError:
            heard.saw["connection lost"] += 1
        await _resume(client, heard)


def _end(done: messages.Done, heard: Heard) -> None:
    """Raises Refusal for a line that failed."""
    if done.error is not None:
        failed = done.error
        raise Refusal(messages.Error(done.id, failed.code, failed.message, failed.retry, {}, terminal=True))
    heard.ends.append(done.reason)


class _Pauses:
    """Between attempts, each longer than the one before."""

    def __init__(self) -> None:
        self._s = _AGAIN_S

    async def next(self) -> None:
        """Wait."""
        await asyncio.sleep(self._s)
        self._s = min(1.5 * self._s, _SELDOM_S)


async def _resume(client: Client, heard: Heard) -> None:
    """Come back as soon as somebody is there. Raises Refusal where the session is not known."""
    pauses = _Pauses()
    while True:
        try:
            await client.resume()
        except Refusal:
            raise
        except ClientError:
            await pauses.next()
        else:
            heard.saw["resumed"] += 1
            return


def _take(frame: AudioFrame, heard: Heard, clock: PlaybackClock) -> None:
    have = len(heard.pcm) // 2
    if frame.start > have:
        heard.holes += 1
    if frame.end <= have:
        return
    fresh = frame.since(have)
    clock.arrived(fresh.samples, time.monotonic())
    heard.stalled_s = clock.stalled_s
    heard.pcm += fresh.pcm
    heard.sounded.set()
