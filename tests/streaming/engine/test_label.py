"""A label is heard, is counted in the plan, and leaves the words as they are."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.api import EmotionSource
from oncue.streaming.engine.events import Append, AudioChunk, Cancel, Command, Mark, Refused, Started, Update
from oncue.streaming.engine.label import (
    MORSE_UNIT_S,
    SPOKEN_S,
    LabelKind,
    LabelPlace,
    LabelRequest,
    rhythm,
    rhythm_label,
    sentence_for,
    spoken_label,
)
from oncue.streaming.timing.targets import Cue, DurationTarget
from tests.fakes import ScriptedModel, Speaker
from tests.streaming.crank import Run, check_laws, line, turn

TEXT = "今天天气很好，我们一起去公园散步吧。"
kinds = st.sampled_from(["speech", "rhythm"])
places = st.sampled_from(["start", "end"])
every = pytest.mark.parametrize(
    "request_", [LabelRequest(kind, place) for kind in ("speech", "rhythm") for place in ("start", "end")], ids=str
)


def label_samples(request: LabelRequest, text: str = TEXT) -> int:
    model = ScriptedModel()
    if request.kind == "rhythm":
        return rhythm_label(request.place, model.spec.sample_rate).samples
    sentence, language = sentence_for("auto", model.read(text).language)
    return spoken_label(request.place, model.read(sentence), language, model.spec).samples


def words_of(run: Run, request: LabelRequest) -> np.ndarray:
    """The sound without the label."""
    samples = label_samples(request)
    return run.sound()[samples:] if request.place == "start" else run.sound()[: len(run.sound()) - samples]


def marks_of(run: Run) -> list[Mark]:
    return [mark for chunk in run.of(AudioChunk) for mark in chunk.marks]


@settings(max_examples=8, deadline=None)
@given(kinds, places, st.one_of(st.none(), st.floats(0.75, 1.25)), st.integers(0, 3), st.floats(0.9, 1.1))
def test_the_words_sound_sample_for_sample_as_without_a_label(
    kind: LabelKind, place: LabelPlace, ratio: float | None, seed: int, bias: float
) -> None:
    request = LabelRequest(kind, place)
    runs = [
        turn(
            ScriptedModel(speaker=Speaker(bias=bias, jitter=0.2)),
            [(0, line(text=TEXT * 2, seed=seed, duration=DurationTarget(ratio=ratio), label=label, lead_s=60.0))],
        )
        for label in (None, request)
    ]
    assert np.array_equal(words_of(runs[1], request), runs[0].sound())
    starts = [[(mark.text, mark.start) for mark in marks_of(run) if mark.kind == "word"] for run in runs]
    moved = label_samples(request) if place == "start" else 0
    assert starts[1] == [(text, start + moved) for text, start in starts[0]]


@settings(max_examples=8, deadline=None)
@given(kinds, places, st.floats(4.0, 6.3), st.booleans())
def test_a_length_in_seconds_holds_the_label_and_is_met_to_the_sample(
    kind: LabelKind, place: LabelPlace, seconds: float, comes_later: bool
) -> None:
    first = line(text=TEXT, label=LabelRequest(kind, place), duration=DurationTarget(seconds=seconds), lead_s=60.0)
    commands: list[tuple[float, Command]] = [(0, first)]
    if comes_later:
        commands = [
            (0, line(text="", final=False, label=first.label, duration=first.duration, lead_s=60.0)),
            (0.1, Append(1, TEXT[:7])),
            (0.6, Append(1, TEXT[7:], final=True)),
        ]
    run = turn(ScriptedModel(speaker=Speaker(jitter=0.2)), commands)
    check_laws(run, {1})
    assert run.end().samples == run.end().target_samples == round(seconds * 24_000)


@every
def test_what_cannot_be_reached_is_refused_with_the_nearest_length_and_that_is_taken(request_: LabelRequest) -> None:
    def asked(seconds: float) -> Run:
        target = DurationTarget(seconds=seconds)
        return turn(ScriptedModel(), [(0, line(text=TEXT, strict=True, duration=target, label=request_))])

    (refused,) = asked(2.0).of(Refused)
    assert refused.code == "duration_infeasible"
    assert "label takes" in refused.message
    nearest_s = float(refused.detail["nearest_s"])
    shortest = 0.6 * ScriptedModel().read(TEXT).natural_codes * 960
    assert nearest_s * 24_000 == pytest.approx(shortest + label_samples(request_), abs=2)
    assert asked(nearest_s).end().samples == round(nearest_s * 24_000)


@every
def test_a_free_line_says_before_it_begins_how_long_it_is_with_its_label(request_: LabelRequest) -> None:
    plain, labelled = (turn(ScriptedModel(), [(0, line(text=TEXT, label=label))]) for label in (None, request_))
    planned = [run.of(Started)[0].planned_samples for run in (plain, labelled)]
    assert planned[1] - planned[0] == label_samples(request_)
    assert labelled.end().stats["label_s"] == label_samples(request_) / 24_000
    assert "label_s" not in plain.end().stats


@every
def test_cues_count_from_the_first_sample_of_the_line_also_when_that_is_the_labels(request_: LabelRequest) -> None:
    at_s = 1.7 + (label_samples(request_) / 24_000 if request_.place == "start" else 0)
    target = DurationTarget(seconds=5.2, cues=(Cue(7, at_s),))
    run = turn(ScriptedModel(), [(0, line(text=TEXT, duration=target, label=request_))])
    (cued,) = [mark for mark in marks_of(run) if mark.kind == "word" and mark.char_start == 7]
    assert cued.start == pytest.approx(at_s * 24_000, abs=960)
    assert run.end().samples == 124_800


@every
def test_a_label_has_a_mouth_and_no_words_of_the_text(request_: LabelRequest) -> None:
    run = turn(ScriptedModel(), [(0, line(text=TEXT, label=request_))])
    at = label_samples(request_)
    inside = [
        mark
        for mark in marks_of(run)
        if (mark.start < at if request_.place == "start" else mark.start >= run.end().samples - at)
    ]
    assert {mark.kind for mark in inside} <= {"phone", "pause"}
    assert bool(inside) == (request_.kind == "speech")
    assert {mark.char_start for mark in inside} <= {0 if request_.place == "start" else len(TEXT)}


@every
def test_other_lengths_and_feelings_come_while_the_label_is_heard_and_leave_it_as_it_is(request_: LabelRequest) -> None:
    change = Update(1, DurationTarget(seconds=5.0), EmotionSource((0.1,) * 8))
    run = turn(ScriptedModel(), [(0, line(text=TEXT, label=request_)), (0.3, change)])
    plain = turn(ScriptedModel(), [(0, line(text=TEXT, label=request_))])
    assert run.end().samples == 120_000
    at = label_samples(request_)
    part = slice(None, at) if request_.place == "start" else slice(-at, None)
    assert np.array_equal(run.sound()[part], plain.sound()[part])


@pytest.mark.parametrize("place", ["start", "end"])
def test_a_line_that_is_cancelled_in_its_label_says_which_words_were_heard(place: LabelPlace) -> None:
    request = LabelRequest("speech", place)
    whole = turn(ScriptedModel(), [(0, line(text=TEXT, label=request, lead_s=0.3))])
    inside_s = 0.6 if place == "start" else whole.end().samples / 24_000 - 0.6
    run = turn(ScriptedModel(), [(0, line(text=TEXT, label=request, lead_s=0.3)), (inside_s, Cancel(1))])
    check_laws(run, {1})
    assert (run.end().reason, run.end().last_char) == ("cancelled", 0 if place == "start" else len(TEXT))
    assert run.end().samples < whole.end().samples


def test_the_sentence_is_in_the_language_of_the_line() -> None:
    assert sentence_for("auto", "zh") == ("AI，生成。", "zh")
    assert sentence_for("en", "zh")[1] == "en"
    assert sentence_for("auto", "ja")[1] == "en"


def test_the_chinese_sentence_takes_as_long_as_the_standard_wants_where_the_voice_can() -> None:
    model = ScriptedModel()
    script = model.read(sentence_for("zh", "zh")[0]).paced(1.5)
    label = spoken_label("end", script, "zh", model.spec)
    pause_s = script.units[-1].mean_codes / 25
    assert label.samples / 24_000 - pause_s == pytest.approx(SPOKEN_S["zh"], abs=0.001)
    assert 120 <= 4 / SPOKEN_S["zh"] * 60 <= 160  # AI is said as two characters


@pytest.mark.parametrize("place", ["start", "end"])
@pytest.mark.parametrize("rate", [22_050, 24_000])
def test_the_rhythm_is_ai_in_morse_code(place: LabelPlace, rate: int) -> None:
    sound = rhythm(place, rate)
    dot = round(MORSE_UNIT_S * rate)
    loud = np.abs(sound[: len(sound) // dot * dot].reshape(-1, dot)).max(axis=1) > 0.05
    heard = [("on" if on else "off", len(list(group))) for on, group in groupby(loud)]
    tones = [length for state, length in heard if state == "on"]
    assert tones == [1, 3, 1, 1]
    gaps = [length for state, length in heard if state == "off"]
    assert (gaps[:3] if place == "start" else gaps[1:]) == [1, 3, 1]
    assert np.abs(np.diff(sound)).max() < 0.03  # it does not click
