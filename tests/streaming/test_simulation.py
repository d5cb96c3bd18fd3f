"""What the simulation shows of the planner, on fewer lines than `python -m tests.streaming.simulation` has."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from tests.streaming.simulation import DEAF, TEMPERS, TURNS, Take, Turn, cases, on_cue, repair, rms, speak
from tests.streaming.speakers import Temper

TRACKED, ESTIMATED = TEMPERS[:12], TEMPERS[12:]


@cache
def spoken(tempers: tuple[Temper, ...], lines: int) -> list[Take]:
    low, high = (0.9, 1.15) if tempers is DEAF else (0.75, 1.25)
    return [speak(case) for case in cases(tempers, lines, low, high)]


def repaired(tempers: tuple[Temper, ...], lines: int) -> list[Take]:
    low, high = (0.9, 1.15) if tempers is DEAF else (0.75, 1.25)
    return [repair(case) for case in cases(tempers, lines, low, high)]


def off(takes: Sequence[Take]) -> list[int]:
    return [take.error_samples for take in takes if take.error_samples != 0]


@pytest.mark.parametrize("tempers", [TRACKED, ESTIMATED, DEAF])
def test_every_line_ends_on_its_sample(tempers: tuple[Temper, ...]) -> None:
    assert not off(spoken(tempers, 24))


@pytest.mark.parametrize("tempers", [TRACKED, DEAF])
def test_no_word_is_lost_where_progress_is_known(tempers: tuple[Temper, ...]) -> None:
    assert not any(take.lost for take in spoken(tempers, 24))


@pytest.mark.parametrize(("tempers", "most"), [(TRACKED, 0.5), (DEAF, 0.5), (ESTIMATED, 0.85)])
def test_the_rate_is_more_even_than_with_a_repair_at_the_end(tempers: tuple[Temper, ...], most: float) -> None:
    assert rms(spoken(tempers, 24)) <= most * rms(repaired(tempers, 24))


# Where the speaker is deaf the time map alone makes the whole length, evenly; the repair crams it into the end.
@pytest.mark.parametrize(("tempers", "most"), [(TRACKED, 0.5), (ESTIMATED, 0.5), (DEAF, 0.6)])
def test_the_time_map_bends_less_than_with_a_repair_at_the_end(tempers: tuple[Temper, ...], most: float) -> None:
    ours, theirs = ([take.map_rms for take in takes] for takes in (spoken(tempers, 24), repaired(tempers, 24)))
    assert sum(ours) < most * sum(theirs)


def test_a_speaker_that_follows_is_hardly_ever_stretched_by_much() -> None:
    takes = spoken(TRACKED, 24)
    assert sum(take.beyond_15 for take in takes) < 0.01 * len(takes)
    assert sum(take.forced for take in takes) < 0.5 * len(takes)


def test_words_begin_on_their_cues() -> None:
    takes = [speak(case) for case in cases(TRACKED, 24, 0.85, 1.15, 2)]
    assert not off(takes)
    assert on_cue([error for take in takes for error in take.cue_errors_s]) >= 0.95
    assert on_cue([error for take in takes for error in take.true_cue_errors_s]) >= 0.95


@pytest.mark.parametrize("turn", TURNS)
def test_a_length_changed_on_the_way_is_met_or_refused(turn: Turn) -> None:
    takes = [speak(replace(case, turn=turn)) for case in cases(TRACKED, 4, 0.95, 1.05)]
    assert not off(takes)
    assert not any(take.lost for take in takes)


def test_an_early_change_is_within_reach() -> None:
    takes = [speak(replace(case, turn=Turn(0.3, 1.2))) for case in cases(TRACKED, 8, 0.95, 1.05)]
    assert not off(takes)
    assert not any(take.refused for take in takes)
