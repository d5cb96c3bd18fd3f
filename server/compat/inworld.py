"""Inworld's speech over HTTP: `/tts/v1/voice` whole and `/tts/v1/voice:stream` in lines of JSON, with times of words or
characters.

`speakingRate` becomes a ratio; models and temperature are taken and mean nothing here. Times are seconds from the start of
the sound.
"""

from __future__ import annotations

import base64
import contextlib
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from oncue.clients.client import Refusal
from oncue.server.audio.encoders import FORMATS
from oncue.server.audio.live_sound import LiveSound, SoundFormat, wanted
from oncue.server.compat.aliases import AliasResolver
from oncue.server.compat.alignment import AlignedSound, CharacterAligner, MarkTimer, Timed
from oncue.server.compat.open_line import OpenLine
from oncue.server.http import problems
from oncue.server.http.handling import GONE, answered
from oncue.server.http.streaming import StreamedAnswer
from oncue.server.http.upload import read_json
from oncue.server.sessions.speaking import LINE, unpaced
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages, wire

_ENCODINGS = {
    "MP3": "mp3", "OGG_OPUS": "opus", "LINEAR16": "wav", "PCM": "pcm", "WAV": "wav", "FLAC": "flac", "MULAW": "ulaw",
    "ALAW": "alaw",
}  # fmt: skip


class AudioConfig(Struct, frozen=True, rename="camel"):
    """How the sound comes."""

    audio_encoding: Literal["MP3", "OGG_OPUS", "LINEAR16", "PCM", "WAV", "FLAC", "MULAW", "ALAW"] = "MP3"
    sample_rate_hertz: int | None = None
    bit_rate: Annotated[int, Meta(ge=8000, le=320_000)] | None = None
    speaking_rate: Annotated[float, Meta(ge=0.25, le=4.0)] | None = None


class Synthesis(Struct, frozen=True, rename="camel"):
    """The body of both routes."""

    text: str
    voice_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    audio_config: AudioConfig = AudioConfig()
    timestamp_type: Literal["TIMESTAMP_TYPE_UNSPECIFIED", "WORD", "CHARACTER"] = "TIMESTAMP_TYPE_UNSPECIFIED"
    model_id: str = ""


class Inworld:
    """The routes."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take requests from now on."""
        router.add_post("/tts/v1/voice", answered(self._state, self._whole))
        router.add_post("/tts/v1/voice:stream", answered(self._state, self._stream))

    async def _whole(self, request: web.Request) -> web.StreamResponse:
        asked = await read_json(request, Synthesis)
        data, words, pieces = bytearray(), list[Timed](), list[AlignedSound]()
        async with contextlib.aclosing(self._speak(asked)) as parts:
            async for part in parts:
                data += part.data
                words += part.words
                pieces += part.pieces
        return web.json_response(_said(asked, bytes(data), words, pieces, _sound(asked).session_rate))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        asked = await read_json(request, Synthesis)
        rate = _sound(asked).session_rate
        headers = {"Content-Type": "application/x-ndjson"}
        out = StreamedAnswer(request, headers, self._state.config.slow_consumer_s)
        try:
            async with contextlib.aclosing(self._speak(asked)) as parts:
                async for part in parts:
                    said = _said(asked, part.data, part.words, part.pieces, rate)
                    await out.send(msgspec.json.encode({"result": said}) + b"\n")
            return await out.end()
        except GONE:
            return out.abort()
        except Refusal as error:
            if not out.begun:
                raise
            await out.send(msgspec.json.encode({"error": problems.inworld(problems.problem(error))}) + b"\n")
            return await out.end()

    async def _speak(self, asked: Synthesis) -> Any:
        """The sound and its times, piece by piece. Raises Refusal."""
        sound = _sound(asked)
        resolver = AliasResolver(self._state.voice_store(), self._state.config)
        aligner, timer, encoder = CharacterAligner(), MarkTimer("word"), LiveSound(sound)
        aligner.add_text(asked.text)
        aligner.complete()
        words: list[Timed] = []
        line = OpenLine(self._state, _line(asked), unpaced(sound.session_rate, "word"), resolver)
        async with contextlib.aclosing(line.events()) as events:
            async for event in events:
                if isinstance(event, messages.Marks):
                    aligner.mark(event.marks)
                    words += timer.mark(event.marks)
                elif isinstance(event, wire.AudioFrame):
                    for piece in aligner.push(event):
                        yield _Part(await encoder.push(piece.pcm), words, [piece])
                        words = []
                elif isinstance(event, messages.Done):
                    words += timer.finish(event.samples)
        for piece in aligner.finish():
            yield _Part(await encoder.push(piece.pcm) + await encoder.finish(), words, [piece])


class _Part(Struct, frozen=True):
    data: bytes
    words: list[Timed]
    pieces: list[AlignedSound]


def _sound(asked: Synthesis) -> SoundFormat:
    """Raises FormatError."""
    config = asked.audio_config
    return wanted(FORMATS[_ENCODINGS[config.audio_encoding]], config.sample_rate_hertz, config.bit_rate)


def _line(asked: Synthesis) -> messages.Speak:
    speed = asked.audio_config.speaking_rate
    duration = None if speed is None or speed == 1.0 else messages.Duration(ratio=1.0 / speed)
    return messages.Speak(LINE, asked.text, voice=asked.voice_id, duration=duration)


def _said(asked: Synthesis, data: bytes, words: list[Timed], pieces: list[AlignedSound], rate: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "audioContent": base64.b64encode(data).decode(),
        "usage": {"processedCharactersCount": len(asked.text), "modelId": asked.model_id},
    }
    if asked.timestamp_type == "WORD":
        said["timestampInfo"] = {
            "wordAlignment": {
                "words": [word.text for word in words],
                "wordStartTimeSeconds": [word.start / rate for word in words],
                "wordEndTimeSeconds": [word.end / rate for word in words],
            }
        }
    elif asked.timestamp_type == "CHARACTER":
        starts = [start / rate for piece in pieces for start in piece.starts]
        said["timestampInfo"] = {
            "characterAlignment": {
                "characters": [char for piece in pieces for char in piece.characters],
                "characterStartTimeSeconds": starts,
                "characterEndTimeSeconds": [*starts[1:], pieces[-1].end / rate] if starts else [],
            }
        }
    return said
