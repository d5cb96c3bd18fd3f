"""Listeners: each speaks its lines over its own socket and plays them with no buffer at all.

It measures what a client can measure, and keeps the samples so that they can be compared. It starts no server and draws no
conclusions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from oncue.clients.bench.playback import Chunk, play
from oncue.clients.bench.stalls import NO_STALLS, Stalls
from oncue.clients.client import Client
from oncue.streaming.protocol import messages, wire

AUDIBLE = 104
"""A 16-bit sample of -50 dB of full scale: from here on a sound counts as heard."""


@dataclass(frozen=True, slots=True)
class Times:
    """A line on one clock, in seconds after it was due."""

    first_chunk_s: float
    first_audible_s: float
    """When the first audible sample is heard; the end of the line if it has none."""
    total_s: float
    underruns: int
    stalled_s: float
    slacks_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HeardLine:
    """One line as a listener had it. Times are of `time.monotonic`."""

    pcm: bytes
    rate: int
    due_at: float
    """When it was to be asked for."""
    chunks: tuple[Chunk, ...]
    ended_at: float
    words: tuple[messages.MarkItem, ...]
    done: messages.Done

    @property
    def audio_s(self) -> float:
        """Length of the sound."""
        return len(self.pcm) / 2 / self.rate

    def times(self, stalls: Stalls = NO_STALLS) -> Times:
        """As it was heard, or on the clock that does not run while the machine stands still.

        On that clock the listener's playback stops with the machine too: what is late there would have been late
        on a machine that never stops.
        """
        due_at, ended_at = stalls.net(self.due_at), stalls.net(self.ended_at)
        chunks = [Chunk(stalls.net(chunk.at_s), chunk.samples) for chunk in self.chunks]
        played = play(chunks, self.rate, audible_sample(self.pcm))
        first_at = chunks[0].at_s if chunks else ended_at
        audible_at = ended_at if played.audible_at_s is None else played.audible_at_s
        return Times(
            first_at - due_at,
            audible_at - due_at,
            ended_at - due_at,
            played.underruns,
            played.stalled_s,
            played.slacks_s,
        )


async def listen(
    client: Client,
    text: str,
    *,
    due_at: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    **options: object,
) -> HeardLine:
    """Speak a line and hear it to its end. `due_at` is now unless given. Raises ClientError."""
    due_at = clock() if due_at is None else due_at
    line = await client.speak(text, **options)
    chunks, pcm, words = list[Chunk](), bytearray(), list[messages.MarkItem]()
    async for event in line:
        if isinstance(event, wire.AudioFrame):
            chunks.append(Chunk(clock(), event.samples))
            pcm += event.pcm
        elif isinstance(event, messages.Marks):
            words.extend(event.marks)
    assert line.done is not None
    return HeardLine(bytes(pcm), client.rate, due_at, tuple(chunks), clock(), tuple(words), line.done)


async def alone(url: str, token: str, lines: list[tuple[str, int]]) -> list[HeardLine]:
    """Each line with nothing beside it, as fast as it can be made."""
    opened = messages.Open(lead_ms=messages.MAX_LEAD_MS)
    async with await Client.connect(url, opened, token=token) as client:
        return [await listen(client, text, seed=seed) for text, seed in lines]


async def together(url: str, token: str, scripts: list[list[tuple[str, int]]]) -> list[list[HeardLine]]:
    """Every script in a session of its own, all at once, line after line, at the pace of playback."""
    return list(await asyncio.gather(*(_session(url, token, script) for script in scripts)))


async def _session(url: str, token: str, script: list[tuple[str, int]]) -> list[HeardLine]:
    async with await Client.connect(url, token=token) as client:
        heard = []
        for text, seed in script:
            heard.append(await listen(client, text, seed=seed))
            times = heard[-1].times()
            left_s = times.first_chunk_s + heard[-1].audio_s + times.stalled_s - times.total_s
            await asyncio.sleep(max(0.0, left_s))  # a listener hears a line out before asking for the next
        return heard


def audible_sample(pcm: bytes) -> int | None:
    """Index of the first audible one of 16-bit samples."""
    return next((index for index, sample in enumerate(memoryview(pcm).cast("h")) if abs(sample) >= AUDIBLE), None)
