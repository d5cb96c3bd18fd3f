from __future__ import annotations

import gc
import multiprocessing
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from oncue.model.api import Fault, Samples, Voice, Window
from oncue.server.engines import process as host
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
        host.warm(Mute())


def test_warming_leaves_every_slot_free() -> None:
    model = ScriptedModel()
    host.warm(model)
    assert not model.busy


def test_a_line_goes_in_and_its_events_come_out_until_stop() -> None:
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=host.run, args=(theirs, host.EngineOptions(SCRIPTED)), daemon=True)
    thread.start()
    loaded = ours.recv()
    assert isinstance(loaded, host.Loaded)
    ours.send(events.Speak(7, "Hi.", next(iter(loaded.voices.values())), lead_s=60.0))
    heard: list[events.Event] = []
    while not any(isinstance(event, events.Finished) for event in heard):
        letter = ours.recv()
        if isinstance(letter, host.Happened):
            heard.extend(letter.events)
    assert {event.uid for event in heard} == {7}
    ours.send(host.Stop())
    thread.join(20)
    assert not thread.is_alive()


def test_what_was_loaded_is_settled_once_and_before_anybody_is_told() -> None:
    ours, theirs = multiprocessing.Pipe()
    settled: list[bool] = []

    def note() -> None:
        settled.append(ours.poll())

    threading.Thread(target=host.run, args=(theirs, host.EngineOptions(SCRIPTED), note), daemon=True).start()
    assert isinstance(ours.recv(), host.Loaded)
    assert settled == [False]
    ours.send(host.Stop())


def test_what_is_settled_is_not_looked_through_for_garbage_again() -> None:
    before, kept = gc.get_freeze_count(), [[index] for index in range(1000)]
    try:
        host.settle()
        assert gc.get_freeze_count() >= before + len(kept)
        assert not any(one is kept[0] for one in gc.get_objects())
    finally:
        gc.unfreeze()


def test_an_idle_engine_beats() -> None:
    ours, theirs = multiprocessing.Pipe()
    threading.Thread(target=host.run, args=(theirs, host.EngineOptions(SCRIPTED)), daemon=True).start()
    assert isinstance(ours.recv(), host.Loaded)
    assert ours.poll(20)
    assert isinstance(ours.recv(), host.Beat)
    ours.send(host.Stop())


def test_weights_that_are_not_there_are_a_letter_and_not_a_crash() -> None:
    ours, theirs = multiprocessing.Pipe()
    host.run(theirs, host.EngineOptions("nobody"))
    assert isinstance(ours.recv(), host.LoadFailed)


class Patient(ScriptedModel):
    """Takes as long over a voice as it is told to."""

    ready = threading.Event()

    def voice(self, pcm: Samples, sample_rate: int) -> Voice:
        assert self.ready.wait(20)
        return super().voice(pcm, sample_rate)


def test_a_line_is_spoken_while_a_voice_is_being_made() -> None:
    Patient.ready.clear()
    ours, theirs = multiprocessing.Pipe()
    options = host.EngineOptions("tests.server.engines.test_process:Patient")
    thread = threading.Thread(target=host.run, args=(theirs, options), daemon=True)
    thread.start()
    loaded = ours.recv()
    ours.send(VoiceRequest(1, np.zeros(24_000, np.float32), 24_000))
    ours.send(VoiceRequest(2, np.zeros(100, np.float32), 24_000))
    ours.send(events.Speak(7, "Hi.", next(iter(loaded.voices.values())), lead_s=60.0))
    letters: list[host.Letter] = []
    while not any(
        isinstance(e, events.Finished) for letter in letters if isinstance(letter, host.Happened) for e in letter.events
    ):
        letters.append(ours.recv())
    assert not any(isinstance(letter, VoiceReply) for letter in letters)
    Patient.ready.set()
    replies: list[VoiceReply] = []
    while len(replies) < 2:
        letter = ours.recv()
        replies += [letter] if isinstance(letter, VoiceReply) else []
    assert [reply.ticket for reply in replies] == [1, 2]
    assert replies[0].voice is not None
    assert replies[1].voice is None
    assert "short" in replies[1].problem
    ours.send(host.Stop())
    thread.join(20)
    assert not thread.is_alive()
