"""Many listeners at once: each speaks its lines over its own socket and plays them with no buffer at all.

It measures what a client can measure, and keeps the samples so that they can be compared. It starts no server.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from clients.client import Client
from clients.playback import PlaybackClock
from streaming import messages, wire

AUDIBLE = 104
"""A 16-bit sample of -50 dB of full scale: from here on a sound counts as heard."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One line as a listener had it. Times are seconds after `speak` was sent."""

    pcm: bytes
    rate: int
    first_chunk_s: float
    first_audible_s: float
    """When the chunk with the first audible sample came."""
    total_s: float
    chunks: int
    underruns: int
    stalled_s: float
    arrivals_s: tuple[float, ...]
    words: tuple[messages.MarkItem, ...]
    done: messages.Done

    @property
    def audio_s(self) -> float:
        """Length of the sound."""
        return len(self.pcm) / 2 / self.rate


async def listen(client: Client, text: str, **options: object) -> Heard:
    """Speak a line and hear it to its end. Raises ClientError."""
    began = time.monotonic()
    line = await client.speak(text, **options)
    clock, pcm, words = PlaybackClock(client.rate), bytearray(), list[messages.MarkItem]()
    arrivals: list[float] = []
    audible_s: float | None = None
    async for event in line:
        now = time.monotonic()
        if isinstance(event, wire.AudioFrame):
            clock.arrived(event.samples, now)
            arrivals.append(now - began)
            pcm += event.pcm
            if audible_s is None and _audible(event.pcm):
                audible_s = now - began
        elif isinstance(event, messages.Marks):
            words.extend(event.marks)
    assert line.done is not None
    first = arrivals[0] if arrivals else 0.0
    return Heard(
        bytes(pcm), client.rate, first, first if audible_s is None else audible_s, time.monotonic() - began,
        len(arrivals), clock.underruns, clock.stalled_s, tuple(arrivals), tuple(words), line.done,
    )  # fmt: skip


async def alone(url: str, token: str, lines: list[tuple[str, int]]) -> list[Heard]:
    """Each line with nothing beside it, as fast as it can be made."""
    opened = messages.Open(lead_ms=messages.MAX_LEAD_MS)
    async with await Client.connect(url, opened, token=token) as client:
        return [await listen(client, text, seed=seed) for text, seed in lines]


async def together(url: str, token: str, scripts: list[list[tuple[str, int]]]) -> list[list[Heard]]:
    """Every script in a session of its own, all at once, line after line, at the pace of playback."""
    return list(await asyncio.gather(*(_session(url, token, script) for script in scripts)))


async def _session(url: str, token: str, script: list[tuple[str, int]]) -> list[Heard]:
    async with await Client.connect(url, token=token) as client:
        heard = []
        for text, seed in script:
            heard.append(await listen(client, text, seed=seed))
            left_s = heard[-1].audio_s + heard[-1].first_chunk_s + heard[-1].stalled_s - heard[-1].total_s
            await asyncio.sleep(max(0.0, left_s))  # a listener hears a line out before asking for the next
        return heard


def _audible(pcm: bytes) -> bool:
    return any(abs(sample) >= AUDIBLE for sample in memoryview(pcm).cast("h"))
