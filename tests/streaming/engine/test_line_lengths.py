"""Lengths and cues of whole lines: over segments, while they play, through the real engine."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.streaming.engine.events import (  # fmt: skip
    Append,
    AudioChunk,
    Command,
    Mark,
    Planned,
    Refused,
    Speak,
    Started,
    Update,
)
from oncue.streaming.timing.targets import Cue, DurationTarget
from tests.fakes import ScriptedModel, Speaker
from tests.streaming.crank import Run, line, turn

MIDDLE = "今天天气很好，我们一起去公园散步吧。"
LONG = MIDDLE * 4
MODEL = ScriptedModel()
NATURAL = MODEL.read(LONG).natural_codes * 960
RATIOS = [0.3, 0.6, 0.9]


def natural_start(char: int) -> float:
    """When the word at a character would begin by itself, in seconds."""
    units = MODEL.read(LONG).units
    return sum(unit.mean_codes for unit in units if unit.char_start < char) * 0.04


def words(run: Run) -> dict[int, Mark]:
    marks = (mark for chunk in run.of(AudioChunk) for mark in chunk.marks)
    return {mark.char_start: mark for mark in marks if mark.kind == "word"}


def speak(text: str = LONG, cues: tuple[Cue, ...] = (), **more: float) -> Speak:
    return line(text=text, duration=DurationTarget(cues=cues, **more))


cue_places = st.lists(st.sampled_from([7, 12, 20, 25, 40, 62]), min_size=1, max_size=3, unique=True).map(sorted)


@settings(max_examples=6)
@given(cue_places, st.floats(0.9, 1.1), st.floats(0.88, 1.12), st.integers(0, 20))
def test_words_begin_on_their_cues_in_whatever_segment(chars: list[int], pace: float, bias: float, seed: int) -> None:
    model = ScriptedModel(speaker=Speaker(bias=bias, jitter=0.2))
    cues = tuple(Cue(char, round(pace * natural_start(char), 3)) for char in chars)
    run = turn(model, [(0, replace(speak(cues=cues, seconds=pace * NATURAL / 24000), seed=seed))])
    assert run.end().samples == run.end().target_samples == round(pace * NATURAL)
    assert run.of(Started)[0].warning is None
    heard = words(run)
    assert all(abs(heard[cue.char].start / 24000 - cue.at_s) <= 0.04 for cue in cues)
    assert run.end().stats["cue_error_s"] <= 0.04


def test_after_its_last_cue_a_free_line_is_natural_and_says_so_before() -> None:
    cue = Cue(20, 1.15 * natural_start(20))
    run = turn(ScriptedModel(), [(0, speak(cues=(cue,)))])
    (started,) = run.of(Started)
    assert started.target_samples is None
    expected = (cue.at_s - natural_start(20)) * 24000 + NATURAL
    assert abs(started.planned_samples - expected) <= 2
    assert abs(run.end().samples - expected) < 0.4 * 24000


def test_a_cue_out_of_reach_is_refused_if_strict_and_told_of_if_not() -> None:
    early = speak(cues=(Cue(20, 0.4),))
    (refused,) = turn(ScriptedModel(), [(0, replace(early, strict=True))]).of(Refused)
    assert (refused.code, refused.terminal, refused.detail["char"]) == ("duration_infeasible", True, 20.0)
    nearest = float(refused.detail["nearest_s"])
    assert nearest == pytest.approx(0.6 * natural_start(20), abs=0.001)
    run = turn(ScriptedModel(), [(0, early)])
    warning = run.of(Started)[0].warning
    assert warning is not None
    assert f"{nearest:.2f} s" in warning
    assert words(run)[20].start / 24000 == pytest.approx(nearest, abs=0.1)


def test_a_cue_that_means_no_word_is_a_mistake_of_the_message() -> None:
    (refused,) = turn(ScriptedModel(), [(0, speak(cues=(Cue(len(LONG) - 1, 9.0),)))]).of(Refused)
    assert (refused.code, refused.terminal) == ("bad_message", True)


def test_cues_for_text_that_comes_later_wait_for_it() -> None:
    cue = Cue(len(MIDDLE) + 3, 1.1 * natural_start(len(MIDDLE) + 3))
    opened = replace(speak(MIDDLE, (cue,)), final=False)
    run = turn(ScriptedModel(), [(0, opened), (0.3, Append(1, MIDDLE)), (0.6, Append(1, MIDDLE, final=True))])
    assert words(run)[cue.char].start / 24000 == pytest.approx(cue.at_s, abs=0.03)


def test_a_family_that_cannot_tell_where_it_is_meets_cues_at_the_joins() -> None:
    model = ScriptedModel()
    model.spec = replace(model.spec, tracks_progress=False)
    cue = Cue(20, 1.1 * natural_start(20))
    run = turn(model, [(0, speak(cues=(cue,), seconds=14.0))])
    assert run.end().samples == 14 * 24000
    joins = {chunk.start for chunk in run.of(AudioChunk)}
    assert round(cue.at_s * 24000) in joins


def test_such_a_family_takes_no_cues_when_its_text_is_cut_already() -> None:
    model = ScriptedModel()
    model.spec = replace(model.spec, tracks_progress=False)
    update = Update(1, DurationTarget(seconds=14.0, cues=(Cue(40, 7.0),)))
    run = turn(model, [(0, speak(seconds=14.0)), (0.5, update)])
    assert [refused.code for refused in run.of(Refused)] == ["bad_message"]
    assert run.end().samples == 14 * 24000


def at_share(share: float, run: Run) -> float:
    """The time at which so much of a line had been sent."""
    whole_samples = len(run.sound())
    return next(
        time for time, event in run.events
        if isinstance(event, AudioChunk) and event.start + len(event.samples) >= share * whole_samples
    )  # fmt: skip


@pytest.mark.parametrize("share", RATIOS)
@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_another_length_while_it_plays_is_met_or_refused_at_once(share: float, factor: float) -> None:
    first = replace(speak(ratio=1.0), lead_s=0.5)
    before = turn(ScriptedModel(), [(0, first)])
    now = at_share(share, before) + 0.001
    asked = factor * NATURAL / 24000
    run = turn(ScriptedModel(), [(0, first), (now, Update(1, DurationTarget(seconds=asked)))])
    answer, at = next((event, time) for time, event in run.events if isinstance(event, Refused | Planned))
    assert at - now < 0.1, "it is answered within one chunk"
    if isinstance(answer, Refused):
        assert answer.code == "duration_infeasible"
        assert np.array_equal(run.sound(), before.sound())
    else:
        assert run.end().samples == run.end().target_samples == round(asked * 24000)
    sent = sum(len(event.samples) for time, event in run.events if isinstance(event, AudioChunk) and time < now)
    assert sent >= share * len(before.sound())
    assert np.array_equal(run.sound()[:sent], before.sound()[:sent])


def test_cues_of_words_already_heard_are_left_out_of_an_update() -> None:
    cues = (Cue(3, 0.01), Cue(40, 1.05 * natural_start(40)))
    commands: list[tuple[float, Command]] = [(0, speak(ratio=1.0)), (2.0, Update(1, DurationTarget(cues=cues)))]
    run = turn(ScriptedModel(), commands)
    assert not run.of(Refused)
    assert words(run)[40].start / 24000 == pytest.approx(cues[1].at_s, abs=0.03)


def test_the_promise_follows_what_is_learned_of_a_speaker_who_minds_no_countdown() -> None:
    model = ScriptedModel(speaker=Speaker(bias=1.6))
    model.spec = replace(model.spec, follows_codes_left=False)
    run = turn(model, [(0, speak())])
    first, *later = [run.of(Started)[0].planned_samples, *(event.planned_samples for event in run.of(Planned))]
    assert later
    assert all(abs(one - two) > 0.05 * 24000 for one, two in zip([first, *later], later, strict=False))
    half = [event.planned_samples for time, event in run.events if isinstance(event, Planned) and time < 10]
    assert abs(half[-1] - run.end().samples) < 0.5 * abs(first - run.end().samples)


def test_the_pace_is_carried_over_a_join() -> None:
    model = ScriptedModel(speaker=Speaker(bias=1.15))
    run = turn(model, [(0, speak(LONG, ratio=1.0))])
    assert run.end().stats["share_beyond_15"] == 0
    assert run.end().stats["rate_rms"] < 0.03
