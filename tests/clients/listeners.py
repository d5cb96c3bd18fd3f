"""Lines as listeners had them, clients that only pretend to speak, and a loop whose time is a number."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, cast

import numpy as np

from oncue.clients.bench.listeners import HeardLine
from oncue.clients.bench.playback import Chunk
from oncue.clients.client import Client, LineEvent, Refusal
from oncue.streaming.protocol import messages, wire

RATE = 1000
DONE = messages.Done("a", "complete", 0, None, 1, 1.0, {})


def tone(samples: int, silent: int = 0) -> bytes:
    """16-bit samples that are audible from `silent` on."""
    return np.where(np.arange(samples) < silent, 1, 1000).astype("<i2").tobytes()


def heard(
    arrivals_s: Sequence[float] = (0.1, 0.2, 0.3), *, chunk_s: float = 0.2, due_at: float = 0.0, silent: int = 0
) -> HeardLine:
    """A line in chunks of `chunk_s` at 1000 samples a second."""
    samples = round(chunk_s * RATE)
    chunks = tuple(Chunk(due_at + at_s, samples) for at_s in arrivals_s)
    pcm = tone(samples * len(arrivals_s), silent)
    return HeardLine(pcm, RATE, due_at, chunks, due_at + max(arrivals_s, default=0.0), (), DONE)


class PretendLine:
    """A line whose first chunk comes after `first_s`, then one every `every_s`."""

    def __init__(self, first_s: float, every_s: float, chunks: int) -> None:
        self.done: messages.Done | None = None
        self._waits_s = [first_s, *[every_s] * (chunks - 1)]

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        for number, wait_s in enumerate(self._waits_s):
            await asyncio.sleep(wait_s)
            yield wire.AudioFrame(1, number, number * 100, 100, tone(100))
        self.done = DONE
        yield DONE


class PretendClient:
    """Speaks what it is told to, and remembers when it was asked and how many lines it had at once."""

    rate = RATE

    def __init__(self, line: Callable[[str], PretendLine]) -> None:
        self.asked: list[tuple[float, str]] = []
        self._line = line

    async def speak(self, text: str, **options: object) -> PretendLine:
        self.asked.append((asyncio.get_running_loop().time(), text))
        if text == "refuse":
            raise Refusal(messages.Error("a", "busy", "Later.", retry=True, detail={}, terminal=True))
        return self._line(text)

    def as_client(self) -> Client:
        return cast("Client", self)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only by waiting, and then at once."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._now_s

    def wait(self, seconds: float) -> None:
        self._now_s += seconds


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everyone waits for something that never happens"
        self._loop.wait(max(0.0, timeout))
        return super().select(0)


def simulate(work: Callable[[Callable[[], float]], Coroutine[Any, Any, Any]]) -> Any:
    """Run `work(clock)` in simulated time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work(runner.get_loop().time))
