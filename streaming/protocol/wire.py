"""Bytes to messages and back: JSON text frames and binary audio frames.

Every refusal is a `BadMessage` that names the field. This file knows no line and no session.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from oncue.streaming.protocol.audio import BYTES_PER_SAMPLE
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.protocol.messages import MAX_FRAME_BYTES, ClientMessage, FromClient, FromServer, ServerMessage

MAGIC = 0xA1
"""No JSON text can begin with this byte, so an engine that cannot tell frames apart can look at it."""
CODEC_PCM_S16LE = 1
CODEC_OPUS = 2
HEADER = struct.Struct("<BBHIQI")
"""magic, codec, utterance number, sequence, start sample, samples: 20 bytes, little-endian."""
MAX_FRAME_SAMPLES = 20_000
"""Keeps a frame under 64 KiB, in base64 too."""

_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """`samples` samples of one utterance from the absolute sample `start`, at the client's rate."""

    number: int
    sequence: int
    start: int
    samples: int
    data: bytes
    codec: int = CODEC_PCM_S16LE

    @property
    def end(self) -> int:
        """One past its last sample, which is the start of the next frame."""
        return self.start + self.samples

    @property
    def pcm(self) -> bytes:
        """The samples of a frame that is pcm_s16le."""
        assert self.codec == CODEC_PCM_S16LE
        return self.data

    def since(self, sample: int) -> AudioFrame:
        """What of it lies at `sample` and after; an Opus packet cannot be cut and stays whole."""
        cut = max(0, sample - self.start)
        if self.codec != CODEC_PCM_S16LE or not cut:
            return self
        rest = self.data[BYTES_PER_SAMPLE * cut :]
        return replace(self, start=self.start + cut, samples=self.samples - cut, data=rest)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A client's frame that is no message: what is wrong with it, and the `id` in it if it has one."""

    error: BadMessage
    id: str | None


class _Peek(msgspec.Struct):
    """Just enough of a broken message to say whose it was."""

    id: Any = None


_peek = msgspec.json.Decoder(_Peek)


def decode_client(data: str | bytes) -> ClientMessage:
    """A client's text frame to its message. Raises BadMessage with the field at fault."""
    if isinstance(data, bytes):
        raise BadMessage("Clients send JSON text frames only, and this frame was binary.")
    if len(data.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES:
        raise BadMessage(f"A frame may hold at most {MAX_FRAME_BYTES} bytes.")
    try:
        return _client.decode(data)
    except msgspec.ValidationError as error:
        raise BadMessage(f"The message is outside the protocol: {error}.") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadMessage(f"The frame is not JSON: {error}.") from None


def read_client(data: str | bytes) -> ClientMessage | Unreadable:
    """A client's text frame to its message, or to what is wrong with it. Raises nothing."""
    try:
        return decode_client(data)
    except BadMessage as error:
        return Unreadable(error, peek_id(data))


def decode_server(data: str) -> ServerMessage:
    """A server's text frame to its message. Raises BadMessage."""
    try:
        return _server.decode(data)
    except msgspec.MsgspecError as error:
        raise BadMessage(f"The server's message could not be read: {error}.") from None


def peek_id(data: str | bytes) -> str | None:
    """The `id` in a frame that was refused, if it has one that a client could have meant."""
    try:
        found = _peek.decode(data).id
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return found[:64] if isinstance(found, str) else None


def encode(message: FromClient | FromServer) -> str:
    """A message to its text frame."""
    return _encoder.encode(message).decode()


def pack_audio(frame: AudioFrame) -> bytes:
    """An audio frame to bytes."""
    head = HEADER.pack(MAGIC, frame.codec, frame.number, frame.sequence, frame.start, frame.samples)
    return head + frame.data


def unpack_audio(data: bytes) -> AudioFrame:
    """Bytes to an audio frame. Raises BadMessage when it is none, or header and length disagree."""
    if len(data) < HEADER.size:
        raise BadMessage(f"An audio frame has a header of {HEADER.size} bytes, and this frame has {len(data)}.")
    magic, codec, number, sequence, start, count = HEADER.unpack_from(data)
    if magic != MAGIC or codec not in {CODEC_PCM_S16LE, CODEC_OPUS}:
        raise BadMessage(f"The frame begins with {magic:#x} and codec {codec}; expected {MAGIC:#x} and codec 1 or 2.")
    if codec == CODEC_PCM_S16LE and len(data) != HEADER.size + BYTES_PER_SAMPLE * count:
        raise BadMessage(f"The header promises {count} samples and {len(data) - HEADER.size} bytes follow.")
    return AudioFrame(number, sequence, start, count, data[HEADER.size :], codec)
