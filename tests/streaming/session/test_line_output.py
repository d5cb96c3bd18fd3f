from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.engine import events
from oncue.streaming.protocol import messages, wire
from oncue.streaming.session.codecs import Pcm
from oncue.streaming.session.line_output import LineOutput, pack
from oncue.streaming.session.reconnect import Item

RATE = 24000


def line(**opened: object) -> LineOutput:
    return LineOutput("a", 7, messages.Open(**opened), RATE, Pcm(), now=10.0)  # type: ignore[arg-type]


def read(items: list[Item]) -> list[messages.ServerMessage | wire.AudioFrame]:
    return [item if isinstance(item, wire.AudioFrame) else wire.decode_server(item) for item in items]


def play(subject: LineOutput, sizes: list[int]) -> list[messages.ServerMessage | wire.AudioFrame]:
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


def test_a_frame_is_packed_as_the_client_asked_with_the_seconds_in_it() -> None:
    frame = wire.AudioFrame(7, 3, 500, 240, bytes(480))
    binary = pack(frame, "a", messages.Open())
    text = pack(frame, "a", messages.Open(mode="json"))
    assert isinstance(binary.data, bytes)
    assert isinstance(text.data, str)
    assert wire.unpack_audio(binary.data) == frame
    assert wire.decode_server(text.data) == messages.Audio("a", 3, 500, 240, bytes(480))
    assert binary.audio_s == text.audio_s == 0.01


def test_visemes_come_with_the_chunk_in_which_they_begin() -> None:
    subject = line(marks=("viseme",))
    phone = events.Mark("phone", "AY", 0, 1, 0, 2400)
    told = read(subject.handle(events.AudioChunk(1, 0, np.zeros(1200, np.float32), (phone,)), 10.0))
    told += read(subject.handle(events.AudioChunk(1, 1200, np.zeros(1200, np.float32), ()), 10.1))
    kinds = [[mark.text for mark in item.marks] if isinstance(item, messages.Marks) else "sound" for item in told]
    assert kinds == [["aa"], "sound", ["ih"], "sound"]


@settings(max_examples=10, deadline=None, derandomize=True)
@given(sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=4), rate=st.sampled_from(messages.RATES))
def test_the_mouth_moves_every_20_ms_and_never_after_its_sound(sizes: list[int], rate: int) -> None:
    told = play(line(marks=("mouth",), audio=messages.AudioFormat(rate=rate)), sizes)  # type: ignore[arg-type]
    known = sent = 0
    for item in told:
        if isinstance(item, messages.Marks):
            assert item.mouth is not None
            assert (item.mouth.start, item.mouth.step) == (known, rate // 50)
            known += len(item.mouth.values) * item.mouth.step
        elif isinstance(item, wire.AudioFrame):
            assert known >= item.end, "a value that lies in this frame was still to come"
            sent = item.end
    assert sent <= known < sent + rate // 50


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
