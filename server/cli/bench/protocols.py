"""`oncue bench --protocols`: how much later the first audible sample comes through each borrowed protocol than through our own.

One line after another over the same server, the protocols taking turns, so that what the machine does meanwhile falls on all
of them alike. Connections are open before the clock starts, where a client would keep them open too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import aiohttp
import numpy as np

from oncue.clients.client import Client
from oncue.server.compat.wyoming import event
from oncue.streaming.protocol import messages, wire
from oncue.streaming.session.line_output import AUDIBLE

TEXT = "The lights go down, and the house is quiet."
Speaker = Callable[[], Awaitable[float]]
"""Speaks the line once; seconds until its first audible sample was here."""
_FORM = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000}


@dataclass(frozen=True, slots=True)
class Delay:
    """Of one protocol: seconds until the first audible sample, and how much more than our own took in the same round."""

    name: str
    first_audible_s: float
    """Median."""
    over_native_s: float
    """Median of the differences within a round."""
    rounds: int


async def protocols(url: str, token: str, rounds: int, wyoming_port: int | None = None) -> list[Delay]:
    """The delays, our own first. Raises ClientError or aiohttp's errors."""
    times: dict[str, list[float]] = {}
    async with speakers(url, token, wyoming_port) as named:
        for speak in named.values():  # a first line each, which is not counted
            await speak()
        for number in range(rounds):
            order = list(named.items())
            turned = order[number % len(order) :] + order[: number % len(order)]
            for name, speak in turned:
                times.setdefault(name, []).append(await speak())
    own = times["native"]
    return [
        Delay(name, median(times[name]), median(a - b for a, b in zip(times[name], own, strict=True)), rounds)
        for name in named
    ]


def free_port() -> int:
    """A port that nobody listened on a moment ago, for a server that must be told its ports before it starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def speakers(url: str, token: str, wyoming_port: int | None) -> AsyncIterator[dict[str, Speaker]]:
    """Each protocol as a call."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            await Client.connect(url, messages.Open(lead_ms=messages.MAX_LEAD_MS), token=token)
        )
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        http = await stack.enter_async_context(aiohttp.ClientSession(url, headers=headers))
        body = {"text": TEXT}
        found: dict[str, Speaker] = {
            "native": lambda: _native(client),
            "http": lambda: _http(http, "/v1/speech?format=pcm", body),
            "openai": lambda: _http(
                http, "/v1/audio/speech", {"model": "tts-1", "input": TEXT, "response_format": "pcm"}
            ),
            "openai-realtime": lambda: _realtime(http),
            "elevenlabs": lambda: _elevenlabs(http, client.ready.voices[0]),
            "elevenlabs-http": lambda: _http(
                http, f"/v1/text-to-speech/{client.ready.voices[0]}/stream?output_format=pcm_24000", body
            ),
            "cartesia": lambda: _cartesia(http),
        }
        if wyoming_port is not None:
            reader, writer = await asyncio.open_connection("127.0.0.1", wyoming_port)
            stack.callback(writer.close)
            found["wyoming"] = lambda: _wyoming(reader, writer)
        yield found


class _Ear:
    """When the first audible sample came."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._odd = b""
        self.at_s: float | None = None

    def hear(self, data: bytes) -> None:
        """16-bit samples, in pieces of any size."""
        if self.at_s is not None:
            return
        data, self._odd = self._odd + data, b""
        if len(data) % 2:
            data, self._odd = data[:-1], data[-1:]
        if data and int(np.abs(np.frombuffer(data, "<i2").astype(int)).max()) >= AUDIBLE * 32767:
            self.at_s = time.perf_counter() - self._began

    @property
    def heard_s(self) -> float:
        """Raises ValueError when nothing was."""
        if self.at_s is None:
            raise ValueError("The line was silent.")
        return self.at_s


async def _native(client: Client) -> float:
    ear = _Ear()
    async for said in await client.speak(TEXT):
        if isinstance(said, wire.AudioFrame):
            ear.hear(said.pcm)
    return ear.heard_s


async def _http(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> float:
    ear = _Ear()
    async with http.post(path, json=body) as answer:
        answer.raise_for_status()
        async for data in answer.content.iter_any():
            ear.hear(data)
    return ear.heard_s


async def _realtime(http: aiohttp.ClientSession) -> float:
    async with http.ws_connect("/v1/realtime") as talk:
        await talk.receive()
        ear = _Ear()
        written = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": TEXT}]}
        await talk.send_json({"type": "conversation.item.create", "item": written})
        await talk.send_json({"type": "response.create"})
        while True:
            said = await talk.receive_json()
            if said["type"] == "response.output_audio.delta":
                ear.hear(base64.b64decode(said["delta"]))
            elif said["type"] in {"response.done", "error"}:
                return ear.heard_s


async def _elevenlabs(http: aiohttp.ClientSession, voice: str) -> float:
    async with http.ws_connect(f"/v1/text-to-speech/{voice}/stream-input?output_format=pcm_24000") as talk:
        await talk.send_json({"text": " "})
        ear = _Ear()
        await talk.send_json({"text": TEXT})
        await talk.send_json({"text": ""})
        async for frame in talk:
            ear.hear(base64.b64decode(json.loads(frame.data).get("audio") or ""))
    return ear.heard_s


async def _cartesia(http: aiohttp.ClientSession) -> float:
    async with http.ws_connect("/tts/websocket") as talk:
        ear = _Ear()
        await talk.send_json({"model_id": "", "transcript": TEXT, "context_id": "a", "output_format": _FORM})
        while True:
            said = json.loads((await talk.receive()).data)
            if said["type"] == "chunk":
                ear.hear(base64.b64decode(said["data"]))
            elif said["done"]:
                return ear.heard_s


async def _wyoming(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
    ear = _Ear()
    writer.write(event("synthesize", {"text": TEXT}))
    while True:
        head = json.loads(await reader.readline())
        await reader.readexactly(head.get("data_length", 0))
        ear.hear(await reader.readexactly(head.get("payload_length", 0)))
        if head["type"] == "audio-stop":
            return ear.heard_s
