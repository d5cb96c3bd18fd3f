"""A mouth in VTube Studio that follows what OnCue says, without an audio cable.

It asks somebody how the mouth stands (`pose`), as often as a face is drawn, and injects `MouthOpen` and parameters of its
own. A value is sent when it changes and again within RESEND_S, because VTube Studio lets go of one after a second. The last
thing it sends is a closed mouth.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from oncue.clients.live.mouth import CLOSED, VOWELS, Pose
from oncue.clients.vtube_studio.api import (
    CONTROLLED_BY_ANOTHER,
    Denied,
    Parameter,
    Refused,
    VTubeStudio,
    VTubeStudioError,
)

FRAME_S = 1 / 30
RESEND_S = 0.4
"""VTube Studio documents one second; half of that is kept for a machine that is busy."""
RETRY_S = 3.0

MOUTH_OPEN = "MouthOpen"
"""VTube Studio's own parameter, which most models have mapped already. Only one plugin may set it."""
OWN = (
    Parameter("OnCueMouthOpen", "How far the mouth is open while OnCue speaks"),
    Parameter("OnCueMouthForm", "Rounded (-1) to spread (1) lips while OnCue speaks", -1.0, 1.0),
    *(Parameter(f"OnCueVowel{vowel}", f"The vowel {vowel} while OnCue speaks") for vowel in VOWELS),
)

logger = logging.getLogger(__name__)


def values_of(pose: Pose) -> dict[str, float]:
    """A pose as values of parameters."""
    vowels = {f"OnCueVowel{vowel}": round(share, 3) for vowel, share in zip(VOWELS, pose.vowels, strict=True)}
    opened = round(pose.open, 3)
    form = round(pose.form, 3)
    return {MOUTH_OPEN: opened, "OnCueMouthOpen": opened, "OnCueMouthForm": form, **vowels}


class TokenFile:
    """The token that the user's click gave us, kept for the next time and readable by the user alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        """The token, if there is one."""
        try:
            return self._path.read_text("ascii").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, token: str) -> None:
        """Keep a token; a disk that does not take it only means that the user is asked again."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(token)
        except OSError:
            logger.warning("The token of VTube Studio cannot be kept; it will ask again next time.")


class Bridge:
    """Run it beside whatever plays the sound; it connects, and connects again, by itself."""

    def __init__(
        self,
        pose: Callable[[], Pose],
        connect: Callable[[], Awaitable[VTubeStudio]],
        token: TokenFile,
        *,
        release: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tell: Callable[[str], None] = logger.warning,
    ) -> None:
        """`release`: between lines, leave the mouth to whatever moved it before, such as the camera."""
        self._pose, self._connect, self._token, self._release = pose, connect, token, release
        self._clock, self._sleep, self._tell = clock, sleep, tell
        self._refused: set[str] = set()
        """Parameters that VTube Studio does not let us set."""
        self._told: str | None = None

    async def run(self) -> None:
        """Until cancelled. Raises Denied when the user does not allow the plugin."""
        while True:
            try:
                studio = await self._connect()
                try:
                    await self._sign_in(studio)
                    self._refused.clear()
                    await self._move(studio)
                finally:
                    await studio.close()
            except Denied:
                raise
            except VTubeStudioError as error:
                self._say(str(error))
            await self._sleep(RETRY_S)

    def _say(self, sentence: str) -> None:
        """Tell a problem once, not every few seconds."""
        if sentence != self._told:
            self._told = sentence
            self._tell(sentence)

    async def _sign_in(self, studio: VTubeStudio) -> None:
        token = self._token.read()
        if token is None or not await studio.sign_in(token):
            self._say("VTube Studio asks whether OnCue may move the mouth: allow it there.")
            token = await studio.token()
            if not await studio.sign_in(token):
                raise VTubeStudioError("VTube Studio does not take the token it has just given.")
            self._token.write(token)
        for parameter in OWN:
            await studio.create(parameter)
        self._told = None

    async def _move(self, studio: VTubeStudio) -> None:
        """Send what changed, and what was sent long ago; a closed mouth at the end, whatever ends it."""
        last: Pose | None = None
        sent_at = closed_since = self._clock()
        try:
            while True:
                now, pose = self._clock(), self._pose()
                if pose != CLOSED:
                    closed_since = now
                let_go = self._release and now - closed_since > RESEND_S
                if not let_go and (pose != last or now - sent_at >= RESEND_S - FRAME_S):
                    last, sent_at = pose, now  # first, for a cancel may come when it is on its way
                    await self._inject(studio, pose)
                await self._sleep(FRAME_S)
        finally:
            if last not in {None, CLOSED}:
                with suppress(VTubeStudioError):  # it is gone, and lets go of the mouth by itself within a second
                    await self._inject(studio, CLOSED)

    async def _inject(self, studio: VTubeStudio, pose: Pose) -> None:
        values = {name: value for name, value in values_of(pose).items() if name not in self._refused}
        try:
            await studio.inject(values)
        except Refused as error:
            if error.code != CONTROLLED_BY_ANOTHER or MOUTH_OPEN in self._refused:
                raise
            # Another plugin holds MouthOpen: our own parameters still move, and a model can be mapped to them.
            self._refused.add(MOUTH_OPEN)
            self._say(f"{error} The mouth is moved by OnCueMouthOpen alone: map the model's mouth to it.")
            await self._inject(studio, pose)
