from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.dubbing.speakers import Vector, assign


def voices(who: list[int], seed: int = 0, spread: float = 0.25) -> list[Vector | None]:
    draw = np.random.default_rng(seed)
    people = draw.standard_normal((8, 64))
    made: list[Vector | None] = []
    for index in who:
        vector = people[index] + spread * draw.standard_normal(64)
        made.append(vector.astype(np.float32))
    return made


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=20), st.integers(0, 50))
def test_lines_of_one_person_are_one_speaker_and_of_two_are_two(who: list[int], seed: int) -> None:
    found = assign([""] * len(who), voices(who, seed), [1.0] * len(who))
    assert [found.index(name) for name in found] == [who.index(person) for person in who]
    assert found[0] == "Speaker 1"


def test_a_name_outranks_what_is_heard_and_gathers_what_sounds_like_it() -> None:
    found = assign(["Ada", "", "Bo", "", "bo"], voices([0, 0, 1, 1, 1]), [1.0] * 5)
    assert found == ("Ada", "Ada", "Bo", "Bo", "Bo")


def test_two_names_stay_two_however_alike_they_sound() -> None:
    assert assign(["Ada", "Bo"], voices([0, 0], spread=0.0), [1.0, 1.0]) == ("Ada", "Bo")


def test_a_known_number_of_speakers_is_kept() -> None:
    who = [0, 1, 2, 0, 1, 2]
    assert len(set(assign([""] * 6, voices(who), [1.0] * 6, count=2))) == 2


def test_where_nobody_is_heard_the_speaker_before_goes_on() -> None:
    heard = voices([0, 1])
    assert assign([""] * 4, [None, heard[0], None, heard[1]], [1.0] * 4) == (
        "Speaker 1",
        "Speaker 1",
        "Speaker 1",
        "Speaker 2",
    )
    assert assign(["", "Bo"], [None, None], [0.0, 0.0]) == ("Speaker 1", "Bo")


def test_a_speaker_without_a_name_is_not_given_one_that_is_taken() -> None:
    assert assign(["Speaker 1", ""], voices([0, 1]), [1.0, 1.0]) == ("Speaker 1", "Speaker 2")
