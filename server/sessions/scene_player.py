"""Scenes of one connection: turned once in a while as long as one runs, and what they want put between client and session.

A scene ends with its connection; lines that it left are resumed like others. What a scene is, `streaming/scenes` knows.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from oncue.server.sessions.session_driver import Incoming
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import BadMessage, DuplicateId, OnCueError, UnknownId
from oncue.streaming.scenes.live import LiveScene
from oncue.streaming.session.line_output import OutgoingFrame

_log = logging.getLogger(__name__)
TURN_S = 0.02
MOST_SCENES = 4


class ScenePlayer:
    """`say` gives a message to the session, `tell` frames to the client."""

    def __init__(self, say: Callable[[Incoming], Awaitable[None]], tell: Callable[[list[OutgoingFrame]], None]) -> None:
        self._say, self._tell = say, tell
        self._opened: messages.Open | None = None
        self._scenes: dict[str, LiveScene] = {}
        self._used: set[str] = set()
        self._turning: asyncio.Task[None] | None = None

    async def enter(self, message: Incoming) -> bool:
        """A message of the client. Returns whether it was about a scene, and needs nobody else."""
        match message:
            case messages.Open():
                self._opened = self._opened or message
                return False
            case messages.Scene() | messages.Choose() | messages.Cue():
                try:
                    await self._receive(message)
                except OnCueError as error:
                    self._refuse(message.id, error)
                return True
            case messages.Cancel() if message.id in self._scenes:
                await self._end(self._scenes.pop(message.id))
                return True
            case messages.Close():
                for scene in list(self._scenes.values()):
                    await self._end(scene)
                self._scenes.clear()
                return False
            case _:
                return False

    def observe(self, frames: Sequence[OutgoingFrame]) -> None:
        """What the session says to the client."""
        if not self._scenes:
            return
        for frame in frames:
            data = frame.data
            event = wire.unpack_audio(data) if isinstance(data, bytes) else wire.decode_server(data)
            for scene in self._scenes.values():
                scene.observe(event)

    def leave(self) -> None:
        """The connection is gone."""
        self._scenes.clear()
        if self._turning is not None:
            self._turning.cancel()

    async def _receive(self, message: messages.Scene | messages.Choose | messages.Cue) -> None:
        if not isinstance(message, messages.Scene):
            scene = self._scenes.get(message.id)
            if scene is None:
                raise UnknownId("There is no scene of this id, or it is over.")
            scene.receive(message, time.monotonic())
            return
        opened = self._opened
        if opened is None:
            raise BadMessage("Open a session on this connection before a scene.")
        if opened.audio.codec != "pcm_s16le" or "word" not in opened.marks:
            raise BadMessage("A session that plays scenes is opened with pcm_s16le and word marks.")
        if message.id in self._used:
            raise DuplicateId("The scene's id was used before in this session.")
        if len(self._scenes) >= MOST_SCENES:
            raise BadMessage(f"{MOST_SCENES} scenes run already on this connection.")
        scene = LiveScene(message, opened.audio.rate, time.monotonic())
        self._used.add(message.id)
        self._scenes[message.id] = scene
        _log.info("a scene begins")
        if self._turning is None or self._turning.done():
            self._turning = asyncio.create_task(self._turn())

    async def _turn(self) -> None:
        while self._scenes:
            for scene in list(self._scenes.values()):
                commands, told = scene.poll(time.monotonic())
                self._deliver(told)
                for command in commands:
                    await self._say(command)
                if scene.over:
                    self._scenes.pop(scene.identity, None)
            await asyncio.sleep(TURN_S)

    async def _end(self, scene: LiveScene) -> None:
        commands, told = scene.stop()
        for command in commands:
            await self._say(command)
        self._deliver(told)

    def _deliver(self, told: Sequence[messages.ServerMessage]) -> None:
        if told:
            self._tell([OutgoingFrame(wire.encode(message)) for message in told])

    def _refuse(self, identity: str, error: OnCueError) -> None:
        running = identity in self._scenes
        refusal = messages.Error(identity, error.code, error.message, error.retry, error.detail, terminal=not running)
        self._deliver([refusal])
