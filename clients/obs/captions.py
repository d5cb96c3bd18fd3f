"""What is being said, to OBS while it is said: events for the overlay page, and closed captions of the stream.

The page hears the event `oncue` with the same two shapes that the studio tells its own overlays: a `line` (its text, its
words with their times, and where it is) and the `mouth`. Nothing is sent while nothing plays, but that a line is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from oncue.clients.live.mouth import Pose
from oncue.clients.live.player import LineEnded, LineNow, LineStarted
from oncue.clients.obs.obs import Obs, ObsError

EVENT = "oncue"
FRAME_S = 1 / 20
LINE_EVERY_S = 0.5
"""A page that was opened in the middle of a line knows it after this."""


class Shown(Protocol):
    """Whoever plays, such as `live.Player`."""

    def now(self) -> LineNow | None:
        """The line that plays."""

    def pose(self) -> Pose:
        """How the mouth stands."""


def line_event(line: LineNow, *, ended: bool = False) -> dict[str, Any]:
    """A line as the overlay page takes it."""
    words = [
        {"char_start": word.char_start, "char_end": word.char_end, "start": word.start_s, "end": word.end_s}
        for word in line.words
    ]
    return {
        "type": "line",
        "id": line.id,
        "text": line.text,
        "at": line.at_s,
        "playing": not ended,
        "ended": ended,
        "length": line.length_s,
        "words": words,
    }


def mouth_event(line: LineNow, pose: Pose) -> dict[str, Any]:
    """The mouth as the overlay page takes it."""
    return {"type": "mouth", "id": line.id, "open": round(pose.open, 3), "viseme": pose.viseme, "at": line.at_s}


class ObsCaptions:
    """Give it to the player as an observer (`told`), and run it."""

    def __init__(
        self,
        *,
        with_stream_captions: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._with_captions, self._clock, self._sleep = with_stream_captions, clock, sleep
        self._texts: list[str] = []
        self._last: LineNow | None = None
        self._sent_at = 0.0

    def told(self, event: LineStarted | LineEnded) -> None:
        """What the player says."""
        if isinstance(event, LineStarted):
            self._texts.append(event.text)

    async def run(self, obs: Obs, shown: Shown) -> None:
        """Until cancelled. Raises ObsError when OBS is gone."""
        while True:
            await self._captions(obs)
            await self._frame(obs, shown)
            await self._sleep(FRAME_S)

    async def _captions(self, obs: Obs) -> None:
        texts, self._texts = self._texts, []
        for text in texts if self._with_captions else ():
            try:
                await obs.caption(text)
            except ObsError:
                self._with_captions = False  # nothing is being streamed, or it has no captions
                return

    async def _frame(self, obs: Obs, shown: Shown) -> None:
        line, last = shown.now(), self._last
        if last is not None and (line is None or line.id != last.id):
            await obs.emit_event(EVENT, {**mouth_event(last, Pose())})
            await obs.emit_event(EVENT, line_event(last, ended=True))
            self._last = None
        if line is None:
            return
        now = self._clock()
        new = self._last is None or line.words != self._last.words
        if new or now - self._sent_at >= LINE_EVERY_S:
            await obs.emit_event(EVENT, line_event(line))
            self._sent_at = now
        await obs.emit_event(EVENT, mouth_event(line, shown.pose()))
        self._last = line
