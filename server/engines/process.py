"""The engine's side of the pipe: load, warm up, then step for ever and send every event back.

It runs as the main function of the engine process, or of a thread. It owns the clock of the engine;
it knows no socket and no client.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from oncue.model import registry
from oncue.model.api import ModelSpec, SpeechModel, Voice
from oncue.model.watermark.speech import MarkedSpeech, Watermark
from oncue.server.engines.voice_thread import VoiceReply, VoiceRequest, VoiceThread
from oncue.streaming.engine import events
from oncue.streaming.engine.engine import Engine

HEARTBEAT_S = 1.0
"""A living engine is never silent for longer."""
VOICE_POLL_S = 0.02
"""How long a voice that is ready waits to be told."""
_WARM_TEXTS = {"en": "Ready.", "zh": "好。"}
_WARM_LIMIT_S = 120.0
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What to load."""

    family: str = "tiny"
    weights: Path | None = None
    device: str = "cpu"
    threads: int = 1
    dictionary: Path | None = None
    watermark: Watermark | None = None
    warm: bool = True
    """Whether the first client is to wait for nothing; a command that speaks one line is sooner without."""


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The model can speak now."""

    spec: ModelSpec
    voices: dict[str, Voice]


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """The model cannot be loaded; trying again would not help."""

    message: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened, but the engine lives."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Events of one step and the time at which it ended."""

    at: float
    events: tuple[events.Event, ...]


@dataclass(frozen=True, slots=True)
class EngineEvents:
    """What happened in one or more steps, in order: a trace of codes waits for the next event that somebody waits for."""

    steps: tuple[Happened, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """End at once."""


FromEngine = EngineReady | EngineFailed | Heartbeat | EngineEvents | VoiceReply
ToEngine = events.Command | VoiceRequest | Stop


def run_process(pipe: Connection, options: EngineOptions) -> None:
    """The main function of an engine process: `run`, without the pauses of a garbage collector that looks through all
    that was loaded again and again, a tenth of a second each time.
    """
    run(pipe, options, on_ready=freeze_heap)


def freeze_heap() -> None:
    """What lives by now lives as long as this process: it is looked through once more and then never again."""
    gc.collect()
    gc.freeze()


def run(pipe: Connection, options: EngineOptions, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve orders from `pipe` until it closes or says stop; `settled` is called when the model is warm."""
    with pipe:
        try:
            model = load(options)
            if options.warm:
                warm(model)
            on_ready()
        except (OSError, ValueError) as error:
            pipe.send(EngineFailed(str(error)))
            return
        try:
            pipe.send(EngineReady(model.spec, dict(model.voices)))
            _serve(pipe, model)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return  # the server is gone; nobody is left to speak for


def load(options: EngineOptions) -> SpeechModel:
    """The family that is asked for, and its mark in everything it says. Raises OSError or ValueError."""
    model = registry.load(
        options.family, options.weights, options.device, options.threads, options.dictionary, warm=options.warm
    )
    if options.watermark is None:
        return model
    return MarkedSpeech(model, options.watermark, today=lambda: int(time.time() // _DAY_S))


def warm(model: SpeechModel) -> None:
    """Speak one short line of each language, so that the first client waits for nothing.

    Raises ValueError when the model cannot even do that.
    """
    voice = next(iter(model.voices.values()))
    for uid, language in enumerate(model.spec.languages):
        engine = Engine(model)
        now = time.monotonic()
        engine.submit(events.Speak(uid, _WARM_TEXTS.get(language, "Ready."), voice, lead_s=60.0), now)
        _finish(engine, now + _WARM_LIMIT_S)


def _finish(engine: Engine, until: float) -> None:
    while (now := time.monotonic()) < until:
        for event in engine.step(now):
            if isinstance(event, events.Finished) and event.reason == "complete":
                return
            if isinstance(event, events.Refused | events.Finished):
                raise ValueError("The model was loaded but could not speak its first short line.")  # noqa: TRY004
        wake = engine.next_wakeup(now)
        time.sleep(0.0 if wake is None else min(max(0.0, wake - now), 0.05))
    raise ValueError("The model was loaded but did not end its first short line in time.")


def _serve(pipe: Connection, model: SpeechModel) -> None:
    engine = Engine(model)
    heard, untold = time.monotonic(), list[Happened]()
    with VoiceThread(model) as voices:
        while True:
            if not _take_in(pipe, engine, voices):
                return
            happened = tuple(engine.step(time.monotonic()))
            now = time.monotonic()
            if happened:
                untold.append(Happened(now, happened))
            messages: list[FromEngine] = []
            silent = now - heard >= HEARTBEAT_S
            if untold and (silent or not all(isinstance(event, events.Decoded) for event in happened)):
                messages.append(EngineEvents(tuple(untold)))
                untold.clear()
            messages += voices.replies()
            if not messages and silent:
                messages = [Heartbeat()]
            for message in messages:
                pipe.send(message)
                heard = now


def _take_in(pipe: Connection, engine: Engine, voices: VoiceThread) -> bool:
    """Wait until there is something to do and take in what was ordered; false when that is to stop."""
    now = time.monotonic()
    wake = engine.next_wakeup(now)
    longest = VOICE_POLL_S if voices.busy else HEARTBEAT_S
    wait = longest if wake is None else min(longest, max(0.0, wake - now))
    while pipe.poll(wait):
        order: ToEngine = pipe.recv()
        if isinstance(order, Stop):
            return False
        if isinstance(order, VoiceRequest):
            voices.ask(order)
        else:
            engine.submit(order, time.monotonic())
        wait = 0.0
    return True
