"""Where the sound of a bridge goes: a player program of this machine, a sound device, or nowhere.

Every line is a stream of its own, so that its end is heard and a stop is at once. What is played is
pcm_s16le, mono.
"""

from __future__ import annotations

import asyncio
import importlib
import shlex
import shutil
from collections.abc import Sequence
from typing import Any, Protocol

_PROGRAMS = (
    ("paplay", "--raw", "--format=s16le", "--channels=1", "--rate={rate}"),
    ("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", "{rate}", "-"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet", "-f", "s16le", "-ar", "{rate}", "-i", "-"),
    ("play", "-q", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", "{rate}", "-"),
)
"""Tried in this order; each reads samples from its standard input."""


class OutputError(Exception):
    """Sound that cannot be played; the message is a sentence for a person."""


class Output(Protocol):
    """A place for sound. `latency_s` is about how long a sample takes from `write` to the ear."""

    latency_s: float

    async def begin(self, rate: int) -> None:
        """A line begins."""

    async def write(self, pcm: bytes) -> None:
        """Samples of the line; may wait while the device has enough."""

    async def end(self) -> None:
        """The line is complete: return when it has been handed over, not before it is safe to begin another."""

    async def stop(self) -> None:
        """Drop what was not yet heard."""


class Nowhere:
    """No sound; the clock runs all the same."""

    latency_s = 0.0

    async def begin(self, rate: int) -> None:
        """Nothing to do."""

    async def write(self, pcm: bytes) -> None:
        """Nothing to do."""

    async def end(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to do."""


class Program:
    """A program that plays what it reads, started anew for every line; `{rate}` in its words is the sample rate."""

    def __init__(self, words: Sequence[str], latency_s: float = 0.1) -> None:
        self._words = tuple(words)
        self.latency_s = latency_s
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self, rate: int) -> None:
        """Start it. Raises OutputError."""
        await self.end()
        words = [word.replace("{rate}", str(rate)) for word in self._words]
        try:
            self._process = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE)
        except OSError as error:
            raise OutputError(f"The player {words[0]} cannot be started: {error.strerror}.") from error

    async def write(self, pcm: bytes) -> None:
        """Hand it samples. Raises OutputError when it has ended."""
        process = self._process
        if process is None or process.stdin is None:
            return  # stopped meanwhile
        try:
            process.stdin.write(pcm)
            await process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            if process is not self._process:
                return
            await self.stop()
            raise OutputError(f"The player {self._words[0]} stopped.") from error

    async def end(self) -> None:
        """Let it play to the end; a `stop` meanwhile ends it at once."""
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            await process.wait()
            if process is self._process:
                self._process = None

    async def stop(self) -> None:
        """End it now."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


class Device:
    """The default sound device, through the package `sounddevice` (the extra `play`)."""

    def __init__(self, latency_s: float = 0.1) -> None:
        self.latency_s = latency_s
        self._library: Any = importlib.import_module("sounddevice")
        self._stream: Any = None

    async def begin(self, rate: int) -> None:
        """Open it. Raises OutputError."""
        await self.end()
        try:
            self._stream = self._library.RawOutputStream(samplerate=rate, channels=1, dtype="int16")
            self._stream.start()
        except Exception as error:  # the library's own errors have no common base that is documented
            self._stream = None
            raise OutputError(f"The sound device cannot be opened: {error}.") from error

    async def write(self, pcm: bytes) -> None:
        """Hand it samples; waits in a thread while its buffer is full."""
        stream = self._stream
        if stream is None:
            return
        try:
            await asyncio.to_thread(stream.write, pcm)
        except Exception as error:
            if stream is self._stream:
                raise OutputError(f"The sound device stopped: {error}.") from error

    async def end(self) -> None:
        """Let it play to the end; a `stop` meanwhile ends it at once."""
        stream = self._stream
        if stream is not None:
            await asyncio.to_thread(stream.stop)
            if stream is self._stream:
                self._stream = None
                stream.close()

    async def stop(self) -> None:
        """Drop what it holds."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await asyncio.to_thread(stream.abort)
            stream.close()


def output_of(choice: str) -> Output:
    """`none`, `auto`, or the command of a player. Raises OutputError for `auto` on a machine without one."""
    if choice == "none":
        return Nowhere()
    if choice != "auto":
        return Program(shlex.split(choice))
    try:
        return Device()
    except (ImportError, OSError):  # OSError: the package is there and its library is not
        pass
    for words in _PROGRAMS:
        if shutil.which(words[0]) is not None:
            return Program(words)
    names = ", ".join(words[0] for words in _PROGRAMS)
    raise OutputError(
        f"There is nothing to play sound with: install oncue[play] or one of {names}, give --player, or say --player none."
    )
