"""The speech part of OpenAI's realtime protocol: `/v1/realtime`, where text becomes sound, and nothing is heard or thought.

`response.create` speaks what the user wrote (`realtime_conversation.py` says which of it); sound comes as
`response.output_audio.delta` with the words beside it. A response can be cancelled, and its message be cut to what was
heard. `speed` is a ratio of the natural length, a response's `instructions` a feeling in words, as for
`/v1/audio/speech`; a session's are those of a model that is not here and mean nothing. Who sends sound is told once
that nobody listens.
"""

from __future__ import annotations

import asyncio
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
from oncue.server.compat.open_line import OpenLine
from oncue.server.compat.openai import VoiceObject, feeling
from oncue.server.compat.realtime_conversation import Conversation, Item, Message, Spoken, message_of, name, to_speak
from oncue.server.compat.sockets import JsonSocket, json_socket
from oncue.server.http import problems
from oncue.server.http.auth import OPENAI_SUBPROTOCOL
from oncue.server.http.handling import GONE, Told, answered, problem
from oncue.server.http.upload import UploadError
from oncue.server.sessions.speaking import LINE, LineEvent, unpaced
from oncue.server.state import ServerState
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import BadMessage, TextEmpty

PATH = "/v1/realtime"
MOST_RESPONSES = 32
_KINDS = {"audio/pcm": ("pcm", 24_000), "audio/pcmu": ("ulaw", 8_000), "audio/pcma": ("alaw", 8_000)}
_Id = Annotated[str, Meta(max_length=128)]


class FormatChoice(Struct, frozen=True):
    """How the sound comes. Others have only 24 kHz; the rates of `/v1/stream` are taken too."""

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    rate: int | None = None

    def sound(self) -> SoundFormat:
        """As we make it. Raises FormatError."""
        kind, rate = _KINDS[self.type]
        return wanted(FORMATS[kind], rate if self.rate is None else self.rate)

    @property
    def told(self) -> dict[str, Any]:
        """As the protocol shows it."""
        return {"type": self.type} | ({"rate": self.sound().rate} if self.type == "audio/pcm" else {})


class OutputChoice(Struct, frozen=True):
    """What of the sound is asked for; None is as it was."""

    format: FormatChoice | None = None
    voice: Annotated[str, Meta(min_length=1, max_length=128)] | VoiceObject | None = None
    speed: Annotated[float, Meta(ge=0.25, le=4.0)] | None = None


class AudioChoice(Struct, frozen=True):
    """The sound that goes out; what is said of sound that comes in means nothing."""

    output: OutputChoice | None = None


class SessionChoice(Struct, frozen=True):
    """What a session is asked to be; fields that need a model are passed over."""

    type: str = "realtime"
    audio: AudioChoice | None = None
    output_modalities: tuple[str, ...] | None = None
    instructions: str | None = None


class ResponseChoice(Struct, frozen=True):
    """What one response is asked to be."""

    audio: AudioChoice | None = None
    output_modalities: tuple[str, ...] | None = None
    instructions: Annotated[str, Meta(max_length=4096)] | None = None
    conversation: str | None = None
    input: tuple[Item, ...] | None = None
    metadata: dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]] | None = None


class ClientEvent(Struct, frozen=True):
    """Anything that a client says; which of the fields mean something is its `type`'s business."""

    type: str
    event_id: _Id | None = None
    session: SessionChoice | None = None
    response: ResponseChoice | None = None
    response_id: _Id | None = None
    item: Item | None = None
    previous_item_id: _Id | None = None
    item_id: _Id | None = None
    content_index: int = 0
    audio_end_ms: Annotated[int, Meta(ge=0, le=10**9)] | None = None


class Voiced(Struct, frozen=True):
    """How a response sounds."""

    format: FormatChoice = FormatChoice()
    voice: str | None = None
    speed: float = 1.0

    def changed(self, choice: AudioChoice | None, modalities: tuple[str, ...] | None) -> Voiced:
        """With what is asked for. Raises BadMessage or FormatError."""
        if modalities is not None and "audio" not in modalities:
            raise BadMessage("output_modalities is audio here: this server speaks, it writes no text.")
        asked = (choice or AudioChoice()).output or OutputChoice()
        form = asked.format or self.format
        form.sound()  # which raises where it cannot be
        voice = asked.voice.id if isinstance(asked.voice, VoiceObject) else asked.voice
        return Voiced(form, voice or self.voice, self.speed if asked.speed is None else asked.speed)

    @property
    def told(self) -> dict[str, Any]:
        """As the protocol shows it."""
        return {"format": self.format.told, "voice": self.voice, "speed": self.speed}


class OpenAIRealtime:
    """The route."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Take connections from now on."""
        router.add_get(PATH, answered(self._state, self._talk))

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        if "realtime=v1" in request.headers.get("OpenAI-Beta", ""):
            sentence = "The beta of this protocol is not spoken here: leave the header OpenAI-Beta out, and use the one that came after it."
            raise UploadError(400, "bad_message", sentence)
        if "call_id" in request.query or request.query.get("intent", "") == "transcription":
            raise UploadError(400, "bad_message", "This server speaks: it takes no calls and transcribes nothing.")
        async with json_socket(self._state, request, (OPENAI_SUBPROTOCOL,)) as socket:
            session = _Session(self._state, socket, request.query.get("model", ""))
            try:
                await session.run()
            except GONE:
                pass
            finally:
                await session.leave()
        return socket.response


class _Session:
    """One connection: a conversation, and the responses that are being spoken of it."""

    def __init__(self, state: ServerState, socket: JsonSocket, model: str) -> None:
        self._state, self._socket = state, socket
        self._id, self._model = name("sess"), model[:128] or f"oncue-{state.pool.spec.family.rpartition('.')[2]}"
        self._conversation = Conversation()
        self._voiced = Voiced(voice=state.voice_store().list()[0].name)
        self._instructions = ""
        self._responses: dict[str, _Response] = {}
        self._told_deaf = False

    async def run(self) -> None:
        """Until the client is gone."""
        await self._send("session.created", session=self._told())
        while (data := await self._socket.receive()) is not None:
            heard = None
            try:
                heard = _event_id(data)
                await self._hear(msgspec.json.decode(data, type=ClientEvent))
            except (msgspec.MsgspecError, RecursionError) as error:
                await self._refuse(problems.Problem("bad_message", f"The event is not understood: {error}."), heard)
            except Told as error:
                await self._refuse(problem(error), heard)

    async def leave(self) -> None:
        """Nobody listens any more."""
        tasks = [response.task for response in self._responses.values() if response.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self, event: ClientEvent) -> None:
        match event.type:
            case "session.update":
                await self._update(event.session or SessionChoice())
            case "conversation.item.create":
                await self._write(event)
            case "conversation.item.delete":
                self._conversation.remove(event.item_id or "")
                await self._send("conversation.item.deleted", item_id=event.item_id)
            case "conversation.item.retrieve":
                found = self._conversation.find(event.item_id or "")
                await self._send("conversation.item.retrieved", item=found.told())
            case "conversation.item.truncate":
                await self._truncate(event)
            case "response.create":
                await self._begin(event.response or ResponseChoice())
            case "response.cancel":
                self._cancel(event.response_id)
            case "input_audio_buffer.clear":
                await self._send("input_audio_buffer.cleared")
            case "input_audio_buffer.append" | "input_audio_buffer.commit":
                if not self._told_deaf:
                    self._told_deaf = True
                    raise BadMessage(
                        "This server speaks and does not listen: what is sent to input_audio_buffer is dropped."
                    )
            case "output_audio_buffer.clear":
                raise BadMessage(
                    "Over a WebSocket the client keeps what it has: drop it there, and send response.cancel."
                )
            case _:
                raise BadMessage("There is no event of this type here.")

    async def _update(self, asked: SessionChoice) -> None:
        if asked.type != "realtime":
            raise BadMessage("The type of a session is realtime here: this server transcribes and translates nothing.")
        voiced = self._voiced.changed(asked.audio, asked.output_modalities)
        AliasResolver(self._state.voice_store(), self._state.config).voice(voiced.voice)
        self._voiced = voiced
        if asked.instructions is not None:
            self._instructions = asked.instructions
        await self._send("session.updated", session=self._told())

    async def _write(self, event: ClientEvent) -> None:
        if event.item is None:
            raise BadMessage("conversation.item.create needs an `item`.")
        message = message_of(event.item)
        await self.added(message, self._conversation.add(message, event.previous_item_id))
        await self.done(message)

    async def _truncate(self, event: ClientEvent) -> None:
        message = self._conversation.find(event.item_id or "")
        if message.spoken is None or event.content_index != 0:
            raise BadMessage("Only the sound of what was spoken here can be cut, and its content_index is 0.")
        if event.audio_end_ms is None:
            raise BadMessage("conversation.item.truncate needs `audio_end_ms`.")
        end = event.audio_end_ms * message.spoken.rate // 1000
        if end > message.spoken.samples:
            raise BadMessage("audio_end_ms is beyond the sound that there is.")
        for response in self._responses.values():
            if response.message is message:  # nobody will hear what comes after the cut
                response.cancel()
        message.spoken.cut(end)
        await self._send(
            "conversation.item.truncated", item_id=message.id, content_index=0, audio_end_ms=event.audio_end_ms
        )

    async def _begin(self, asked: ResponseChoice) -> None:
        apart = asked.conversation == "none"
        if not apart and any(not response.apart for response in self._responses.values()):
            sentence = "A response is being spoken: wait for its response.done, or cancel it."
            raise UploadError(400, "conversation_already_has_active_response", sentence)
        if len(self._responses) >= MOST_RESPONSES:
            raise BadMessage("Too many responses are being spoken: wait for some to end.")
        text = to_speak(self._conversation.read(asked.input))
        if not text.strip():
            raise TextEmpty(
                "There is nothing to speak: create an item with the role user first; what it says is spoken."
            )
        voiced = self._voiced.changed(asked.audio, asked.output_modalities)
        resolver = AliasResolver(self._state.voice_store(), self._state.config)
        resolver.voice(voiced.voice)
        sound = voiced.format.sound()
        duration = None if voiced.speed == 1.0 else messages.Duration(ratio=1.0 / voiced.speed)
        speak = messages.Speak(LINE, text, voice=voiced.voice, emotion=feeling(asked.instructions), duration=duration)
        line = OpenLine(self._state, speak, unpaced(sound.session_rate, "word"), resolver)
        response = _Response(self, line, voiced, asked.metadata, None if apart else self._conversation)
        self._responses[response.id] = response
        await response.begin()
        response.task = asyncio.get_running_loop().create_task(response.run())

    def _cancel(self, wanted: str | None) -> None:
        for response in self._responses.values():
            if response.id == wanted or (wanted is None and not response.apart):
                response.cancel()
                return
        raise UploadError(400, "response_cancel_not_active", "There is no such response to cancel.")

    async def added(self, message: Message, previous: str | None) -> None:
        """Tell that a message is in the conversation, and which had to leave it."""
        await self._send("conversation.item.added", previous_item_id=previous, item=message.told())
        for gone in self._conversation.shorten():
            await self._send("conversation.item.deleted", item_id=gone)

    async def done(self, message: Message) -> None:
        """Tell that a message is whole."""
        before = self._conversation.before(message)
        await self._send("conversation.item.done", previous_item_id=before, item=message.told())

    async def tell(self, kind: str, **fields: Any) -> None:
        """An event of a response."""
        await self._send(kind, **fields)

    def forget(self, response: _Response) -> None:
        """It is over."""
        self._responses.pop(response.id, None)

    def tokens(self, line: OpenLine, spoken: Spoken) -> dict[str, Any]:
        """What is counted here: characters in, codes of the model out."""
        codes = round(spoken.samples / spoken.rate * float(self._state.pool.spec.codes_per_second))
        characters = len(line.text)
        return {
            "input_tokens": characters, "output_tokens": codes, "total_tokens": characters + codes,
            "input_token_details": {"text_tokens": characters, "audio_tokens": 0, "cached_tokens": 0},
            "output_token_details": {"text_tokens": 0, "audio_tokens": codes},
        }  # fmt: skip

    def _told(self) -> dict[str, Any]:
        deaf = {"format": FormatChoice().told, "transcription": None, "noise_reduction": None, "turn_detection": None}
        return {
            "type": "realtime", "object": "realtime.session", "id": self._id, "model": self._model,
            "output_modalities": ["audio"], "instructions": self._instructions, "tools": [], "tool_choice": "none",
            "max_output_tokens": "inf", "audio": {"input": deaf, "output": self._voiced.told},
        }  # fmt: skip

    async def _refuse(self, told: problems.Problem, event_id: str | None) -> None:
        await self._send("error", error=problems.openai(told)["error"] | {"event_id": event_id})

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._socket.send({"type": kind, "event_id": name("event")} | fields)


class _Response:
    """One text from `response.created` to `response.done`, which always comes while the client is there."""

    def __init__(
        self, session: _Session, line: OpenLine, voiced: Voiced, metadata: dict[str, str] | None,
        conversation: Conversation | None,
    ) -> None:  # fmt: skip
        self.id = name("resp")
        self.task: asyncio.Task[None] | None = None
        self._session, self._line, self._voiced, self._metadata = session, line, voiced, metadata
        self._conversation = conversation
        self._sound = voiced.format.sound()
        self._spoken = Spoken(self._sound.session_rate)
        self.message = Message(name("item"), "assistant", (line.text,), "in_progress", self._spoken)
        self._cancelled = False
        self._read = 0
        """How many characters of the text were told."""

    @property
    def apart(self) -> bool:
        """Whether it stands outside the conversation."""
        return self._conversation is None

    def cancel(self) -> None:
        """Make no more of it."""
        self._cancelled = True
        self._line.cancel()

    async def begin(self) -> None:
        """What comes before the first sound."""
        await self._session.tell("response.created", response=self._told("in_progress"))
        await self._of_item("response.output_item.added", item=self.message.told())
        if self._conversation is not None:
            await self._session.added(self.message, self._conversation.add(self.message))
        await self._of_part("response.content_part.added", part={"type": "audio", "transcript": ""})

    async def run(self) -> None:
        """Speak it."""
        encoder = LiveSound(self._sound)
        error = None
        try:
            async with contextlib.aclosing(self._line.events()) as events:
                async for event in events:
                    await self._hear(event, encoder)
            await self._sounded(await encoder.finish())
            status = "cancelled" if self._cancelled else "completed"
        except Refusal as refused:
            status, error = "failed", problems.openai(problems.problem(refused))["error"]
        except GONE:
            return
        finally:
            self._session.forget(self)
        with contextlib.suppress(*GONE):
            await self._end(status, error)

    async def _hear(self, event: LineEvent, encoder: LiveSound) -> None:
        match event:
            case messages.Marks():
                for mark in event.marks:
                    if mark.kind == "word":
                        self._spoken.words.append((mark.start, mark.char_end))
                        await self._wrote(mark.char_end)
            case wire.AudioFrame() if not self._cancelled:
                self._spoken.samples = event.end
                await self._sounded(await encoder.push(event.pcm))
            case messages.Done() if not self._cancelled:
                await self._wrote(len(self._line.text))

    async def _wrote(self, end: int) -> None:
        """The words up to there are about to sound."""
        if end > self._read:
            delta, self._read = self._line.text[self._read : end], end
            await self._of_part("response.output_audio_transcript.delta", delta=delta)

    async def _sounded(self, data: bytes) -> None:
        if data:
            await self._of_part("response.output_audio.delta", delta=base64.b64encode(data).decode())

    async def _end(self, status: str, error: dict[str, Any] | None) -> None:
        message = self.message
        self._spoken.characters = len(self._line.text)
        message.status = "completed"
        if status != "completed":
            message.status = "incomplete"
            self._spoken.cut(self._spoken.samples)
        transcript = message.transcript
        await self._of_part("response.output_audio.done")
        await self._of_part("response.output_audio_transcript.done", transcript=transcript)
        await self._of_part("response.content_part.done", part={"type": "audio", "transcript": transcript})
        if self._conversation is not None:
            await self._session.done(message)
        await self._of_item("response.output_item.done", item=message.told())
        await self._session.tell("response.done", response=self._told(status, error))

    async def _of_item(self, kind: str, **fields: Any) -> None:
        await self._session.tell(kind, response_id=self.id, output_index=0, **fields)

    async def _of_part(self, kind: str, **fields: Any) -> None:
        await self._of_item(kind, item_id=self.message.id, content_index=0, **fields)

    def _told(self, status: str, error: dict[str, Any] | None = None) -> dict[str, Any]:
        running = status == "in_progress"
        details: dict[str, Any] | None = None
        if status == "cancelled":
            details = {"type": status, "reason": "client_cancelled"}
        elif status == "failed":
            details = {"type": status, "error": error}
        return {
            "object": "realtime.response", "id": self.id, "status": status, "status_details": details,
            "output": [] if running else [self.message.told()],
            "conversation_id": None if self._conversation is None else self._conversation.id,
            "output_modalities": ["audio"], "max_output_tokens": "inf", "audio": {"output": self._voiced.told},
            "usage": None if running else self._session.tokens(self._line, self._spoken), "metadata": self._metadata,
        }  # fmt: skip


class _Named(Struct, frozen=True):
    event_id: Any = None


def _event_id(data: str) -> str | None:
    """The client's name for its event, for the error that answers it. Raises MsgspecError."""
    found = msgspec.json.decode(data, type=_Named).event_id
    return found[:128] if isinstance(found, str) else None
