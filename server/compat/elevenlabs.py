"""ElevenLabs: text to speech over HTTP and over WebSockets with one context or many, with times of characters.

`voice_settings.speed` becomes a ratio; the other settings, model names and normalisation switches are taken and mean
nothing here. Alignment over a WebSocket is in milliseconds from the start of its own chunk, over HTTP in seconds from
the start of the sound. `text` that is not yet a sentence is spoken as `max_wait_ms` of docs/protocol.md says.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from oncue.clients.client import Refusal
from oncue.server.audio.encoders import FORMATS, FormatError
from oncue.server.audio.live_sound import LiveSound, SoundFormat, wanted
from oncue.server.compat.aliases import AliasResolver, listed
from oncue.server.compat.alignment import AlignedSound, CharacterAligner
from oncue.server.compat.open_line import OpenLine
from oncue.server.compat.sockets import JsonSocket, json_socket
from oncue.server.http import problems
from oncue.server.http.handling import GONE, answered
from oncue.server.http.streaming import StreamedAnswer
from oncue.server.http.upload import UploadError, read_json
from oncue.server.sessions.speaking import LINE, unpaced
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages, wire

_PATH = "/v1/text-to-speech/{voice}"
_FORMAT = re.compile(r"(mp3|pcm|wav|opus|ulaw|alaw)_(\d{4,5})(?:_(\d{1,3}))?")
DEFAULT_FORMAT = "mp3_44100_128"
MOST_CONTEXTS = 32
_IDLE_S, _LONGEST_IDLE_S = 20.0, 180.0
_BAD_MESSAGE, _IDLE = 1008, 1008
"""Close code for what the client did: RFC 6455, policy violation."""


class VoiceSettings(Struct, frozen=True):
    """Only the speed means anything here."""

    speed: Annotated[float, Meta(ge=0.25, le=4.0)] | None = None


class HttpRequest(Struct, frozen=True):
    """The body of the HTTP routes."""

    text: str
    voice_settings: VoiceSettings | None = None
    language_code: str | None = None
    seed: Annotated[int, Meta(ge=0, le=2**53)] | None = None


class SocketMessage(Struct, frozen=True):
    """Anything a client says on either WebSocket."""

    text: str | None = None
    voice_settings: VoiceSettings | None = None
    flush: bool | None = None
    context_id: str | None = None
    contextId: str | None = None  # noqa: N815 -- spelled so by some clients
    close_context: bool | None = None
    close_socket: bool | None = None

    @property
    def context(self) -> str | None:
        """The context it is about."""
        return self.context_id if self.context_id is not None else self.contextId


def sound_of(name: str) -> SoundFormat:
    """An `output_format` as we make it. Raises FormatError."""
    found = _FORMAT.fullmatch(name)
    if found is None:
        raise FormatError("output_format is like mp3_44100_128, pcm_24000, opus_48000_32, ulaw_8000 or wav_24000.")
    kilobits = None if found[3] is None else int(found[3]) * 1000
    return wanted(FORMATS[found[1]], int(found[2]), kilobits)


def speak_of(
    text: str, voice: str, settings: VoiceSettings | None, language: str | None, seed: int | None, *, final: bool
) -> messages.Speak:
    """What is asked for in our words."""
    speed = None if settings is None else settings.speed
    duration = None if speed in {None, 1.0} or speed is None else messages.Duration(ratio=1.0 / speed)
    known = {"en": "en", "zh": "zh", "cmn": "zh"}
    spoken = known.get((language or "").partition("-")[0].lower(), "auto")
    return messages.Speak(LINE, text, final, voice, duration=duration, language=spoken, seed=seed or 0)  # type: ignore[arg-type] # of the three


async def aligned(state: ServerState, line: messages.Speak, rate: int) -> AsyncGenerator[AlignedSound]:
    """A line whose text is known, in pieces with their characters. Raises Refusal; to be closed by whoever stops early."""
    resolver = AliasResolver(state.voice_store(), state.config)
    aligner = CharacterAligner()
    aligner.add_text(line.text)
    aligner.complete()
    whole = OpenLine(state, line, unpaced(rate, "word"), resolver)
    async with contextlib.aclosing(whole.events()) as events:
        async for event in events:
            if isinstance(event, messages.Marks):
                aligner.mark(event.marks)
            elif isinstance(event, wire.AudioFrame):
                for piece in aligner.push(event):
                    yield piece
    for piece in aligner.finish():
        yield piece


class ElevenLabs:
    """The routes."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        state = self._state
        router.add_post(_PATH, answered(state, self._sound))
        router.add_post(f"{_PATH}/stream", answered(state, self._sound))
        router.add_post(f"{_PATH}/with-timestamps", answered(state, self._timed))
        router.add_post(f"{_PATH}/stream/with-timestamps", answered(state, self._timed_stream))
        router.add_get(f"{_PATH}/stream-input", answered(state, self._one_context))
        router.add_get(f"{_PATH}/multi-stream-input", answered(state, self._many_contexts))
        router.add_get("/v2/voices", answered(state, self._voices))

    async def _sound(self, request: web.Request) -> web.StreamResponse:
        """The sound alone."""
        asked, sound = await _asked(request)
        out = StreamedAnswer(request, {"Content-Type": sound.kind.content_type}, self._state.config.slow_consumer_s)

        async def give(piece: AlignedSound, data: bytes) -> None:  # noqa: ARG001 -- nobody asked for times
            if data:
                await out.send(data)

        return await self._answer(asked, sound, out, give)

    async def _timed_stream(self, request: web.Request) -> web.StreamResponse:
        """A JSON object on each line: sound and the times of its characters."""
        asked, sound = await _asked(request)
        headers = {"Content-Type": "application/json"}
        out = StreamedAnswer(request, headers, self._state.config.slow_consumer_s)

        async def give(piece: AlignedSound, data: bytes) -> None:
            times = seconds_of([piece], sound.session_rate) if piece.characters else None
            encoded = base64.b64encode(data).decode()
            await out.send(
                msgspec.json.encode({"audio_base64": encoded, "alignment": times, "normalized_alignment": times})
                + b"\n"
            )

        return await self._answer(asked, sound, out, give)

    async def _timed(self, request: web.Request) -> web.StreamResponse:
        """One JSON object with all of it."""
        asked, sound = await _asked(request)
        data, pieces = bytearray(), list[AlignedSound]()

        async def give(piece: AlignedSound, more: bytes) -> None:
            pieces.append(piece)
            data.extend(more)

        await self._speak(asked, sound, give)
        times = seconds_of(pieces, sound.session_rate)
        encoded = base64.b64encode(bytes(data)).decode()
        return web.json_response({"audio_base64": encoded, "alignment": times, "normalized_alignment": times})

    async def _answer(
        self, asked: messages.Speak, sound: SoundFormat, out: StreamedAnswer, give: Give
    ) -> web.StreamResponse:
        try:
            await self._speak(asked, sound, give)
            return await out.end()
        except GONE:
            return out.abort()
        except Refusal:
            if not out.begun:
                raise
            return out.abort()

    async def _speak(self, line: messages.Speak, sound: SoundFormat, give: Give) -> None:
        """A line whose text is known, piece by piece. Raises Refusal."""
        encoder = LiveSound(sound)
        end = 0
        async with contextlib.aclosing(aligned(self._state, line, sound.session_rate)) as pieces:
            async for piece in pieces:
                end = piece.end
                await give(piece, await encoder.push(piece.pcm))
        rest = await encoder.finish()
        if rest:
            await give(AlignedSound(b"", end, "", ()), rest)

    async def _voices(self, _request: web.Request) -> web.Response:
        found = [listed(entry.summary) for entry in self._state.voice_store().list()]
        return web.json_response(
            {"voices": found, "has_more": False, "total_count": len(found), "next_page_token": None}
        )

    async def _one_context(self, request: web.Request) -> web.StreamResponse:
        sound, query = sound_of(request.query.get("output_format", DEFAULT_FORMAT)), _Query.of(request)
        self._check_voice(query.voice)
        async with json_socket(self._state, request) as socket:
            context = Context(self._state, socket, sound, query, None)
            try:
                await _OneContext(socket, context).run(query.idle_s)
            except GONE:
                pass
            finally:
                await context.leave()
        return socket.response

    async def _many_contexts(self, request: web.Request) -> web.StreamResponse:
        sound, query = sound_of(request.query.get("output_format", DEFAULT_FORMAT)), _Query.of(request)
        self._check_voice(query.voice)
        async with json_socket(self._state, request) as socket:
            contexts = _ManyContexts(socket, lambda name: Context(self._state, socket, sound, query, name))
            try:
                await contexts.run(query.idle_s)
            except GONE:
                pass
            finally:
                await contexts.leave()
        return socket.response

    def _check_voice(self, name: str) -> None:
        """Before the upgrade, where it can still be answered. Raises UnknownVoice."""
        AliasResolver(self._state.voice_store(), self._state.config).voice(name)


Give = Callable[[AlignedSound, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Query:
    """What the address of a WebSocket says."""

    voice: str
    language: str | None
    seed: int | None
    idle_s: float

    @classmethod
    def of(cls, request: web.Request) -> _Query:
        """Raises UploadError."""
        seed, idle = request.query.get("seed"), request.query.get("inactivity_timeout", str(_IDLE_S))
        try:
            found = cls(
                request.match_info["voice"], request.query.get("language_code"),
                None if seed is None else int(seed), min(float(idle), _LONGEST_IDLE_S),
            )  # fmt: skip
        except ValueError:
            raise UploadError(400, "bad_message", "seed and inactivity_timeout are numbers.") from None
        if not found.idle_s > 0:
            raise UploadError(400, "bad_message", "inactivity_timeout is more than 0.")
        return found


class Context:
    """One text on a WebSocket, from its first words to `isFinal`."""

    def __init__(
        self, state: ServerState, socket: JsonSocket, sound: SoundFormat, query: _Query, name: str | None
    ) -> None:
        self.settings: VoiceSettings | None = None
        self._state, self._socket, self._sound, self._query = state, socket, sound, query
        self._names = {} if name is None else {"contextId": name, "context_id": name}
        self._line: OpenLine | None = None
        self._aligner = CharacterAligner()
        self._encoder = LiveSound(sound)
        self._task: asyncio.Task[None] | None = None

    @property
    def speaking(self) -> bool:
        """Text was given, and not all of it is spoken yet."""
        return self._task is not None and not self._task.done()

    def append(self, text: str, *, flush: bool) -> None:
        """More text; the first that is no space begins the line."""
        if self._line is not None:
            self._aligner.add_text(text)
            self._line.append(text, flush=flush)
            return
        if not text.strip():
            return
        query = self._query
        speak = speak_of(text, query.voice, self.settings, query.language, query.seed, final=False)
        resolver = AliasResolver(self._state.voice_store(), self._state.config)
        self._line = OpenLine(self._state, speak, unpaced(self._sound.session_rate, "word"), resolver)
        self._aligner.add_text(text)
        if flush:
            self._line.append("", flush=True)
        self._task = asyncio.get_running_loop().create_task(self._speak(self._line))

    async def finish(self) -> None:
        """No more text: until all of it is spoken, and the client was told so."""
        if self._line is not None:
            self._aligner.complete()
            self._line.finish()
        if self._task is not None:
            await self._task
        else:
            await self._socket.send({"audio": None, "isFinal": True, "is_final": True, **self._names})

    async def leave(self) -> None:
        """Nobody listens any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _speak(self, line: OpenLine) -> None:
        try:
            async with contextlib.aclosing(line.events()) as events:
                async for event in events:
                    if isinstance(event, messages.Marks):
                        self._aligner.mark(event.marks)
                    elif isinstance(event, wire.AudioFrame):
                        for piece in self._aligner.push(event):
                            await self._send(piece, await self._encoder.push(piece.pcm))
                    elif isinstance(event, messages.Error):
                        await self._tell(problems.Problem(event.code, event.message, event.retry))
            for piece in self._aligner.finish():
                await self._send(piece, await self._encoder.push(piece.pcm) + await self._encoder.finish())
        except Refusal as error:
            told = problems.problem(error)
            await self._tell(told)
            if (
                not self._names
            ):  # the SDK raises what was said last before an end that is none; after `isFinal` it would see nothing
                await self._socket.close(_BAD_MESSAGE, told.code)
                return
        with contextlib.suppress(*GONE):
            await self._socket.send({"audio": None, "isFinal": True, "is_final": True, **self._names})

    async def _send(self, piece: AlignedSound, data: bytes) -> None:
        times = _milliseconds(piece, self._sound.session_rate) if piece.characters else None
        encoded = base64.b64encode(data).decode()
        await self._socket.send({"audio": encoded, "alignment": times, "normalizedAlignment": times, **self._names})

    async def _tell(self, told: problems.Problem) -> None:
        with contextlib.suppress(*GONE):
            await self._socket.send(_error(told.code, told.message) | self._names)


class _OneContext:
    """`stream-input`: text until an empty one, then the rest of the sound, then the end of the connection."""

    def __init__(self, socket: JsonSocket, context: Context) -> None:
        self._socket, self._context = socket, context

    async def run(self, idle_s: float) -> None:
        """Until the text is spoken or the client is gone."""
        while True:
            message = await _next(self._socket, idle_s)
            if message is None:
                return
            self._context.settings = message.voice_settings or self._context.settings
            if message.text == "":
                await self._context.finish()
                return
            self._context.append(message.text or "", flush=bool(message.flush))


class _ManyContexts:
    """`multi-stream-input`: texts side by side; only `close_socket` ends the connection."""

    def __init__(self, socket: JsonSocket, make: Callable[[str], Context]) -> None:
        self._socket, self._make = socket, make
        self._contexts: dict[str, Context] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def run(self, idle_s: float) -> None:
        """Until the client closes the socket or is gone."""
        while True:
            busy = bool(self._closing) or any(context.speaking for context in self._contexts.values())
            message = await _next(self._socket, None if busy else idle_s)
            if message is None:
                return
            if message.close_socket:
                await asyncio.gather(*(context.finish() for context in self._contexts.values()), *self._closing)
                return
            await self._hear(message)

    async def leave(self) -> None:
        """Nobody listens any more."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(
            *(context.leave() for context in self._contexts.values()), *self._closing, return_exceptions=True
        )

    async def _hear(self, message: SocketMessage) -> None:
        name = message.context
        if name is None:
            if not message.text:
                return  # keeps the connection alive
            name = "default"
        context = self._contexts.get(name)
        if context is None:
            if message.close_context:  # it has ended, or never was: whoever waits for its end need not wait on
                await self._socket.send(
                    {"audio": None, "isFinal": True, "is_final": True, "contextId": name, "context_id": name}
                )
                return
            if len(self._contexts) >= MOST_CONTEXTS:
                told = _error("bad_message", "Close other contexts first.")
                await self._socket.send(told | {"contextId": name, "context_id": name})
                return
            context = self._contexts[name] = self._make(name)
            context.settings = message.voice_settings
        context.append(message.text or "", flush=bool(message.flush))
        if message.close_context:
            del self._contexts[name]
            task = asyncio.get_running_loop().create_task(context.finish())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


async def _next(socket: JsonSocket, idle_s: float | None) -> SocketMessage | None:
    """The client's next message; None when it is gone, or was sent away for what it said or did not say."""
    try:
        data = await socket.receive(idle_s)
        return None if data is None else msgspec.json.decode(data, type=SocketMessage)
    except TimeoutError:
        await socket.send(_error("input_timeout_exceeded", "No text came for too long."))
        await socket.close(_IDLE, "input_timeout_exceeded")
    except (msgspec.MsgspecError, RecursionError) as error:
        await socket.send(_error("invalid_message", f"The message is not understood: {error}."))
        await socket.close(_BAD_MESSAGE, "invalid_message")
    return None


def _error(code: str, message: str) -> dict[str, Any]:
    return {"message": message, "error": code, "code": _BAD_MESSAGE}


async def _asked(request: web.Request) -> tuple[messages.Speak, SoundFormat]:
    """What a request asks for. Raises UploadError or FormatError."""
    sound = sound_of(request.query.get("output_format", DEFAULT_FORMAT))
    body = await read_json(request, HttpRequest)
    voice = request.match_info["voice"]
    return speak_of(body.text, voice, body.voice_settings, body.language_code, body.seed, final=True), sound


def seconds_of(pieces: list[AlignedSound], rate: int) -> dict[str, list[Any]]:
    """Times of characters as they are told over HTTP."""
    starts = [start / rate for piece in pieces for start in piece.starts]
    return {
        "characters": [char for piece in pieces for char in piece.characters],
        "character_start_times_seconds": starts,
        "character_end_times_seconds": [*starts[1:], pieces[-1].end / rate] if starts else [],
    }


def _milliseconds(piece: AlignedSound, rate: int) -> dict[str, list[Any]]:
    """Rounded on the running sum, so that the durations add up to the piece."""
    edges = [round((edge - piece.start) * 1000 / rate) for edge in (*piece.starts, piece.end)]
    return {
        "chars": list(piece.characters),
        "charStartTimesMs": edges[:-1],
        "charDurationsMs": [after - before for before, after in pairwise(edges)],
    }
