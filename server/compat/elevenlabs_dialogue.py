"""ElevenLabs' dialogues over HTTP: several voices one after another in one sound, whole or streamed, with times or without.

Each input is a line of ours; it begins where the one before it ends, with the pause that closes it. `settings` are taken and
mean nothing here. What a single voice says is `elevenlabs.py`.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from oncue.clients.client import Refusal
from oncue.server.audio.live_sound import LiveSound, SoundFormat
from oncue.server.compat.aliases import AliasResolver
from oncue.server.compat.alignment import AlignedSound
from oncue.server.compat.elevenlabs import DEFAULT_FORMAT, aligned, seconds_of, sound_of, speak_of
from oncue.server.http.handling import GONE, answered
from oncue.server.http.streaming import StreamedAnswer
from oncue.server.http.upload import read_json
from oncue.server.state import ServerState
from oncue.streaming.protocol.errors import TextEmpty, Unpronounceable

PATH = "/v1/text-to-dialogue"
_SILENT = {TextEmpty.code, Unpronounceable.code}
MAX_INPUTS = 512


class DialogueInput(Struct, frozen=True):
    """What one voice says."""

    text: str
    voice_id: Annotated[str, Meta(min_length=1, max_length=128)]


class Dialogue(Struct, frozen=True):
    """The body of all four routes."""

    inputs: Annotated[list[DialogueInput], Meta(min_length=1, max_length=MAX_INPUTS)]
    language_code: str | None = None
    seed: Annotated[int, Meta(ge=0, le=2**53)] | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the sound as it is sent, and what is said in it: positions count from the start of the dialogue."""

    data: bytes
    piece: AlignedSound
    input: int


class ElevenLabsDialogue:
    """The routes."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        for path, handler in (
            (PATH, self._sound), (f"{PATH}/stream", self._sound), (f"{PATH}/with-timestamps", self._timed),
            (f"{PATH}/stream/with-timestamps", self._timed_stream),
        ):  # fmt: skip
            router.add_post(path, answered(self._state, handler))

    async def _sound(self, request: web.Request) -> web.StreamResponse:
        asked, sound = await self._asked(request)
        return await self._answer(request, asked, sound, sound.kind.content_type, lambda part: part.data)

    async def _timed_stream(self, request: web.Request) -> web.StreamResponse:
        """A JSON object on each line."""
        asked, sound = await self._asked(request)

        def line(part: _Part) -> bytes:
            return msgspec.json.encode(_said(asked, [part], sound.session_rate)) + b"\n"

        return await self._answer(request, asked, sound, "application/json", line)

    async def _timed(self, request: web.Request) -> web.StreamResponse:
        """One JSON object with all of it."""
        asked, sound = await self._asked(request)
        async with contextlib.aclosing(self._speak(asked, sound)) as parts:
            return web.json_response(_said(asked, [part async for part in parts], sound.session_rate))

    async def _asked(self, request: web.Request) -> tuple[Dialogue, SoundFormat]:
        """What a request asks for, with voices that there are. Raises UploadError, FormatError or UnknownVoice."""
        sound = sound_of(request.query.get("output_format", DEFAULT_FORMAT))
        asked = await read_json(request, Dialogue)
        resolver = AliasResolver(self._state.voice_store(), self._state.config)
        for name in {each.voice_id for each in asked.inputs}:  # while it can still be answered
            resolver.voice(name)
        return asked, sound

    async def _answer(
        self, request: web.Request, asked: Dialogue, sound: SoundFormat, content_type: str, packed: Any
    ) -> web.StreamResponse:
        out = StreamedAnswer(request, {"Content-Type": content_type}, self._state.config.slow_consumer_s)
        try:
            async with contextlib.aclosing(self._speak(asked, sound)) as parts:
                async for part in parts:
                    data = packed(part)
                    if data:
                        await out.send(data)
            return await out.end()
        except GONE:
            return out.abort()
        except Refusal:
            if not out.begun:
                raise
            return out.abort()

    async def _speak(self, asked: Dialogue, sound: SoundFormat) -> AsyncGenerator[_Part]:
        """All inputs as one sound; somebody whose turn has nothing that can be spoken is silent. Raises Refusal, for that
        only where nobody speaks.
        """
        encoder, begin, end = LiveSound(sound), 0, 0
        silent: Refusal | None = None
        for number, said in enumerate(asked.inputs):
            begin = end
            line = speak_of(said.text, said.voice_id, None, asked.language_code, asked.seed, final=True)
            try:
                async with contextlib.aclosing(aligned(self._state, line, sound.session_rate)) as pieces:
                    async for piece in pieces:
                        placed = _moved(piece, begin)
                        end = placed.end
                        yield _Part(await encoder.push(piece.pcm), placed, number)
            except Refusal as refusal:
                if refusal.code not in _SILENT:
                    raise
                silent = refusal
        if silent is not None and not end:
            raise silent
        rest = await encoder.finish()
        if rest:
            yield _Part(rest, AlignedSound(b"", end, "", ()), len(asked.inputs) - 1)


def _moved(piece: AlignedSound, by: int) -> AlignedSound:
    return replace(piece, start=piece.start + by, starts=tuple(start + by for start in piece.starts))


def _said(asked: Dialogue, parts: list[_Part], rate: int) -> dict[str, Any]:
    spoken = [part for part in parts if part.piece.characters]
    times = seconds_of([part.piece for part in spoken], rate) if spoken else None
    return {
        "audio_base64": base64.b64encode(b"".join(part.data for part in parts)).decode(),
        "alignment": times,
        "normalized_alignment": times,
        "voice_segments": _segments(asked, spoken, rate),
    }


def _segments(asked: Dialogue, spoken: list[_Part], rate: int) -> list[dict[str, Any]]:
    """Who speaks when, and which of the characters that are told with it."""
    found: list[dict[str, Any]] = []
    characters = 0
    for part in spoken:
        first = characters
        characters += len(part.piece.characters)
        if not found or found[-1]["dialogue_input_index"] != part.input:
            found.append(
                {
                    "voice_id": asked.inputs[part.input].voice_id, "start_time_seconds": part.piece.start / rate,
                    "character_start_index": first, "dialogue_input_index": part.input,
                }
            )  # fmt: skip
        found[-1] |= {"end_time_seconds": part.piece.end / rate, "character_end_index": characters}
    return found
