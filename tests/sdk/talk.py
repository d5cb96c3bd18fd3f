"""Run by the environment of the SDKs, never by the tests: one call of one SDK, and what it was given as JSON.

    python talk.py CALL URL KEY

It knows nothing of this project but the URL.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sys
import time
import wave
from collections.abc import Iterable
from typing import Any

TEXT = "The lights go down, and the house is quiet. Then somebody laughs, and everything begins again from the start."
WORDS = TEXT.split()


def heard(chunks: Iterable[bytes]) -> dict[str, Any]:
    """How many pieces of sound came, when, and all of it."""
    began, times, data = time.monotonic(), [], b""
    for chunk in chunks:
        if chunk:
            times.append(time.monotonic() - began)
            data += chunk
    return {"pieces": len(times), "first_s": times[0], "last_s": times[-1], "data": base64.b64encode(data).decode()}


def openai_audio(url: str, key: str) -> dict[str, Any]:
    """Streamed PCM."""
    from openai import OpenAI

    client = OpenAI(base_url=f"{url}/v1", api_key=key)
    asked = {"model": "tts-1", "voice": "alloy", "input": TEXT, "response_format": "pcm"}
    with client.audio.speech.with_streaming_response.create(**asked) as answer:
        return heard(answer.iter_bytes(4096))


def openai_events(url: str, key: str) -> dict[str, Any]:
    """Server-sent events."""
    from openai import OpenAI

    client = OpenAI(base_url=f"{url}/v1", api_key=key)
    asked = {"model": "gpt-4o-mini-tts", "voice": "nova", "input": TEXT, "response_format": "pcm"}
    with client.audio.speech.with_streaming_response.create(
        **asked, instructions="Speak in a happy voice.", extra_body={"stream_format": "sse"}
    ) as answer:
        events = (json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: "))
        return heard(base64.b64decode(event.get("audio", "")) for event in events)


def openai_realtime(url: str, key: str) -> dict[str, Any]:
    """The WebSocket: a text, and a second one that is cancelled and cut."""
    from openai import OpenAI

    client, written, ends = OpenAI(base_url=f"{url}/v1", api_key=key), "", []

    def ask(connection: Any, text: str) -> None:
        said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        connection.conversation.item.create(item=said)
        connection.response.create()

    with client.realtime.connect(model="gpt-realtime") as connection:
        connection.session.update(session={"type": "realtime", "audio": {"output": {"voice": "marin"}}})
        ask(connection, TEXT)

        def sound() -> Iterable[bytes]:
            nonlocal written
            for event in connection:
                if event.type == "response.output_audio.delta":
                    yield base64.b64decode(event.delta)
                elif event.type == "response.output_audio_transcript.delta":
                    written += event.delta
                elif event.type == "response.done":
                    ends.append(event.response.status)
                    return

        whole = heard(sound())
        ask(connection, TEXT * 5)
        for event in connection:
            if event.type == "response.output_audio.delta":
                item = event.item_id
                connection.response.cancel()
                break
        for event in connection:
            if event.type == "response.done":
                ends.append(event.response.status)
                break
        connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=20)
        cut = next(event.audio_end_ms for event in connection if event.type == "conversation.item.truncated")
    return whole | {"text": written, "ends": ends, "cut": cut}


def openai_voices(url: str, key: str) -> dict[str, Any]:
    """The list of models."""
    from openai import OpenAI

    return {"models": [model.id for model in OpenAI(base_url=f"{url}/v1", api_key=key).models.list()]}


def elevenlabs_convert(url: str, key: str) -> dict[str, Any]:
    """HTTP, in the SDK's own default format but one."""
    from elevenlabs.client import ElevenLabs

    client = ElevenLabs(base_url=url, api_key=key)
    voice = client.voices.get_all().voices[0].voice_id
    return heard(client.text_to_speech.stream(voice, text=TEXT, output_format="pcm_24000"))


def elevenlabs_timed(url: str, key: str) -> dict[str, Any]:
    """HTTP with times of characters."""
    from elevenlabs.client import ElevenLabs

    client, starts, ends, text = ElevenLabs(base_url=url, api_key=key), [], [], ""

    def sound() -> Iterable[bytes]:
        nonlocal text
        for chunk in client.text_to_speech.stream_with_timestamps("mei", text=TEXT, output_format="pcm_24000"):
            if chunk.alignment is not None:
                text += "".join(chunk.alignment.characters)
                starts.extend(chunk.alignment.character_start_times_seconds)
                ends.extend(chunk.alignment.character_end_times_seconds)
            yield base64.b64decode(chunk.audio_base_64)

    found = heard(sound())
    return found | {"text": text, "starts": starts, "ends": ends}


def elevenlabs_realtime(url: str, key: str) -> dict[str, Any]:
    """The WebSocket, which this SDK speaks over TLS only, with text in pieces."""
    from elevenlabs.client import ElevenLabs

    client = ElevenLabs(base_url=url, api_key=key)
    pieces = (f"{word} " for word in WORDS)
    return heard(client.text_to_speech.convert_realtime("mei", text=pieces, model_id="any", output_format="pcm_24000"))


def cartesia_bytes(url: str, key: str) -> dict[str, Any]:
    """HTTP."""
    from cartesia import Cartesia

    client = Cartesia(base_url=url, api_key=key)
    form = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000}
    with client.tts.with_streaming_response.generate(
        model_id="sonic-3", transcript=TEXT, voice={"mode": "id", "id": "mei"}, output_format=form
    ) as answer:
        return heard(answer.iter_bytes(4096))


def cartesia_socket(url: str, key: str) -> dict[str, Any]:
    """The WebSocket with a context, text in pieces and times of words."""
    from cartesia import Cartesia

    client = Cartesia(base_url=url, websocket_base_url=url.replace("http", "ws", 1), api_key=key)
    form = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000}
    times: dict[str, list[Any]] = {"words": [], "starts": [], "ends": []}

    def sound() -> Iterable[bytes]:
        with client.tts.websocket_connect() as socket:
            context = socket.context(
                model_id="sonic-3", voice={"mode": "id", "id": "mei"}, output_format=form, add_timestamps=True
            )
            for word in WORDS:
                context.push(f"{word} ")
            context.no_more_inputs()
            for event in context.receive():
                if event.type == "timestamps":
                    times["words"] += event.word_timestamps.words
                    times["starts"] += event.word_timestamps.start
                    times["ends"] += event.word_timestamps.end
                if event.type == "chunk":
                    yield event.audio or b""

    return heard(sound()) | times


def wyoming(url: str, _key: str) -> dict[str, Any]:
    """Streaming synthesis over TCP."""
    from wyoming.audio import AudioChunk, AudioStart
    from wyoming.client import AsyncClient
    from wyoming.info import Describe, Info
    from wyoming.tts import (
        Synthesize,
        SynthesizeChunk,
        SynthesizeStart,
        SynthesizeStop,
        SynthesizeStopped,
        SynthesizeVoice,
    )  # fmt: skip

    async def speak() -> dict[str, Any]:
        async with AsyncClient.from_uri(url) as client:
            await client.write_event(Describe().event())
            info = Info.from_event(await client.read_event())
            voice = SynthesizeVoice(name=info.tts[0].voices[0].name)
            await client.write_event(SynthesizeStart(voice=voice).event())
            for word in WORDS:
                await client.write_event(SynthesizeChunk(text=f"{word} ").event())
            await client.write_event(Synthesize(text=TEXT, voice=voice).event())
            await client.write_event(SynthesizeStop().event())
            began, times, data, rate = time.monotonic(), [], b"", 0
            while (event := await client.read_event()) is not None:
                if AudioStart.is_type(event.type):
                    rate = AudioStart.from_event(event).rate
                elif AudioChunk.is_type(event.type):
                    times.append(time.monotonic() - began)
                    data += AudioChunk.from_event(event).audio
                elif SynthesizeStopped.is_type(event.type):
                    break
            file = io.BytesIO()
            with wave.open(file, "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(rate)
                sound.writeframes(data)
            return {
                "pieces": len(times), "first_s": times[0], "last_s": times[-1],
                "data": base64.b64encode(data).decode(), "streams": info.tts[0].supports_synthesize_streaming,
            }  # fmt: skip

    return asyncio.run(speak())


if __name__ == "__main__":
    call, address, secret = sys.argv[1:]
    print(json.dumps(globals()[call](address, secret)))
