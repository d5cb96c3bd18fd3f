"""Wyoming, the protocol of Home Assistant's voice parts: a TCP port of its own, lines of JSON with data and samples after them.

`describe`, `synthesize`, and text in pieces between `synthesize-start` and `synthesize-stop`. The protocol knows no keys,
so by itself it listens on loopback only. The codec here is the few lines that speech needs; the package `wyoming` is what
it is tested against.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from oncue.clients.client import Refusal
from oncue.server.compat.aliases import AliasResolver
from oncue.server.compat.open_line import OpenLine
from oncue.server.sessions.speaking import LINE, unpaced
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages, wire

_log = logging.getLogger(__name__)
RATE = 24_000
MAX_LINE_BYTES = 64 * 1024
MAX_DATA_BYTES = 64 * 1024
MAX_PAYLOAD_BYTES = 1 << 20
"""Nobody has samples to send to a voice; what comes is read and dropped."""


class Header(Struct, frozen=True):
    """The line before an event's data and payload."""

    type: str
    data: dict[str, Any] = msgspec.field(default_factory=dict)
    data_length: Annotated[int, Meta(ge=0, le=MAX_DATA_BYTES)] | None = None
    payload_length: Annotated[int, Meta(ge=0, le=MAX_PAYLOAD_BYTES)] | None = None


class VoiceChoice(Struct, frozen=True):
    """A voice by name; a language alone is any voice."""

    name: str | None = None
    language: str | None = None


class Synthesize(Struct, frozen=True):
    """What `synthesize` and the streaming events hold."""

    text: str = ""
    voice: VoiceChoice | None = None


async def read_event(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]] | None:
    """The next event without its payload, None at the end. Raises ValueError when it is none."""
    try:
        line = await reader.readline()
    except ValueError as error:  # the line is longer than the reader's limit
        raise ValueError("A line is too long.") from error
    if not line:
        return None
    try:
        header = msgspec.json.decode(line, type=Header)
        data = dict(header.data)
        if header.data_length:
            data |= msgspec.json.decode(await reader.readexactly(header.data_length), type=dict[str, Any])
        if header.payload_length:
            await reader.readexactly(header.payload_length)
    except msgspec.MsgspecError as error:
        raise ValueError("This is no Wyoming event.") from error
    except asyncio.IncompleteReadError:
        return None
    return header.type, data


def event(kind: str, data: dict[str, Any] | None = None, payload: bytes = b"") -> bytes:
    """An event as bytes."""
    body = msgspec.json.encode(data) if data else b""
    header: dict[str, Any] = {"type": kind, "version": "1.5.2"}
    if body:
        header["data_length"] = len(body)
    if payload:
        header["payload_length"] = len(payload)
    return msgspec.json.encode(header) + b"\n" + body + payload


class _Conversation:
    """One connection: one text at a time."""

    def __init__(self, state: ServerState, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._state, self._reader, self._writer = state, reader, writer
        self._line: OpenLine | None = None
        self._voice: VoiceChoice | None = None
        self._streaming = False
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the client is gone or says what is no event."""
        try:
            while (found := await read_event(self._reader)) is not None:
                await self._hear(*found)
        except (ValueError, ConnectionError) as error:
            _log.info("a Wyoming connection ended: %s", type(error).__name__)
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def _hear(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "describe":
            await self._send(event("info", self._info()))
        elif kind == "ping":
            await self._send(event("pong", data))
        elif kind in {"synthesize", "synthesize-start", "synthesize-chunk", "synthesize-stop"}:
            try:
                await self._write(kind, msgspec.convert(data, Synthesize))
            except msgspec.ValidationError as error:
                raise ValueError("This is no Wyoming event.") from error

    async def _write(self, kind: str, said: Synthesize) -> None:
        if kind == "synthesize-start":
            await self._settle()
            self._streaming, self._voice, self._line = True, said.voice, None
        elif kind == "synthesize-chunk" and self._streaming:
            if self._line is not None:
                self._line.append(said.text)
            elif said.text.strip():
                self._begin(said.text, self._voice, final=False)
        elif kind == "synthesize-stop" and self._streaming:
            if self._line is not None:
                self._line.finish()
            await self._settle()
            self._streaming, self._line = False, None
            await self._send(event("synthesize-stopped"))
        elif kind == "synthesize" and not self._streaming:  # inside a stream it is the whole text once more
            self._begin(said.text, said.voice, final=True)
            await self._settle()

    def _begin(self, text: str, voice: VoiceChoice | None, *, final: bool) -> None:
        name = None if voice is None else voice.name
        resolver = AliasResolver(self._state.voice_store(), self._state.config)
        self._line = OpenLine(self._state, messages.Speak(LINE, text, final, name), unpaced(RATE), resolver)
        self._task = asyncio.get_running_loop().create_task(self._speak(self._line))

    async def _settle(self) -> None:
        """Until what was begun has ended."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _speak(self, line: OpenLine) -> None:
        """Start and stop come in any case: Home Assistant waits for the stop, and looks at no error."""
        form = {"rate": RATE, "width": 2, "channels": 1}
        begun, end_ms = False, 0
        try:
            async with contextlib.aclosing(line.events()) as events:
                async for said in events:
                    if not isinstance(said, wire.AudioFrame):
                        continue
                    if not begun:
                        begun = True
                        await self._send(event("audio-start", form | {"timestamp": 0}))
                    at_ms = said.start * 1000 // RATE
                    await self._send(event("audio-chunk", form | {"timestamp": at_ms}, said.pcm))
                    end_ms = said.end * 1000 // RATE
        except Refusal as error:
            self._state.metrics.errors.labels(error.code).inc()
            await self._send(event("error", {"text": str(error), "code": error.code}))
        if not begun:
            await self._send(event("audio-start", form | {"timestamp": 0}))
        await self._send(event("audio-stop", {"timestamp": end_ms}))

    async def _send(self, data: bytes) -> None:
        """Raises ConnectionError when the client is gone or does not read."""
        self._writer.write(data)
        try:
            async with asyncio.timeout(self._state.config.slow_consumer_s):
                await self._writer.drain()
        except TimeoutError:
            self._writer.transport.abort()
            raise ConnectionResetError("The client does not read.") from None

    def _info(self) -> dict[str, Any]:
        by = {"name": "OnCue", "url": ""}
        spec = self._state.pool.spec
        voices = [
            {
                "name": entry.name, "description": entry.name, "version": spec.revision, "attribution": by,
                "installed": True, "languages": list(spec.languages),
            }
            for entry in self._state.voice_store().list()
        ]  # fmt: skip
        program = {
            "name": "oncue", "description": "AI-generated speech", "attribution": by, "installed": True,
            "version": spec.revision, "voices": voices, "supports_synthesize_streaming": True,
        }  # fmt: skip
        return {"tts": [program], "asr": [], "handle": [], "intent": [], "wake": [], "mic": [], "snd": []}


@asynccontextmanager
async def wyoming_port(state: ServerState, host: str, port: int) -> AsyncIterator[int]:
    """The port, open; yields its number. Raises OSError."""
    conversations: set[asyncio.Task[Any]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if not state.pool.started or state.draining or state.sockets >= state.config.max_connections:
            writer.close()
            return
        conversations.add(task)
        state.sockets += 1
        try:
            await _Conversation(state, reader, writer).run()
        finally:
            state.sockets -= 1
            conversations.discard(task)
            writer.close()

    server = await asyncio.start_server(accept, host, port, limit=MAX_LINE_BYTES)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
