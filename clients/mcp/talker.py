"""What a model's client may do with a voice: speak, list voices and stop. Without the protocol, which is `server.py`.

The sound is played on this machine, by the player; every answer is a state and a length.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from oncue.clients.client import ClientError, Refusal
from oncue.clients.live.output import OutputError
from oncue.clients.live.player import LineEnded, LineStarted, Player
from oncue.streaming.protocol.messages import Duration, Emotion

MOST_WAITING = 20


class SpeakingError(Exception):
    """What a tool answers instead of a result; the message is a sentence."""


class Talker:
    """The tools, without the protocol. Lines wait for one another; `stop` silences all of them."""

    def __init__(self, player_of: Callable[[Callable[[LineStarted | LineEnded], None]], Player]) -> None:
        """`player_of` makes the player, given whom to tell."""
        self._player = player_of(self._told)
        self._started: asyncio.Future[LineStarted] | None = None
        self._turn = asyncio.Lock()
        self._lines: set[asyncio.Task[LineEnded]] = set()

    async def speak(
        self, text: str, voice: str | None, emotion: str | None, seconds: float | None, *, wait: bool
    ) -> dict[str, Any]:
        """Say something. Raises SpeakingError."""
        if len(self._lines) >= MOST_WAITING:
            raise SpeakingError(f"{MOST_WAITING} lines are waiting already: stop them, or wait until they were heard.")
        options: dict[str, Any] = {
            "voice": voice or None,
            "emotion": Emotion(text=emotion) if emotion else None,
            "duration": None if seconds is None else Duration(seconds=seconds),
        }
        started: asyncio.Future[LineStarted] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._say(text, options, started))
        self._lines.add(task)
        task.add_done_callback(self._over)
        if not wait:
            either: list[asyncio.Future[Any]] = [task, started]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED, timeout=None if self._alone else 0)
            if started.done() and not started.cancelled():
                return {"state": "speaking", "seconds": round(started.result().seconds, 3)}
            if not task.done():
                return {"state": "waiting", "before_it": len(self._lines) - 1}
        ended = await _result(task)
        return {"state": ended.reason, "seconds": round(ended.seconds, 3)}

    async def voices(self) -> list[str]:
        """The names a line can be spoken with. Raises SpeakingError."""
        try:
            return list(await self._player.voices())
        except ClientError as error:
            raise SpeakingError(str(error)) from error

    async def stop(self) -> dict[str, Any]:
        """Silence now; how many lines were stopped or let go."""
        lines = [task for task in self._lines if not task.done()]
        playing = await self._player.stop()
        for task in lines[1 if playing else 0 :]:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*lines, return_exceptions=True)
        return {"stopped": len(lines)}

    async def close(self) -> None:
        """Leave."""
        await self.stop()
        await self._player.close()

    @property
    def _alone(self) -> bool:
        return len(self._lines) <= 1

    async def _say(self, text: str, options: dict[str, Any], started: asyncio.Future[LineStarted]) -> LineEnded:
        async with self._turn:
            self._started = started
            return await self._player.play(text, **options)

    def _told(self, event: LineStarted | LineEnded) -> None:
        if isinstance(event, LineStarted) and self._started is not None and not self._started.done():
            self._started.set_result(event)

    def _over(self, task: asyncio.Task[LineEnded]) -> None:
        self._lines.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever waits; a line that nobody waits for fails in silence


async def _result(task: asyncio.Task[LineEnded]) -> LineEnded:
    """How a line ended. Raises SpeakingError."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if task.cancelled():
            raise SpeakingError("The line was let go before it was heard.") from None
        raise
    except (Refusal, ClientError, OutputError) as error:
        raise SpeakingError(str(error)) from error
