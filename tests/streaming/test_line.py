from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming import events, messages, wire
from streaming.line import Line, Outgoing

RATE = 24000


def line(**opened: object) -> Line:
    return Line("a", 7, messages.Open(**opened), RATE, now=10.0)  # type: ignore[arg-type]


def read(frames: list[Outgoing]) -> list[messages.ServerMessage | wire.AudioFrame]:
    return [wire.unpack_audio(f.data) if isinstance(f.data, bytes) else wire.decode_server(f.data) for f in frames]


def play(subject: Line, sizes: list[int]) -> list[messages.ServerMessage | wire.AudioFrame]:
    """Started, chunks of these sizes, done."""
    frames = subject.handle(events.Started(1, sum(sizes), sum(sizes), None), 10.0)
    start = 0
    for size in sizes:
        frames += subject.handle(events.AudioChunk(1, start, np.full(size, 0.25, np.float32), ()), 10.1)
        start += size
    frames += subject.handle(events.Finished(1, "complete", start, start, 3, {}), 10.2)
    return read(frames)


@pytest.mark.parametrize("rate", messages.RATES)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(sizes=st.lists(st.integers(1, 25_000), max_size=3))
def test_frames_join_without_a_gap_and_their_sum_is_done_samples_and_the_target(rate: int, sizes: list[int]) -> None:
    told = play(line(audio=messages.AudioFormat(rate=rate)), sizes)  # type: ignore[arg-type]
    frames = [item for item in told if isinstance(item, wire.AudioFrame)]
    done = told[-1]
    assert isinstance(done, messages.Done)
    end = 0
    for sequence, frame in enumerate(frames):
        assert (frame.number, frame.sequence, frame.start) == (7, sequence, end)
        assert frame.samples <= wire.MAX_FRAME_SAMPLES
        end += frame.samples
    assert end == done.samples == done.target_samples


def test_json_mode_says_the_same_in_base64() -> None:
    binary = [item for item in play(line(), [500, 700]) if isinstance(item, wire.AudioFrame)]
    text = [item for item in play(line(mode="json"), [500, 700]) if isinstance(item, messages.Audio)]
    assert [(f.sequence, f.start, f.pcm) for f in binary] == [(m.seq, m.start, m.data) for m in text]


def test_marks_come_before_their_audio_in_the_clients_samples_and_only_of_the_kinds_asked_for() -> None:
    subject = line(audio=messages.AudioFormat(rate=48000), marks=("word",))
    marks = tuple(events.Mark(kind, "hi", 0, 2, 100, 200) for kind in ("word", "phone"))
    told = read(subject.handle(events.AudioChunk(1, 0, np.zeros(2400, np.float32), marks), 10.0))
    assert isinstance(told[0], messages.Marks)
    assert [(m.kind, m.start, m.end) for m in told[0].marks] == [("word", 200, 400)]
    assert isinstance(told[1], wire.AudioFrame)


def test_done_tells_when_codes_and_chunks_were_made_if_asked() -> None:
    subject = line(trace=True)
    subject.handle(events.Started(1, 10, None, None), 10.0)
    subject.handle(events.Decoded(1, 2), 10.5)
    subject.handle(events.AudioChunk(1, 0, np.zeros(10, np.float32), ()), 10.75)
    subject.handle(events.AudioChunk(1, 10, np.ones(10, np.float32), ()), 11.0)
    subject.handle(events.Decoded(1, 3), 11.5)
    (done,) = read(subject.handle(events.Finished(1, "complete", 20, None, 3, {"forced_steps": 1.0}), 12.0))
    assert isinstance(done, messages.Done)
    assert done.trace == messages.Trace((0.5, 0.5, 1.5), (0.75, 1.0))
    assert done.first_audio_ms == 750.0
    assert done.stats == {
        "forced_steps": 1.0, "total_s": 2.0, "codes": 3.0, "decode_done_s": 1.5, "first_audio_s": 0.75,
        "first_audible_s": 1.0,
    }  # fmt: skip


def test_without_asking_there_is_no_trace() -> None:
    done = play(line(), [10])[-1]
    assert isinstance(done, messages.Done)
    assert done.trace is None
