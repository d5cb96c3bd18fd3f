from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.protocol.errors import BadMessage, UnknownId
from oncue.streaming.protocol.wire import AudioFrame
from oncue.streaming.session.reconnect import InterruptedLines, Item, KeptSessions, ReplayBuffer

lines = st.sets(st.sampled_from("abcd"))


@given(lines, lines, lines)
def test_the_time_is_over_for_what_was_not_taken_back_and_only_unheard_ends_are_given_out(
    away: set[str], back: set[str], ended: set[str]
) -> None:
    interrupted = InterruptedLines()
    interrupted.interrupt(away)
    for line in back:
        interrupted.resume(line)
    for line in ended:
        interrupted.end(line, f"end of {line}")
    assert interrupted.expire() == {line: f"end of {line}" if line in ended else None for line in away - back}
    assert not any(line in interrupted for line in away)
    assert interrupted.expire() == {}


def test_an_end_outlives_another_loss_of_the_connection() -> None:
    interrupted = InterruptedLines()
    interrupted.interrupt({"a", "b"})
    interrupted.end("a", "end")
    interrupted.resume("b")
    interrupted.interrupt({"a", "b"})
    assert interrupted.expire() == {"a": "end", "b": None}


def test_the_end_of_a_cancelled_line_is_waited_for_and_that_of_another_is_not() -> None:
    interrupted = InterruptedLines()
    interrupted.interrupt({"a", "b"})
    interrupted.cancel("a")
    interrupted.cancel("c")
    assert [interrupted.end(line, "end") for line in "abc"] == [True, False, False]


def test_bytes_count_from_the_loss_of_the_connection() -> None:
    interrupted = InterruptedLines()
    interrupted.interrupt({"a"})
    assert [interrupted.count(3), interrupted.count(4)] == [3, 7]
    interrupted.interrupt({"a"})
    assert interrupted.count(1) == 1


sayings = st.lists(
    st.tuples(st.sampled_from("ab"), st.one_of(st.integers(1, 300), st.just("told"))), min_size=1, max_size=30
)


def spoken(replay: ReplayBuffer, said: list[tuple[str, int | str]]) -> dict[str, list[Item]]:
    """Say it all; everything that was said of each line, in order."""
    whole: dict[str, list[Item]] = {"a": [], "b": []}
    ends = {"a": 0, "b": 0}
    for index, (line, what) in enumerate(said):
        item: Item = (
            f"{what} {index}" if isinstance(what, str) else AudioFrame(0, index, ends[line], what, bytes(2 * what))
        )
        ends[line] += 0 if isinstance(what, str) else what
        replay.keep(line, item)
        whole[line].append(item)
    return whole


@given(sayings, st.sampled_from("ab"), st.integers(0, 900), st.integers(0, 20_000))
def test_what_is_given_again_is_all_from_the_sample_on_or_nothing(
    said: list[tuple[str, int | str]], line: str, sample: int, budget: int
) -> None:
    replay = ReplayBuffer(budget)
    whole = spoken(replay, said)[line]
    assert replay.bytes <= budget
    try:
        again = replay.since(line, sample)
    except (BadMessage, UnknownId):
        return
    sound = [item for item in again if isinstance(item, AudioFrame)]
    end = max((item.end for item in whole if isinstance(item, AudioFrame)), default=0)
    edges = [sample, *(item.end for item in sound)]
    assert [item.start for item in sound] == edges[:-1]
    assert edges[-1] == end
    position, later = 0, []
    for item in whole:
        if isinstance(item, AudioFrame):
            position = item.end
        elif position >= sample:
            later.append(item)
    assert [item for item in again if isinstance(item, str)] == later


@given(sayings)
def test_with_room_enough_nothing_is_forgotten(said: list[tuple[str, int | str]]) -> None:
    replay = ReplayBuffer(1 << 20)
    whole = spoken(replay, said)
    for line in replay.lines:
        assert replay.since(line, 0) == whole[line]


def test_a_sample_that_was_forgotten_or_not_said_yet_is_refused_with_what_there_is() -> None:
    replay = ReplayBuffer(1500)
    spoken(replay, [("a", 300), ("a", 300), ("a", 300)])
    for sample in (0, 901):
        with pytest.raises(BadMessage) as refused:
            replay.since("a", sample)
        assert refused.value.detail == {"first_sample": 600, "last_sample": 900}


def test_a_forgotten_line_costs_nothing() -> None:
    replay = ReplayBuffer(10_000)
    spoken(replay, [("a", 300), ("b", 100)])
    replay.forget("a")
    replay.forget("a")
    assert replay.lines == ["b"]
    with pytest.raises(UnknownId):
        replay.since("a", 0)
    replay.forget("b")
    assert replay.bytes == 0


def test_a_session_may_be_resumed_once_until_the_time_is_over() -> None:
    kept = KeptSessions[str](30.0, 4)
    assert kept.keep("a", "anna", now=100.0) == []
    assert kept.take("a") == "anna"
    assert kept.take("a") is None
    assert kept.take("b") is None


def test_the_time_is_over_at_its_second_and_not_before() -> None:
    kept = KeptSessions[str](30.0, 4)
    kept.keep("a", "anna", now=100.0)
    kept.keep("b", "bo", now=110.0)
    assert kept.next_at == 130.0
    assert kept.expire(129.9) == []
    assert kept.expire(130.0) == ["anna"]
    assert kept.take("a") is None
    assert kept.next_at == 140.0
    assert kept.expire(200.0) == ["bo"]
    assert kept.next_at is None
    assert len(kept) == 0


def test_a_resumed_session_is_given_out_in_time_too_for_the_lines_that_were_not_resumed() -> None:
    kept = KeptSessions[str](30.0, 4)
    kept.keep("a", "anna", now=100.0)
    kept.take("a")
    assert kept.expire(130.0) == ["anna"]


def test_a_session_that_is_lost_again_has_all_of_the_time_again() -> None:
    kept = KeptSessions[str](30.0, 4)
    kept.keep("a", "anna", now=100.0)
    kept.take("a")
    kept.keep("a", "anna", now=120.0)
    assert kept.expire(149.0) == []
    assert kept.take("a") == "anna"


def test_the_oldest_make_room() -> None:
    kept = KeptSessions[str](30.0, 2)
    assert [kept.keep(name, name, now) for now, name in enumerate("abcd")] == [[], [], ["a"], ["b"]]
    assert len(kept) == 2


def test_when_the_server_closes_all_are_given_out() -> None:
    kept = KeptSessions[str](30.0, 2)
    kept.keep("a", "anna", now=0.0)
    assert kept.clear() == ["anna"]
    assert len(kept) == 0
