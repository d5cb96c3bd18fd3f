"""Speech, readings and feelings over plain HTTP: `POST /v1/speech`, `/v1/text` and `/v1/emotion`.

For clients without a WebSocket: one line or a list of them in, sound out while it is made; with marks as lines of JSON or as
a multipart body. What a line may ask for is what `speak` of docs/protocol.md may, and it is spoken by the same call.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from oncue.clients.client import Refusal
from oncue.model.text import dictionary as dictionaries
from oncue.model.text import frontend
from oncue.server.audio.encoders import FORMATS, Format, FormatError, format_named
from oncue.server.audio.labels import COMMENT
from oncue.server.audio.live_sound import LiveSound, SoundFormat, wanted
from oncue.server.http import problems
from oncue.server.http.handling import GONE, Told, answered, problem
from oncue.server.http.streaming import StreamedAnswer
from oncue.server.http.upload import UploadError, read_json
from oncue.server.sessions.speaking import LINE, speaking, unpaced
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.audio import BYTES_PER_SAMPLE

MAX_LINES = 512
MAX_GAP_MS = 10_000
_TRACKS = ("word", "phone", "viseme", "mouth")
NDJSON = "application/x-ndjson"
MULTIPART = "multipart/mixed"
Send = Callable[[int, str, Mapping[str, Any] | bytes], Awaitable[None]]


class SpeechLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A line to speak; the fields are those of `speak`."""

    text: str
    voice: messages.Name | None = None
    emotion: messages.Emotion | None = None
    duration: messages.Duration | None = None
    strict: bool = False
    language: Literal["auto", "zh", "en"] = "auto"
    seed: messages.Count = 0
    label: messages.LabelChoice = "none"
    label_place: messages.LabelPlace = "end"

    @property
    def message(self) -> messages.Speak:
        """As it would come over a WebSocket."""
        return messages.Speak(
            LINE, self.text, True, self.voice, self.emotion, self.duration, self.strict, self.language, self.seed,
            label=self.label, label_place=self.label_place,
        )  # fmt: skip


class TextQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """A text whose reading is wanted."""

    text: Annotated[str, Meta(min_length=1, max_length=messages.MAX_TEXT_CHARACTERS)]
    language: Literal["auto", "zh", "en"] = "auto"


class EmotionQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """A feeling in words."""

    text: Annotated[str, Meta(min_length=1, max_length=500)]


class SpeechApi:
    """The routes. Every refusal is one of the errors of docs/protocol.md."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        router.add_post("/v1/speech", answered(self._state, self._speech))
        router.add_post("/v1/text", answered(self._state, self._text))
        router.add_post("/v1/emotion", answered(self._state, self._emotion))

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        asked = await read_json(request, SpeechLine | list[SpeechLine])  # type: ignore[arg-type] # msgspec takes unions
        lines = asked if isinstance(asked, list) else [asked]
        if not 1 <= len(lines) <= MAX_LINES:
            raise UploadError(400, "bad_message", f"Send 1 to {MAX_LINES} lines at once.")
        sound, tracks, gap_ms = _sound(request), _tracks(request.query), _gap_ms(request.query)
        kind = _kind(request)
        if kind and gap_ms:
            raise UploadError(
                400, "bad_message", "gap_ms is for lines in one sound: leave it out, or ask for no marks."
            )
        if kind == NDJSON:
            return await self._as_lines_of_json(request, lines, sound, tracks)
        if kind == MULTIPART:
            return await self._as_multipart(request, lines, sound, tracks)
        return await self._as_sound(request, lines, sound, gap_ms)

    async def _as_sound(
        self, request: web.Request, lines: list[SpeechLine], sound: SoundFormat, gap_ms: int
    ) -> web.StreamResponse:
        """One sound with all lines in it, and silence between them if it was asked for."""
        out = self._out(request, sound.kind.content_type)
        encoder = LiveSound(sound)
        silence = bytes(BYTES_PER_SAMPLE * round(gap_ms * sound.session_rate / 1000))
        try:
            for number, line in enumerate(lines):
                if number and silence:
                    await out.send(await encoder.push(silence))
                async with speaking(self._state, line.message, unpaced(sound.session_rate)) as spoken:
                    async for event in spoken:
                        if isinstance(event, wire.AudioFrame):
                            data = await encoder.push(event.pcm)
                            if data:
                                await out.send(data)
            await out.send(await encoder.finish())
            return await out.end()
        except GONE:
            return out.abort()
        except Refusal:
            if not out.begun:
                raise
            return out.abort()

    async def _as_lines_of_json(
        self, request: web.Request, lines: list[SpeechLine], sound: SoundFormat, tracks: tuple[messages.TrackKind, ...]
    ) -> web.StreamResponse:
        out = self._out(request, NDJSON)

        async def send(number: int, kind: str, said: Mapping[str, Any] | bytes) -> None:
            value = {"data": base64.b64encode(said).decode()} if isinstance(said, bytes) else dict(said)
            await out.send(msgspec.json.encode({"type": kind, "line": number, **value}) + b"\n")

        return await self._told(out, lines, sound, tracks, send)

    async def _as_multipart(
        self, request: web.Request, lines: list[SpeechLine], sound: SoundFormat, tracks: tuple[messages.TrackKind, ...]
    ) -> web.StreamResponse:
        boundary = secrets.token_hex(16)
        out = self._out(request, f"{MULTIPART}; boundary={boundary}")

        async def send(number: int, kind: str, said: Mapping[str, Any] | bytes) -> None:
            sounds = isinstance(said, bytes)
            body = said if isinstance(said, bytes) else msgspec.json.encode({"type": kind, "line": number, **said})
            media = sound.kind.content_type if sounds else "application/json"
            head = f"--{boundary}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\nX-Line: {number}\r\n\r\n"
            await out.send(head.encode() + body + b"\r\n")

        return await self._told(out, lines, sound, tracks, send, f"--{boundary}--\r\n".encode())

    async def _told(
        self, out: StreamedAnswer, lines: list[SpeechLine], sound: SoundFormat, tracks: tuple[messages.TrackKind, ...],
        send: Send, last: bytes = b"",
    ) -> web.StreamResponse:  # fmt: skip
        """All lines one after another; of several, one that cannot be spoken leaves the others alone."""
        try:
            for number, line in enumerate(lines):
                try:
                    await self._tell(number, line, sound, tracks, send)
                except Told as error:
                    if not out.begun and len(lines) == 1:
                        raise
                    await send(number, "error", problems.native(problem(error))["error"])
            await out.send(last)
            return await out.end()
        except GONE:
            return out.abort()

    async def _tell(
        self, number: int, line: SpeechLine, sound: SoundFormat, tracks: tuple[messages.TrackKind, ...], send: Send
    ) -> None:
        encoder = LiveSound(sound)
        async with speaking(self._state, line.message, unpaced(sound.session_rate, *tracks)) as spoken:
            async for event in spoken:
                if isinstance(event, wire.AudioFrame):
                    data = await encoder.push(event.pcm)
                    if data:
                        await send(number, "audio", data)
                    continue
                if isinstance(event, messages.Done):
                    data = await encoder.finish()
                    if data:
                        await send(number, "audio", data)
                said = msgspec.to_builtins(event)
                kind = said.pop("type")
                said.pop("id", None)
                await send(number, kind, said | ({"rate": sound.session_rate} if kind == "started" else {}))

    def _out(self, request: web.Request, content_type: str) -> StreamedAnswer:
        headers = {"Content-Type": content_type, "X-Notice": COMMENT}
        return StreamedAnswer(request, headers, self._state.config.slow_consumer_s)

    async def _text(self, request: web.Request) -> web.StreamResponse:
        asked = await read_json(request, TextQuestion)
        place = self._state.config.dictionary_path

        def read() -> Any:
            return frontend.describe(asked.text, asked.language, dictionaries.load(place))

        try:
            return web.json_response({"units": await asyncio.to_thread(read)})
        except ValueError as error:
            raise UploadError(422, "unpronounceable", str(error)) from error

    async def _emotion(self, request: web.Request) -> web.StreamResponse:
        asked = await read_json(request, EmotionQuestion)
        try:
            found = await self._state.pool.emotions.read(asked.text)
        except ValueError as error:
            raise UploadError(400, "bad_message", str(error)) from error
        return web.json_response(
            {"vector": list(found.vector), "style": found.style, "abstained": found.abstained, "source": found.source}
        )


def _sound(request: web.Request) -> SoundFormat:
    """By the query, and where it names no format by what the client accepts. Raises FormatError or UploadError."""
    query = request.query
    try:
        rate, bits = (None if query.get(key) is None else int(query[key]) for key in ("rate", "bit_rate"))
    except ValueError:
        raise UploadError(400, "bad_message", "rate and bit_rate are whole numbers.") from None
    if bits is not None and not 8000 <= bits <= 320_000:
        raise FormatError("A bit_rate is between 8000 and 320000.")
    named = query.get("format")
    return wanted(_accepted(request) if named is None else format_named(named), rate, bits)


def _accepted(request: web.Request) -> Format:
    """The first kind of sound in the header Accept that is made here, else a WAV."""
    asked = (part.partition(";")[0].strip().lower() for part in request.headers.get("Accept", "").split(","))
    known = {each.content_type: each for each in FORMATS.values()} | {"audio/x-wav": FORMATS["wav"]}
    return next((known[kind] for kind in asked if kind in known), FORMATS["wav"])


def _gap_ms(query: Mapping[str, str]) -> int:
    """Raises UploadError."""
    asked = query.get("gap_ms", "0")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked) <= MAX_GAP_MS):
        raise UploadError(400, "bad_message", f"gap_ms is a whole number from 0 to {MAX_GAP_MS}.")
    return int(asked)


def _tracks(query: Mapping[str, str]) -> tuple[messages.TrackKind, ...]:
    """Raises UploadError."""
    found = tuple(part for part in query.get("marks", "word").split(",") if part)
    if not set(found) <= set(_TRACKS):
        raise UploadError(400, "bad_message", f"marks are among {', '.join(_TRACKS)}, with commas.")
    return found  # type: ignore[return-value] # just checked


def _kind(request: web.Request) -> str:
    """How the answer is to come: by the query, else by what the client accepts. Raises UploadError."""
    named = {"sound": "", "ndjson": NDJSON, "multipart": MULTIPART}
    asked = request.query.get("as")
    if asked is not None:
        if asked not in named:
            raise UploadError(400, "bad_message", f"as is one of {', '.join(named)}.")
        return named[asked]
    accepted = request.headers.get("Accept", "")
    return next((kind for kind in (NDJSON, MULTIPART) if kind in accepted), "")
