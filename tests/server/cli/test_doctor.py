from __future__ import annotations

import numpy as np
import pytest

from oncue.clients.bench.stalls import NO_STALLS, Stall, Stalls
from oncue.server.cli.doctor import Log, Logged, environment, keeping_up, pauses, proof, speed
from oncue.streaming.engine import events

RATE = 1000


def log(*kinds: str) -> list[Logged]:
    """d is a code, c a chunk."""
    entries, codes = [], 0
    for index, kind in enumerate(kinds):
        codes += kind == "d"
        event = events.Decoded(1, codes) if kind == "d" else events.AudioChunk(1, 0, np.zeros(1, np.float32), ())
        entries.append(Logged(event, index / 10))
    return entries


def test_a_chunk_before_the_last_code_is_proof() -> None:
    check = proof(log("d", "d", "c", "d", "c"))
    assert check.good
    assert check.found == "chunk 1 left after code 2 of 3, 100 ms before code 3 was decoded"


def test_a_line_that_was_decoded_first_is_not() -> None:
    assert not proof(log("d", "d", "c", "c")).good


def test_a_line_without_sound_is_not() -> None:
    assert not proof(log("d", "d")).good


def test_the_environment_is_told() -> None:
    assert all(check.good for check in environment())


def test_two_runtimes_that_write_the_same_files_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "1.30")
    (check,) = (check for check in environment() if check.name == "onnxruntime")
    assert not check.good
    assert check.found == "onnxruntime 1.30 and onnxruntime-gpu 1.30: remove both, and install the second again"


def spoken(*arrivals_s: float, level: float = 0.5) -> Log:
    """Chunks of 0.2 s each, asked for at 0; half a second of processor time."""
    sound = np.full(200, level, np.float32)
    chunks = [Logged(events.AudioChunk(1, 200 * i, sound, ()), at) for i, at in enumerate(arrivals_s)]
    end = Logged(events.Finished(1, "complete", 200 * len(chunks), None, 1, {}), arrivals_s[-1])
    return Log((*chunks, end), 0.0, 0.1, RATE)


def test_sound_that_comes_in_time_keeps_up() -> None:
    check = keeping_up(spoken(0.1, 0.2), NO_STALLS)
    assert check.good
    assert "first audible after 0.100 s as heard, 0.100 s net" in check.found


def test_an_underrun_is_told_and_forgiven_only_where_the_machine_stood_still() -> None:
    late, pause = spoken(0.1, 0.9), Stalls((Stall(0.25, 0.86),))
    assert not keeping_up(late, NO_STALLS).good
    assert keeping_up(late, pause).good
    assert "underruns 1 (0.600 s) as heard, 0 (0.000 s) net" in keeping_up(late, pause).found


def test_a_line_nobody_can_hear_does_not_keep_up() -> None:
    assert not keeping_up(spoken(0.1, level=0.0), NO_STALLS).good


def test_the_real_time_factor_is_told_by_three_clocks_and_judged_net() -> None:
    slow = spoken(0.1, 1.0)
    assert not speed(slow, NO_STALLS).good
    check = speed(slow, Stalls((Stall(0.2, 0.9),)))
    assert check.good
    assert check.found == "2.500 as heard, 0.750 net, 0.250 of processor time"


def test_pauses_of_the_machine_are_told_over_both_lines() -> None:
    check = pauses([spoken(0.1, 0.5), spoken(0.1, 0.5)], Stalls((Stall(0.2, 0.3),)))
    assert check.found.startswith("stood still for 0.20 of 1.00 s")
