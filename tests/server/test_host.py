from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from model.api import Fault, Samples, Window
from server import host
from streaming import events
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
    thread = threading.Thread(target=host.run, args=(theirs, host.HostOptions(SCRIPTED)), daemon=True)
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


def test_an_idle_engine_beats() -> None:
    ours, theirs = multiprocessing.Pipe()
    threading.Thread(target=host.run, args=(theirs, host.HostOptions(SCRIPTED)), daemon=True).start()
    assert isinstance(ours.recv(), host.Loaded)
    assert ours.poll(20)
    assert isinstance(ours.recv(), host.Beat)
    ours.send(host.Stop())


def test_weights_that_are_not_there_are_a_letter_and_not_a_crash() -> None:
    ours, theirs = multiprocessing.Pipe()
    host.run(theirs, host.HostOptions("nobody"))
    assert isinstance(ours.recv(), host.LoadFailed)
