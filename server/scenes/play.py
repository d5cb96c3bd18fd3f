"""A scene played by a client of a server, in real time: what is typed goes in, and stems of what was heard come out.

It uses nothing but the wire, as a drama engine would; the mix is made of the places that the server told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect

from oncue.clients.client import ClientError, stream_url
from oncue.streaming.protocol import messages, wire
from oncue.streaming.scenes.mix import SceneSound, SoundedLine, mixed, panned
from oncue.streaming.scenes.scene import Scene

ID = "scene"
_MAX_FRAME = 1 << 20


@dataclass(slots=True)
class Performance:
    """What was told and heard of a scene."""

    scene: Scene
    rate: int = 24_000
    places: dict[str, messages.ScenePlace] = field(default_factory=dict)
    sounds: dict[str, bytearray] = field(default_factory=dict)
    """By the id of the line in the session."""
    done: messages.SceneDone | None = None
    errors: list[str] = field(default_factory=list)

    def take(self, event: messages.ServerMessage | wire.AudioFrame, numbers: dict[int, str]) -> None:
        """Note an event."""
        match event:
            case messages.ScenePlan():
                self.places |= {place.line: place for place in event.lines}
            case messages.Started():
                numbers[event.number] = event.id
                self.sounds[event.id] = bytearray()
            case wire.AudioFrame() if event.number in numbers:
                self.sounds[numbers[event.number]] += event.pcm
            case messages.SceneDone():
                self.done = event
            case messages.Error():
                self.errors.append(event.message)
            case _:
                pass

    def pcm(self, line: str) -> NDArray[np.float32]:
        """The samples of a line as it was last spoken."""
        ids = [name for name in self.sounds if name.partition("/")[2].partition("~")[0] == line]
        data = np.frombuffer(bytes(self.sounds[ids[-1]]), "<i2") if ids else np.zeros(0, "<i2")
        return (data.astype(np.float32) / np.float32(32767)).astype(np.float32)

    def sound(self) -> SceneSound:
        """Stems and mix from the pre-roll's beginning on."""
        before, lines = round(self.scene.pre_roll * self.rate), []
        for name, place in self.places.items():
            if place.status == "begun" and place.start is not None:
                first = before + round((place.start - (place.onset or 0.0)) * self.rate)
                cut = None if place.cut is None else before + round(place.cut * self.rate)
                lines.append(SoundedLine(name, self.scene.lines[name].who, self.pcm(name), first, cut))
        gains = {name: panned(who.pan, who.gain_db) for name, who in self.scene.characters.items()}
        count = max([before, *(line.first_sample + len(line.pcm) for line in lines)]) + self.rate // 4
        return mixed(lines, gains, count, self.rate)


Decided = messages.Choose | messages.Cue


async def play(
    url: str,
    token: str,
    scene: Scene,
    decisions: AsyncIterator[Decided],
    told: Callable[[float, messages.ScenePlace], None],
    *,
    choices: Mapping[str, str] | None = None,
    cues: Mapping[str, float] | None = None,
) -> Performance:
    """Play a scene by a server to its end; `told` hears of every place that changes. Raises ClientError."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    made, numbers = Performance(scene), dict[int, str]()
    try:
        async with connect(
            stream_url(url), additional_headers=headers, compression=None, max_size=_MAX_FRAME, proxy=None
        ) as socket:
            await socket.send(wire.encode(messages.Open(marks=("word",), lead_ms=messages.MAX_LEAD_MS)))
            built = msgspec.to_builtins(scene)
            await socket.send(wire.encode(messages.Scene(ID, built, dict(choices or {}), dict(cues or {}))))
            deciding = asyncio.create_task(_decide(socket, decisions))
            try:
                async for data in socket:
                    event = wire.unpack_audio(data) if isinstance(data, bytes) else wire.decode_server(data)
                    made.take(event, numbers)
                    if isinstance(event, messages.ScenePlan):
                        for place in event.lines:
                            told(event.now, place)
                    if isinstance(event, messages.SceneDone):
                        break
                    if isinstance(event, messages.Error) and event.terminal and event.id in {ID, None}:
                        raise ClientError(event.message)
            finally:
                deciding.cancel()
                await asyncio.gather(deciding, return_exceptions=True)
    except OSError as error:
        raise ClientError("There is no server at this address: start one with `oncue serve`.") from error
    return made


async def _decide(socket: ClientConnection, decisions: AsyncIterator[Decided]) -> None:
    async for decision in decisions:
        await socket.send(wire.encode(decision))
