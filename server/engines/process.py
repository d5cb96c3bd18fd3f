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
from oncue.server.engines.voice_thread import Ear, VoiceReply, VoiceRequest
from oncue.streaming.engine import events
from oncue.streaming.engine.engine import Engine

BEAT_S = 1.0
"""A living engine is never silent for longer."""
EAR_S = 0.02
"""How long a voice that is ready waits to be told."""
_WARM_TEXTS = {"en": "Ready.", "zh": "好。"}
_WARM_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What to load."""

    family: str = "tiny"
    weights: Path | None = None
    device: str = "cpu"
    threads: int = 1
    dictionary: Path | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model can speak now."""

    spec: ModelSpec
    voices: dict[str, Voice]


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The model cannot be loaded; trying again would not help."""

    message: str


@dataclass(frozen=True, slots=True)
class Beat:
    """Nothing happened, but the engine lives."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Events of one step and the time at which it ended."""

    at: float
    events: tuple[events.Event, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """End at once."""


Letter = Loaded | LoadFailed | Beat | Happened | VoiceReply
Order = events.Command | VoiceRequest | Stop


def run_process(pipe: Connection, options: EngineOptions) -> None:
    """The main function of an engine process: `run`, without the pauses of a garbage collector that looks through all
    that was loaded again and again, a tenth of a second each time.
    """
    run(pipe, options, settled=settle)


def settle() -> None:
    """What lives by now lives as long as this process: it is looked through once more and then never again."""
    gc.collect()
    gc.freeze()


def run(pipe: Connection, options: EngineOptions, settled: Callable[[], None] = lambda: None) -> None:
    """Serve orders from `pipe` until it closes or says stop; `settled` is called when the model is warm."""
    with pipe:
        try:
            model = registry.load(options.family, options.weights, options.device, options.threads, options.dictionary)
            warm(model)
            settled()
        except (OSError, ValueError) as error:
            pipe.send(LoadFailed(str(error)))
            return
        try:
            pipe.send(Loaded(model.spec, dict(model.voices)))
            _serve(pipe, model)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return  # the server is gone; nobody is left to speak for


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
    heard = time.monotonic()
    with Ear(model) as ear:
        while True:
            if not _obey(pipe, engine, ear):
                return
            happened = tuple(engine.step(time.monotonic()))
            now = time.monotonic()
            letters: list[Letter] = [Happened(now, happened)] if happened else []
            letters += ear.answers()
            if not letters and now - heard >= BEAT_S:
                letters = [Beat()]
            for letter in letters:
                pipe.send(letter)
                heard = now


def _obey(pipe: Connection, engine: Engine, ear: Ear) -> bool:
    """Wait until there is something to do and take in what was ordered; false when that is to stop."""
    now = time.monotonic()
    wake = engine.next_wakeup(now)
    longest = EAR_S if ear.busy else BEAT_S
    wait = longest if wake is None else min(longest, max(0.0, wake - now))
    while pipe.poll(wait):
        order: Order = pipe.recv()
        if isinstance(order, Stop):
            return False
        if isinstance(order, VoiceRequest):
            ear.ask(order)
        else:
            engine.submit(order, time.monotonic())
        wait = 0.0
    return True
