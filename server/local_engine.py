"""One line spoken for a command of ours: with an engine of this process, or by a server.

Both go through the same protocol and give the same `Spoken`, so what `oncue say` reports is what a client sees.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from oncue.clients.client import Client, ClientError, LineEvent, Refusal
from oncue.model.api import Voice
from oncue.server.config import Config
from oncue.server.emotion.service import in_numbers, words_of
from oncue.server.engines.pool import EnginePool
from oncue.server.from_config import engine_pool
from oncue.server.sessions.resolver import ServerResolver, WithReference
from oncue.server.voices.clip import Clip
from oncue.server.voices.creation import VoiceCreator
from oncue.server.voices.store import Consent, VoiceStore
from oncue.streaming.engine import events
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.session.session import Resolver, Session, SessionConfig

UNPACED = messages.Open(marks=("word",), lead_ms=messages.MAX_LEAD_MS, trace=True)
"""As fast as it can be made: for measuring, not for listening."""


@dataclass(slots=True)
class LineCollector:
    """Everything a client learned of one line."""

    rate: int
    pcm: bytearray = field(default_factory=bytearray)
    words: list[messages.MarkItem] = field(default_factory=list)
    frames: int = 0
    warning: str | None = None
    planned_samples: int | None = None
    """How long the line was to be when it was admitted."""
    done: messages.Done | None = None

    def take(self, event: LineEvent) -> None:
        """Note an event. Raises Refusal when it is the failure of the line."""
        match event:
            case wire.AudioFrame():
                self.pcm += event.pcm
                self.frames += 1
            case messages.Marks():
                self.words.extend(mark for mark in event.marks if mark.kind == "word")
            case messages.Started() | messages.Plan():
                self.warning = event.warning or self.warning
                if self.planned_samples is None:
                    self.planned_samples = event.planned_samples
            case messages.Done():
                self.done = event
                if event.error is not None:
                    failed = event.error
                    raise Refusal(
                        messages.Error(
                            event.id, failed.code, failed.message, failed.retry, failed.detail, terminal=True
                        )
                    )

    def end(self) -> messages.Done:
        """The terminal message. Raises ClientError when there was none."""
        if self.done is None:
            raise ClientError("The line did not end.")
        return self.done


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """An engine in a thread of this process, and the voices it knows."""

    pool: EnginePool
    store: VoiceStore
    creator: VoiceCreator

    async def voice_of(self, clip: Clip, consent: Consent) -> Voice:
        """A voice to try out, which nobody keeps; each clip is encoded once. Raises TakenBack, BadReference or EngineLost."""
        return await self.creator.try_out(clip, self.store, consent)

    async def speak(
        self, line: messages.Speak, reference: Voice | None = None, named: Mapping[str, Voice] | None = None
    ) -> LineCollector:
        """Speak a line to its end. Raises Refusal. The arguments are those of `stream`."""
        collector = LineCollector(UNPACED.audio.rate)
        async with aclosing(self.stream(line, reference, named)) as events_of_line:
            async for event in events_of_line:
                collector.take(event)
        return collector

    async def stream(
        self, line: messages.Speak, reference: Voice | None = None, named: Mapping[str, Voice] | None = None
    ) -> AsyncGenerator[LineEvent, None]:
        """Speak through a session without a socket, event by event as it is made. Raises Refusal.

        `reference` is a voice just made, used where the line names none; `named` are others by the name in the line.
        Whoever stops listening early cancels the line.
        """
        line = await self._understood(line)
        resolver: Resolver = WithReference(ServerResolver(self.store), reference, named or {})
        session = Session(SessionConfig("local", self.pool.spec, ()), resolver, self.pool.next_uid)
        happened: asyncio.Queue[tuple[events.Event, float]] = asyncio.Queue()

        def submit() -> None:
            for command in session.commands():
                self.pool.submit(command, lambda event, at: happened.put_nowait((event, at)))

        session.receive(UNPACED, time.monotonic())
        session.receive(wire.read_client(wire.encode(line)), time.monotonic())
        try:
            while True:
                submit()
                for frame in session.outgoing():
                    event = _event(frame.data)
                    if event is not None:
                        yield event
                    if isinstance(event, messages.Done):
                        return
                session.handle(*await happened.get())
        finally:
            session.abandon()
            submit()

    async def _understood(self, line: messages.Speak) -> messages.Speak:
        """The line with the feeling in numbers, if somebody else than the lexicon reads it."""
        words, reader = words_of(line), self.pool.emotions
        if words is None:
            return line
        if reader.known(words) is None:
            await reader.settled()
        return in_numbers(line, await reader.read(words))


def line_message(text: str, **fields: object) -> messages.Speak:
    """A line as a message, checked as a server checks it; `fields` are those of `messages.Speak`. Raises BadMessage."""
    built = {name: msgspec.to_builtins(value) for name, value in fields.items()}
    try:
        return msgspec.convert({"type": "speak", "id": "line", "text": text} | built, messages.Speak)
    except msgspec.ValidationError as error:
        raise BadMessage(f"The line cannot be spoken: {error}.") from error


def _event(data: str | bytes) -> LineEvent | None:
    """A frame of the session's one line, None for what is about the session. Raises Refusal."""
    event = wire.unpack_audio(data) if isinstance(data, bytes) else wire.decode_server(data)
    if isinstance(event, messages.Error):
        raise Refusal(event)
    return None if isinstance(event, messages.OfSession) else event


@asynccontextmanager
async def local_engine(config: Config, *, warm: bool = True) -> AsyncIterator[LocalEngine]:
    """An engine in a thread, loaded and, unless a single line is all it is for, warm. Raises EngineStartError."""
    pool = engine_pool(config, process=False, warm=warm)
    await pool.start()
    try:
        store = VoiceStore(config.voices_path, pool.spec.family, pool.voices)
        yield LocalEngine(pool, store, VoiceCreator(pool))
    finally:
        await pool.stop()


async def speak_remotely(url: str, token: str, line: messages.Speak) -> LineCollector:
    """Speak by a server. Raises ClientError."""
    async with await Client.connect(url, UNPACED, token=token) as client:
        spoken = LineCollector(client.rate)
        remote = await client.speak(
            line.text,
            id=line.id,
            voice=line.voice,
            emotion=line.emotion,
            duration=line.duration,
            strict=line.strict,
            language=line.language,
            seed=line.seed,
            label=line.label,
            label_place=line.label_place,
        )
        async for event in remote:
            spoken.take(event)
        return spoken
