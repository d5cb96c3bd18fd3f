"""Lines played one after another, for a face and captions that keep time with the sound.

It owns the connection and the clock. Anybody may ask at any time how the mouth stands (`pose`) and where the line is
(`now`); when nothing plays, the mouth is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from oncue.clients.client import Client, ClientError, ClientLine, Refusal
from oncue.clients.live.mouth import CLOSED, MouthCurve, Pose
from oncue.clients.live.output import Nowhere, Output
from oncue.clients.live.playback import PlaybackPosition
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.wire import AudioFrame

REPORT_EVERY_S = 0.2
OPENING = messages.Open(marks=("word", "viseme", "mouth"))
Connect = Callable[[], Awaitable[Client]]


@dataclass(frozen=True, slots=True)
class LineStarted:
    """Told before the first sound: how long the line will be."""

    id: str
    text: str
    seconds: float
    exact: bool
    """Whether the length was asked for, and will be kept to the sample."""


@dataclass(frozen=True, slots=True)
class LineEnded:
    """How a line went."""

    id: str
    reason: messages.Reason
    seconds: float
    """How much of it was heard."""


@dataclass(frozen=True, slots=True)
class LineNow:
    """The line that plays, as one who shows it needs it. Times are seconds from its first sample."""

    id: str
    text: str
    at_s: float
    length_s: float
    """What is expected; exact where a length was asked for."""
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line: characters and seconds."""

    char_start: int
    char_end: int
    start_s: float
    end_s: float


Observer = Callable[[LineStarted | LineEnded], None]


def connector(url: str, token: str = "") -> Connect:
    """A way to connect, and to connect again."""
    return lambda: Client.connect(url, OPENING, token=token)


class Player:
    """Plays a line at a time; a second `play` waits for the first. `stop` may be called from anywhere."""

    def __init__(
        self,
        connect: Connect,
        output: Output | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observer: Observer | None = None,
    ) -> None:
        self._connect, self._clock, self._sleep = connect, clock, sleep
        self._output: Output = output or Nowhere()
        self._observer: Observer = observer or (lambda _: None)
        self._client: Client | None = None
        self._turn = asyncio.Lock()
        self._line: ClientLine | None = None
        self._text = ""
        self._planned_samples = 0
        self._position: PlaybackPosition | None = None
        self._curve = MouthCurve()
        self._words: list[messages.MarkItem] = []
        self._stopped = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether a line is being played or waited for."""
        return self._line is not None

    def pose(self) -> Pose:
        """How the mouth stands now."""
        position = self._position
        if position is None:
            return CLOSED
        at = position.sample(self._clock())
        return CLOSED if at >= position.received_samples else self._curve.pose(at)

    def now(self) -> LineNow | None:
        """The line that plays and where it is; None between lines, and before the first sound."""
        line, position, client = self._line, self._position, self._client
        if line is None or position is None or client is None or not position.received_samples:
            return None
        rate = client.rate
        words = tuple(Word(w.char_start, w.char_end, w.start / rate, w.end / rate) for w in self._words)
        return LineNow(line.id, self._text, position.sample(self._clock()) / rate, self._planned_samples / rate, words)

    async def voices(self) -> tuple[str, ...]:
        """The names the server gave. Raises ClientError."""
        return (await self._connected()).ready.voices

    async def play(self, text: str, **options: Any) -> LineEnded:
        """Speak a line and return when it was heard. `options` are the fields of `messages.Speak`.

        Raises Refusal for a line that the server does not take, ClientError when the connection is lost, and OutputError
        when the sound cannot be played. The mouth is closed in any case.
        """
        async with self._turn:
            client = await self._connected()
            self._stopped.clear()
            self._curve, self._words, self._text, self._planned_samples = MouthCurve(), [], text, 0
            line = self._line = await client.speak(text, **options)
            position = self._position = PlaybackPosition(client.rate, self._output.latency_s)
            try:
                ended = await self._hear(line, text, position, client.rate)
            except Refusal:
                await self._output.stop()
                raise
            except ClientError:
                await self._lost()
                raise
            except BaseException:
                await self._output.stop()
                await self._give_up(line)
                raise
            finally:
                self._line = self._position = None
            self._observer(ended)
            return ended

    async def stop(self, fade_ms: int = 40) -> bool:
        """Stop the line that plays; whether there was one."""
        line = self._line
        if line is None:
            return False
        self._stopped.set()
        self._position = None
        await self._output.stop()
        with suppress(ClientError):  # it ends with the connection
            await line.cancel(fade_ms)
        return True

    async def close(self) -> None:
        """Leave; a line that plays is cut off."""
        self._position = None
        await self._output.stop()
        client, self._client = self._client, None
        if client is not None:
            await client.close(now=True)

    async def _connected(self) -> Client:
        if self._client is None:
            self._client = await self._connect()
        return self._client

    async def _hear(self, line: ClientLine, text: str, position: PlaybackPosition, rate: int) -> LineEnded:
        reported_at = begun_at = None
        done: messages.Done | None = None
        async for event in line:
            match event:
                case messages.Plan():
                    self._planned_samples = event.planned_samples
                case messages.Started():
                    self._planned_samples = event.planned_samples
                    seconds = event.planned_samples / rate
                    self._observer(LineStarted(line.id, text, seconds, event.target_samples is not None))
                case messages.Marks():
                    self._curve.take(event)
                    self._words += [mark for mark in event.marks if mark.kind == "word"]
                case AudioFrame() if not self._stopped.is_set():
                    if begun_at is None:
                        begun_at = self._clock()
                        await self._output.begin(rate)
                    position.arrived(event.samples, self._clock())
                    await self._output.write(event.pcm)
                    now = self._clock()
                    if reported_at is None or now - reported_at >= REPORT_EVERY_S:
                        reported_at = now
                        await line.played(position.sample(now))
                case messages.Done():
                    done = event
        assert done is not None, "a line ends with done, or with an exception"
        if not self._stopped.is_set():
            await self._heard_out(position)
        if done.error is not None:
            raise Refusal(_as_error(done.id, done.error))
        reason: messages.Reason = "cancelled" if self._stopped.is_set() else done.reason
        return LineEnded(line.id, reason, position.sample(self._clock()) / rate)

    async def _heard_out(self, position: PlaybackPosition) -> None:
        """Wait until the last sample was heard, or somebody stops the line."""
        ending = asyncio.ensure_future(self._output.end())
        while not self._stopped.is_set() and (left_s := position.left_s(self._clock())) > 0:
            await self._sleep(min(left_s, 0.05))
        if self._stopped.is_set():
            await self._output.stop()
        await ending

    async def _lost(self) -> None:
        await self._output.stop()
        client, self._client = self._client, None
        if client is not None:
            await client.close(now=True)

    @staticmethod
    async def _give_up(line: ClientLine) -> None:
        with contextlib.suppress(ClientError):
            await line.cancel(0)


def _as_error(identity: str, failed: messages.Failure) -> messages.Error:
    return messages.Error(identity, failed.code, failed.message, failed.retry, failed.detail, terminal=True)
