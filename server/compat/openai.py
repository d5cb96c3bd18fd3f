"""OpenAI's speech endpoint: `POST /v1/audio/speech` with all its formats, whole or as server-sent events.

Beside it what programs ask for first: `GET /v1/models` and `GET /v1/audio/voices`. `speed` becomes a ratio of the
natural length, `instructions` a feeling in words; a model's name is taken and means nothing. The sound is that of
`sessions/speaking.py`.
"""

from __future__ import annotations

import base64
import contextlib
import secrets
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from oncue.clients.client import Refusal
from oncue.server.audio.encoders import FORMATS
from oncue.server.audio.live_sound import LiveSound, SoundFormat, wanted
from oncue.server.compat.aliases import AliasResolver, aliases, listed_model
from oncue.server.compat.open_line import OpenLine
from oncue.server.http import problems
from oncue.server.http.handling import GONE, answered
from oncue.server.http.streaming import StreamedAnswer
from oncue.server.http.upload import UploadError, read_json
from oncue.server.sessions.speaking import LINE, unpaced
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages, wire

MAX_INPUT = 65_536
"""OpenAI takes 4096; who moves a book here need not cut it up."""
_MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Names that programs look for in the list before they speak."""


class VoiceObject(Struct, frozen=True):
    """A voice given as an object."""

    id: Annotated[str, Meta(min_length=1, max_length=128)]


class SpeechRequest(Struct, frozen=True):
    """The body, as far as it means anything here; fields of a later revision are passed over."""

    input: Annotated[str, Meta(max_length=MAX_INPUT)]
    voice: Annotated[str, Meta(min_length=1, max_length=128)] | VoiceObject | None = None
    model: str = ""
    instructions: Annotated[str, Meta(max_length=4096)] | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: Annotated[float, Meta(ge=0.25, le=4.0)] = 1.0
    stream_format: Literal["audio", "sse"] = "audio"

    @property
    def voice_name(self) -> str | None:
        """What the voice is called, however it was given."""
        return self.voice.id if isinstance(self.voice, VoiceObject) else self.voice


class OpenAI:
    """The routes."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        state = self._state
        router.add_post("/v1/audio/speech", answered(state, self._speech))
        router.add_get("/v1/audio/voices", answered(state, self._voices))
        router.add_get("/v1/audio/models", answered(state, self._speech_models))
        router.add_get("/v1/models", answered(state, self._models))
        router.add_get("/v1/models/{name}", answered(state, self._model))

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        asked = await read_json(request, SpeechRequest)
        sound = wanted(FORMATS[asked.response_format])
        events = asked.stream_format == "sse"
        kind = "text/event-stream" if events else sound.kind.content_type
        headers = {"Content-Type": kind, "X-Request-Id": secrets.token_hex(16)}
        out = StreamedAnswer(request, headers, self._state.config.slow_consumer_s)
        try:
            await self._speak(line_of(asked), sound, out, events=events)
        except GONE:
            return out.abort()
        except Refusal as error:
            if not out.begun:
                raise
            if not events:
                return out.abort()
            await out.send(_event({"type": "speech.audio.error", **problems.openai(problems.problem(error))}))
        return await out.end()

    async def _speak(self, line: messages.Speak, sound: SoundFormat, out: StreamedAnswer, *, events: bool) -> None:
        encoder = LiveSound(sound)
        resolver = AliasResolver(self._state.voice_store(), self._state.config)

        async def send(data: bytes) -> None:
            if data and events:
                data = _event({"type": "speech.audio.delta", "audio": base64.b64encode(data).decode()})
            if data:
                await out.send(data)

        samples = 0
        whole = OpenLine(self._state, line, unpaced(sound.session_rate), resolver)
        async with contextlib.aclosing(whole.events()) as heard:
            async for event in heard:
                if isinstance(event, wire.AudioFrame):
                    samples += event.samples
                    await send(await encoder.push(event.pcm))
        await send(await encoder.finish())
        if events:
            characters = len(line.text)
            codes = round(samples / sound.session_rate * float(self._state.pool.spec.codes_per_second))
            usage = {"input_tokens": characters, "output_tokens": codes, "total_tokens": characters + codes}
            await out.send(_event({"type": "speech.audio.done", "usage": usage}))

    async def _voices(self, _request: web.Request) -> web.Response:
        store = self._state.voice_store()
        named = [{"id": entry.name, "name": entry.name, "origin": entry.origin} for entry in store.list()]
        known = {voice["id"] for voice in named}
        others = aliases(store, self._state.config)
        named += [
            {"id": name, "name": name, "origin": f"alias of {own}"} for name, own in others.items() if name not in known
        ]
        return web.json_response({"voices": named, "object": "list"})

    async def _speech_models(self, _request: web.Request) -> web.Response:
        """Where Open WebUI looks for them."""
        return web.json_response({"models": [{"id": name, "name": name} for name in self._names()]})

    async def _models(self, request: web.Request) -> web.Response:
        if "xi-api-key" in request.headers:  # ElevenLabs has the same address and another list
            return web.json_response([listed_model(name) for name in self._names()])
        return web.json_response({"object": "list", "data": [self._described(name) for name in self._names()]})

    async def _model(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._names():
            raise UploadError(404, "unknown_model", "There is no model of this name here.")
        return web.json_response(self._described(name))

    def _names(self) -> tuple[str, ...]:
        return (f"oncue-{self._state.pool.spec.family.rpartition('.')[2]}", *_MODELS)

    @staticmethod
    def _described(name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": 0, "owned_by": "oncue"}


def line_of(asked: SpeechRequest) -> messages.Speak:
    """What is asked for in our words."""
    duration = None if asked.speed == 1.0 else messages.Duration(ratio=1.0 / asked.speed)
    return messages.Speak(
        LINE, asked.input, voice=asked.voice_name, emotion=feeling(asked.instructions), duration=duration
    )


def feeling(instructions: str | None) -> messages.Emotion | None:
    """What is said of how to speak, as a feeling."""
    words = (instructions or "").strip()
    return messages.Emotion(text=words[:500]) if words else None


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
