from __future__ import annotations

import gc
import multiprocessing
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from oncue.model.api import Fault, Samples, Voice, Window
from oncue.server.engines import process as engine_process
from oncue.server.engines.voice_thread import VoiceReply, VoiceRequest
from oncue.streaming.engine import events
from tests.conftest import SCRIPTED
from tests.fakes import ScriptedModel


class Mute(ScriptedModel):
    """Loads, and then cannot make a sound."""

    def vocode(self, windows: Sequence[Window]) -> list[Samples | Fault]:
        return [np.full(window.samples, np.nan, np.float32) for window in windows]


def test_a_model_that_cannot_speak_is_never_called_ready() -> None:
    with pytest.raises(ValueError, match="could not speak"):
        engine_process.warm(Mute())


def test_warming_leaves_every_slot_free() -> None:
    model = ScriptedModel()
    engine_process.warm(model)
    assert not model.busy


def test_a_line_goes_in_and_its_events_come_out_until_stop() -> None:
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(
        target=engine_process.run, args=(theirs, engine_process.EngineOptions(SCRIPTED)), daemon=True
    )
    thread.start()
    loaded = ours.recv()
    assert isinstance(loaded, engine_process.EngineReady)
    ours.send(events.Speak(7, "Hi.", next(iter(loaded.voices.values())), lead_s=60.0))
    heard: list[events.Event] = []
    while not any(isinstance(event, events.Finished) for event in heard):
        message = ours.recv()
        if isinstance(message, engine_process.EngineEvents):
            heard.extend(event for step in message.steps for event in step.events)
    assert {event.uid for event in heard} == {7}
    ours.send(engine_process.Stop())
    thread.join(20)
    assert not thread.is_alive()


def test_what_was_loaded_is_settled_once_and_before_anybody_is_told() -> None:
    ours, theirs = multiprocessing.Pipe()
    on_ready: list[bool] = []

    def note() -> None:
        on_ready.append(ours.poll())

    threading.Thread(
        target=engine_process.run, args=(theirs, engine_process.EngineOptions(SCRIPTED), note), daemon=True
    ).start()
    assert isinstance(ours.recv(), engine_process.EngineReady)
    assert on_ready == [False]
    ours.send(engine_process.Stop())


def test_what_is_settled_is_not_looked_through_for_garbage_again() -> None:
    before, kept = gc.get_freeze_count(), [[index] for index in range(1000)]
    try:
        engine_process.freeze_heap()
        assert gc.get_freeze_count() >= before + len(kept)
        assert not any(one is kept[0] for one in gc.get_objects())
    finally:
        gc.unfreeze()


def test_an_idle_engine_beats() -> None:
    ours, theirs = multiprocessing.Pipe()
    threading.Thread(
        target=engine_process.run, args=(theirs, engine_process.EngineOptions(SCRIPTED)), daemon=True
    ).start()
    assert isinstance(ours.recv(), engine_process.EngineReady)
    assert ours.poll(20)
    assert isinstance(ours.recv(), engine_process.Heartbeat)
    ours.send(engine_process.Stop())


def test_weights_that_are_not_there_are_a_letter_and_not_a_crash() -> None:
    ours, theirs = multiprocessing.Pipe()
    engine_process.run(theirs, engine_process.EngineOptions("nobody"))
    assert isinstance(ours.recv(), engine_process.EngineFailed)


class Patient(ScriptedModel):
    """Takes as long over a voice as it is told to."""

    ready = threading.Event()

    def voice(self, pcm: Samples, sample_rate: int) -> Voice:
        assert self.ready.wait(20)
        return super().voice(pcm, sample_rate)


def test_a_line_is_spoken_while_a_voice_is_being_made() -> None:
    Patient.ready.clear()
    ours, theirs = multiprocessing.Pipe()
    options = engine_process.EngineOptions("tests.server.engines.test_process:Patient")
    thread = threading.Thread(target=engine_process.run, args=(theirs, options), daemon=True)
    thread.start()
    loaded = ours.recv()
    ours.send(VoiceRequest(1, np.zeros(24_000, np.float32), 24_000))
    ours.send(VoiceRequest(2, np.zeros(100, np.float32), 24_000))
    ours.send(events.Speak(7, "Hi.", next(iter(loaded.voices.values())), lead_s=60.0))
    messages: list[engine_process.FromEngine] = []
    while not any(
        isinstance(e, events.Finished)
        for message in messages
        if isinstance(message, engine_process.EngineEvents)
        for step in message.steps
        for e in step.events
    ):
        messages.append(ours.recv())
    assert not any(isinstance(message, VoiceReply) for message in messages)
    Patient.ready.set()
    replies: list[VoiceReply] = []
    while len(replies) < 2:
        message = ours.recv()
        replies += [message] if isinstance(message, VoiceReply) else []
    assert [reply.ticket for reply in replies] == [1, 2]
    assert replies[0].voice is not None
    assert replies[1].voice is None
    assert "short" in replies[1].problem
    ours.send(engine_process.Stop())
    thread.join(20)
    assert not thread.is_alive()
