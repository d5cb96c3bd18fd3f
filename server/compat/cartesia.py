"""Cartesia: `/tts/websocket` with contexts, cancelling and timestamps, `/tts/bytes` and `/tts/sse`, and the list of voices.

`generation_config.speed` becomes a ratio, `volume` a gain, `emotion` a feeling in words; versions and model names are
taken and mean nothing here. Times are seconds from the start of the context. `max_buffer_delay_ms` is `max_wait_ms` of
docs/protocol.md.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from aiohttp import web
from msgspec import Meta, Struct

from oncue.clients.client import Refusal
from oncue.server.audio.encoders import FORMATS, FormatError
from oncue.server.audio.live_sound import LiveSound, SoundFormat, wanted
from oncue.server.compat.aliases import AliasResolver
from oncue.server.compat.alignment import MarkTimer, Timed
from oncue.server.compat.open_line import OpenLine
from oncue.server.compat.sockets import JsonSocket, json_socket
from oncue.server.http import problems
from oncue.server.http.handling import GONE, Told, answered, problem
from oncue.server.http.streaming import StreamedAnswer
from oncue.server.http.upload import read_json
from oncue.server.sessions.speaking import LINE, LineEvent, unpaced
from oncue.server.state import ServerState
from oncue.server.voices.store import VoiceEntry
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import BadMessage

VOICES = "/voices"
MOST_CONTEXTS = 32
_PACES = {"slow": 0.8, "normal": 1.0, "fast": 1.2}


class VoiceChoice(Struct, frozen=True):
    """Only a voice by its id; an embedding of another model means nothing here."""

    id: Annotated[str, Meta(min_length=1, max_length=128)]
    mode: Literal["id"] = "id"


class OutputFormat(Struct, frozen=True):
    """A container and what is in it."""

    container: Literal["raw", "wav", "mp3"] = "raw"
    encoding: Literal["pcm_s16le", "pcm_f32le", "pcm_mulaw", "pcm_alaw"] = "pcm_s16le"
    sample_rate: int = 24_000
    bit_rate: Annotated[int, Meta(ge=8000, le=320_000)] | None = None


class GenerationConfig(Struct, frozen=True):
    """How it is to be said."""

    speed: Annotated[float, Meta(ge=0.25, le=4.0)] | None = None
    volume: Annotated[float, Meta(ge=0.0, le=2.0)] | None = None
    emotion: Annotated[str, Meta(max_length=500)] | None = None


class Generation(Struct, frozen=True):
    """A request over HTTP, or a message on the WebSocket."""

    transcript: str = ""
    voice: VoiceChoice | None = None
    output_format: OutputFormat = OutputFormat()
    language: str | None = None
    generation_config: GenerationConfig | None = None
    speed: Literal["slow", "normal", "fast"] | float | None = None
    context_id: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    more: bool | None = msgspec.field(name="continue", default=None)
    flush: bool | None = None
    cancel: bool | None = None
    add_timestamps: bool | None = None
    add_phoneme_timestamps: bool | None = None
    max_buffer_delay_ms: Annotated[int, Meta(ge=0, le=5000)] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the sound comes: a format of ours, and whether its samples are floats."""

    sound: SoundFormat
    floats: bool

    @property
    def content_type(self) -> str:
        """For an answer over HTTP."""
        return self.sound.kind.content_type

    def packed(self, data: bytes) -> bytes:
        """The bytes as they are sent."""
        return (np.frombuffer(data, "<i2").astype("<f4") / np.float32(32768)).tobytes() if self.floats else data


def wanted_of(asked: Generation) -> Wanted:
    """Raises FormatError."""
    form, config = asked.output_format, asked.generation_config
    gain = 1.0 if config is None or config.volume is None else config.volume
    if form.container == "mp3":
        return Wanted(wanted(FORMATS["mp3"], form.sample_rate, form.bit_rate, gain), floats=False)
    names = {"pcm_s16le": "pcm", "pcm_f32le": "pcm", "pcm_mulaw": "ulaw", "pcm_alaw": "alaw"}
    if form.container == "wav":
        if form.encoding != "pcm_s16le":
            raise FormatError("A wav here holds pcm_s16le: ask for that, or for container raw.")
        return Wanted(wanted(FORMATS["wav"], form.sample_rate, None, gain), floats=False)
    sound = wanted(FORMATS[names[form.encoding]], form.sample_rate, None, gain)
    return Wanted(sound, floats=form.encoding == "pcm_f32le")


def speak_of(asked: Generation, *, final: bool) -> messages.Speak:
    """What is asked for in our words."""
    config = asked.generation_config or GenerationConfig()
    pace = _PACES.get(asked.speed, 1.0) if isinstance(asked.speed, str) else 1.0
    speed = pace if config.speed is None else config.speed
    words = (config.emotion or "").strip()
    line = messages.Speak(
        LINE, asked.transcript, final, None if asked.voice is None else asked.voice.id,
        messages.Emotion(text=words) if words and words != "neutral" else None,
        None if speed == 1.0 else messages.Duration(ratio=1.0 / speed),
        language="zh" if asked.language == "zh" else "en" if asked.language == "en" else "auto",
    )  # fmt: skip
    if asked.max_buffer_delay_ms is None:
        return line
    return msgspec.structs.replace(line, max_wait_ms=asked.max_buffer_delay_ms)


class Cartesia:
    """The routes."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        router.add_get("/tts/websocket", answered(self._state, self._socket))
        router.add_post("/tts/bytes", answered(self._state, self._bytes))
        router.add_post("/tts/sse", answered(self._state, self._events))
        router.add_get(VOICES, answered(self._state, self._voices))
        router.add_get(f"{VOICES}/{{id}}", answered(self._state, self._voice))

    async def _voices(self, request: web.Request) -> web.Response:
        """A page of them: the SDK asks for the next one until a page is empty."""
        found = self._state.voice_store().list()
        names = [entry.name for entry in found]
        after = request.query.get("starting_after")
        begin = 0 if after is None else names.index(after) + 1 if after in names else len(names)
        limit = request.query.get("limit", "100")
        most = min(int(limit), 100) if limit.isascii() and limit.isdigit() else 100
        page = [self._described(entry) for entry in found[begin : begin + most]]
        return web.json_response({"data": page, "has_more": begin + most < len(found)})

    async def _voice(self, request: web.Request) -> web.Response:
        return web.json_response(self._described(self._state.voice_store().show(request.match_info["id"])))

    def _described(self, entry: VoiceEntry) -> dict[str, Any]:
        own = entry.origin != "built-in"
        return {
            "id": entry.name, "name": entry.name, "description": "", "tagline": "", "locales": [],
            "language": self._state.pool.spec.languages[0],
            "is_owner": own, "access": "private" if own else "public", "visibility": "owner" if own else "all",
            "created_at": None if entry.made is None else entry.made.consent.at,
        }  # fmt: skip

    async def _bytes(self, request: web.Request) -> web.StreamResponse:
        asked = await read_json(request, Generation)
        form = wanted_of(asked)
        out = StreamedAnswer(request, {"Content-Type": form.content_type}, self._state.config.slow_consumer_s)
        try:
            encoder = LiveSound(form.sound)
            async with contextlib.aclosing(self._events_of(asked, form)) as events:
                async for event in events:
                    if isinstance(event, wire.AudioFrame):
                        await out.send(form.packed(await encoder.push(event.pcm)))
            await out.send(form.packed(await encoder.finish()))
            return await out.end()
        except GONE:
            return out.abort()
        except Refusal:
            if not out.begun:
                raise
            return out.abort()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        asked = await read_json(request, Generation)
        form = wanted_of(asked)
        headers = {"Content-Type": "text/event-stream"}
        out = StreamedAnswer(request, headers, self._state.config.slow_consumer_s)

        async def send(value: dict[str, Any]) -> None:
            await out.send(f"event: {value['type']}\ndata: ".encode() + msgspec.json.encode(value) + b"\n\n")

        teller = _Teller(asked.context_id or secrets.token_hex(8), asked, form)
        try:
            async with contextlib.aclosing(self._events_of(asked, form)) as events:
                async for event in events:
                    for value in await teller.tell(event):
                        await send(value)
            await send(teller.done())
            return await out.end()
        except GONE:
            return out.abort()
        except Refusal as error:
            if not out.begun:
                raise
            await send(teller.error(problems.problem(error)))
            return await out.end()

    def _events_of(self, asked: Generation, form: Wanted) -> AsyncGenerator[LineEvent]:
        return self._line(asked, form, final=True).events()

    def _line(self, asked: Generation, form: Wanted, *, final: bool) -> OpenLine:
        resolver = AliasResolver(self._state.voice_store(), self._state.config)
        kinds: tuple[messages.TrackKind, ...] = ("word", "phone") if asked.add_phoneme_timestamps else ("word",)
        return OpenLine(self._state, speak_of(asked, final=final), unpaced(form.sound.session_rate, *kinds), resolver)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        async with json_socket(self._state, request) as socket:
            contexts = _Contexts(socket, self._line)
            try:
                await contexts.run()
            except GONE:
                pass
            finally:
                await contexts.leave()
        return socket.response


class _Teller:
    """What becomes of one context, as Cartesia says it."""

    def __init__(self, name: str, asked: Generation, form: Wanted) -> None:
        self._name, self._form = name, form
        self._encoder = LiveSound(form.sound)
        self._rate = form.sound.session_rate
        self._words = MarkTimer("word") if asked.add_timestamps else None
        self._phones = MarkTimer("phone") if asked.add_phoneme_timestamps else None
        self._flushes: list[int] = []
        self._flushed = 0
        self._reached = 0
        self._at = time.monotonic()

    def flush(self, characters: int) -> None:
        """What stands before so many characters is to be spoken now, and the client told when it is."""
        self._flushes.append(characters)

    async def tell(self, event: LineEvent) -> list[dict[str, Any]]:
        """What to say of an event."""
        match event:
            case messages.Marks():
                self._reached = max([self._reached, *(mark.char_end for mark in event.marks)])
                return [*self._times(lambda timer: timer.mark(event.marks)), *self._flush_done()]
            case wire.AudioFrame():
                return self._chunk(await self._encoder.push(event.pcm))
            case messages.Done():
                rest = self._chunk(await self._encoder.finish())
                self._reached = max([self._reached, *self._flushes])
                return [*rest, *self._times(lambda timer: timer.finish(event.samples)), *self._flush_done()]
            case messages.Error():
                return [self.error(problems.Problem(event.code, event.message, event.retry))]
            case _:
                return []

    def done(self) -> dict[str, Any]:
        """The context is over."""
        return self._said("done", 200, done=True)

    def error(self, told: problems.Problem) -> dict[str, Any]:
        """Something went wrong."""
        shape: dict[str, Any] = problems.cartesia(told)
        return self._said("error", told.status, done=True) | shape | {"error": told.message}

    def _chunk(self, data: bytes) -> list[dict[str, Any]]:
        if not data:
            return []
        before, self._at = self._at, time.monotonic()
        encoded = base64.b64encode(self._form.packed(data)).decode()
        said = self._said("chunk", 206, done=False) | {"data": encoded, "step_time": 1000 * (self._at - before)}
        return [said | ({"flush_id": self._flushed + 1} if self._flushes else {})]

    def _times(self, of: Callable[[MarkTimer], list[Timed]]) -> list[dict[str, Any]]:
        found = []
        for timer, name, items in ((self._words, "word", "words"), (self._phones, "phoneme", "phonemes")):
            timed: list[Timed] = [] if timer is None else of(timer)
            if timed:
                times = {
                    items: [each.text for each in timed], "start": [each.start / self._rate for each in timed],
                    "end": [each.end / self._rate for each in timed],
                }  # fmt: skip
                kind = "timestamps" if name == "word" else "phoneme_timestamps"
                found.append(self._said(kind, 206, done=False) | {f"{name}_timestamps": times})
        return found

    def _flush_done(self) -> list[dict[str, Any]]:
        """A flush is over when a word after it begins, or the line ends."""
        found = []
        while self._flushes and self._reached > self._flushes[0] - 1:
            self._flushes.pop(0)
            self._flushed += 1
            found.append(self._said("flush_done", 206, done=False) | {"flush_id": self._flushed, "flush_done": True})
        return found

    def _said(self, kind: str, status: int, *, done: bool) -> dict[str, Any]:
        return {"type": kind, "context_id": self._name, "status_code": status, "done": done}


@dataclass(slots=True)
class _Context:
    line: OpenLine
    teller: _Teller
    task: asyncio.Task[None]


class _Contexts:
    """Texts side by side on one socket, each by its `context_id`; only the client ends the connection."""

    def __init__(self, socket: JsonSocket, make: Any) -> None:
        self._socket, self._make = socket, make
        self._contexts: dict[str, _Context] = {}

    async def run(self) -> None:
        """Until the client is gone."""
        while (data := await self._socket.receive()) is not None:
            name = None
            try:
                asked = msgspec.json.decode(data, type=Generation)
                name = asked.context_id or secrets.token_hex(8)
                await self._hear(name, asked)
            except (msgspec.MsgspecError, RecursionError) as error:
                await self._refuse(name, problems.Problem("bad_message", f"The message is not understood: {error}."))
            except Told as error:
                await self._refuse(name, problem(error))

    async def leave(self) -> None:
        """Nobody listens any more."""
        tasks = [context.task for context in self._contexts.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self, name: str, asked: Generation) -> None:
        context = self._contexts.get(name)
        if asked.cancel:
            if context is not None:
                context.line.cancel()
            return
        if context is None or context.line.finished:
            if not asked.transcript.strip() and not asked.more:  # the end of a text that had none, or has ended
                await self._nothing(name, asked, over=context is None)
                return
            self._begin(name, asked)
            return
        context.line.append(asked.transcript, flush=bool(asked.flush))
        self._flush(context, asked)
        if not asked.more and not asked.flush:
            context.line.finish()

    async def _nothing(self, name: str, asked: Generation, *, over: bool) -> None:
        """The client waits for the end of a context: `done` comes now, or with what is still spoken of it."""
        if over:
            await self._socket.send(_Teller(name, asked, wanted_of(asked)).done())

    def _begin(self, name: str, asked: Generation) -> None:
        if len(self._contexts) >= MOST_CONTEXTS:
            raise BadMessage("Too many contexts are being spoken: wait for some to end.")
        form = wanted_of(asked)
        line = self._make(asked, form, final=not asked.more and not asked.flush)
        teller = _Teller(name, asked, form)
        task = asyncio.get_running_loop().create_task(self._speak(name, line, teller))
        context = self._contexts[name] = _Context(line, teller, task)
        if asked.flush:
            line.append("", flush=True)
            self._flush(context, asked)

    @staticmethod
    def _flush(context: _Context, asked: Generation) -> None:
        if asked.flush:
            context.teller.flush(len(context.line.text.rstrip()))

    async def _speak(self, name: str, line: OpenLine, teller: _Teller) -> None:
        try:
            async with contextlib.aclosing(line.events()) as events:
                async for event in events:
                    for value in await teller.tell(event):
                        await self._socket.send(value)
            last = teller.done()
        except Refusal as error:
            last = teller.error(problems.problem(error))
        except GONE:
            return
        finally:
            context = self._contexts.get(name)
            if context is not None and context.line is line:  # a cancelled one may have a successor of its name
                del self._contexts[name]
        with contextlib.suppress(*GONE):
            await self._socket.send(last)

    async def _refuse(self, name: str | None, told: problems.Problem) -> None:
        said = {"type": "error", "context_id": name, "done": True, "error": told.message}
        await self._socket.send(problems.cartesia(told) | said)
