from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.protocol.errors import BadMessage, UnknownId
from oncue.streaming.protocol.wire import AudioFrame
from oncue.streaming.session.replay import Item, Replay

sayings = st.lists(
    st.tuples(st.sampled_from("ab"), st.one_of(st.integers(1, 300), st.just("told"))), min_size=1, max_size=30
)


def spoken(replay: Replay, said: list[tuple[str, int | str]]) -> dict[str, list[Item]]:
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
    replay = Replay(budget)
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
    replay = Replay(1 << 20)
    whole = spoken(replay, said)
    for line in replay.lines:
        assert replay.since(line, 0) == whole[line]


def test_a_sample_that_was_forgotten_or_not_said_yet_is_refused_with_what_there_is() -> None:
    replay = Replay(1500)
    spoken(replay, [("a", 300), ("a", 300), ("a", 300)])
    for sample in (0, 901):
        with pytest.raises(BadMessage) as refused:
            replay.since("a", sample)
        assert refused.value.detail == {"first_sample": 600, "last_sample": 900}


def test_a_forgotten_line_costs_nothing() -> None:
    replay = Replay(10_000)
    spoken(replay, [("a", 300), ("b", 100)])
    replay.forget("a")
    replay.forget("a")
    assert replay.lines == {"b"}
    with pytest.raises(UnknownId):
        replay.since("a", 0)
    replay.forget("b")
    assert replay.bytes == 0
