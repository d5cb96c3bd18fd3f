"""The seam on small seeded networks: the five laws, and what this family does besides."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from oncue.model.api import Code, EmotionSource, Fault, Samples, Start, Step, Window
from oncue.model.indextts2.speech import IndexSpeech
from tests import contract
from tests.model.indextts2.family import OPTIONS, hum, networks, speech, voice

TEXT = "Hi."


@pytest.fixture(scope="module")
def model() -> IndexSpeech:
    return speech()


def begin(
    model: IndexSpeech,
    slot: int,
    seed: int = 1,
    planned: float = 30.0,
    emotion: EmotionSource | None = None,
    who: str = "low",
) -> None:
    feeling = model.emotion(emotion or EmotionSource())
    model.prefill([Start(slot, model.read(TEXT), model.voices[who], feeling, planned, seed)])


def say(model: IndexSpeech, slot: int, count: int) -> list[int]:
    """`count` codes of a line that may not stop yet."""
    said = []
    for index in range(count):
        (code,) = model.decode([Step(slot, float(count - index), may_stop=False, must_stop=index == count - 1)])
        assert isinstance(code, Code)
        said.append(code.value)
    return said


def sound(model: IndexSpeech, slot: int, count: int, span: int = 440) -> Samples:
    (samples,) = model.vocode([Window(slot, 0, (span,) * count, final=True)])
    assert not isinstance(samples, Fault)
    return samples


def test_any_split_into_windows_is_as_near_the_whole_as_declared(model: IndexSpeech) -> None:
    contract.check_split_invariance(model, TEXT)


def test_a_window_yields_exactly_the_samples_it_was_asked_for(model: IndexSpeech) -> None:
    contract.check_exact_samples(model, TEXT)


def test_a_slot_beside_others_or_reused_equals_a_slot_alone(model: IndexSpeech) -> None:
    contract.check_slot_isolation(model, TEXT)


def test_the_same_seed_gives_the_same_codes_whatever_else_runs(model: IndexSpeech) -> None:
    contract.check_seed(model, TEXT)


def test_release_frees_everything_at_once(model: IndexSpeech) -> None:
    contract.check_release(model, TEXT)


def test_samples_per_code_are_an_exact_fraction_of_mel_frames_and_hop(model: IndexSpeech) -> None:
    assert model.spec.samples_per_code == Fraction(43, 25) * 256
    assert not model.spec.tracks_progress
    assert model.spec.sample_rate == 22_050


def test_a_line_of_any_length_has_exactly_the_samples_of_its_spans(model: IndexSpeech) -> None:
    begin(model, 0)
    say(model, 0, 50)
    ends = [round(22_050 * 1.1 * (index + 1) / 50) for index in range(50)]
    spans = tuple(end - start for start, end in pairwise([0, *ends]))
    (samples,) = model.vocode([Window(0, 0, spans, final=True)])
    model.release(0)
    assert not isinstance(samples, Fault)
    assert samples.shape == (24_255,)
    assert np.abs(samples).max() <= 1.0


def test_another_voice_emotion_or_seed_is_another_line(model: IndexSpeech) -> None:
    def codes(**given: object) -> list[int]:
        begin(model, 1, **given)  # type: ignore[arg-type]
        said = say(model, 1, 12)
        model.release(1)
        return said

    plain = codes()
    angry = EmotionSource(vector=(0, 1, 0, 0, 0, 0, 0, 0))
    borrowed = EmotionSource(voice=voice(320.0), intensity=1.0)
    assert codes() == plain
    for other in (codes(who="high"), codes(emotion=angry), codes(emotion=borrowed), codes(seed=2)):
        assert other != plain


def test_an_emotion_changed_on_the_way_acts_on_the_next_codes_and_keeps_those_said(model: IndexSpeech) -> None:
    begin(model, 0)
    before = say(model, 0, 10)
    changed = model.emotion(EmotionSource(vector=(1, 0, 0, 0, 0, 0, 0, 0)))
    model.decode([Step(0, 10.0, may_stop=False, emotion=changed)])
    row = model._rows[0]
    assert row is not None
    assert row.codes[:10] == before
    assert row.emotion is changed
    after = [*row.codes, *say(model, 0, 15)]
    samples = sound(model, 0, len(after))
    model.release(0)
    begin(model, 0)
    say(model, 0, 26)
    plain = sound(model, 0, 26)
    model.release(0)
    head = 4 * 440
    assert len(samples) == len(plain)
    assert not np.array_equal(samples, plain)
    assert np.abs(samples[:head] - plain[:head]).max() < np.abs(samples - plain).max()


def test_the_planned_length_is_told_where_the_configuration_says(model: IndexSpeech) -> None:
    def codes(length: str, planned: float) -> list[int]:
        told = speech(replace(OPTIONS, length=length))  # type: ignore[arg-type]
        begin(told, 0, planned=planned)
        return say(told, 0, 12)

    assert codes("untold", 20.0) == codes("untold", 60.0)
    for placement in ("before_last", "last"):
        assert codes(placement, 20.0) != codes(placement, 60.0)
        assert codes(placement, 20.0) != codes("untold", 20.0)
    assert speech(replace(OPTIONS, length="last")).spec.follows_codes_left
    assert not model.spec.follows_codes_left


def test_a_step_computes_no_more_slots_than_the_smallest_group_that_is_configured() -> None:
    grouped = speech(replace(OPTIONS, groups=(1, 2)))
    assert grouped._slots.groups == [1, 2, OPTIONS.slots]
    assert speech()._slots.groups == [OPTIONS.slots]


def test_a_stop_that_is_masked_never_comes_and_one_that_is_forced_does(model: IndexSpeech) -> None:
    begin(model, 2)
    for index in range(30):
        (code,) = model.decode([Step(2, 1.0, may_stop=False, must_stop=index == 29)])
        assert isinstance(code, Code)
        assert code.stop == (index == 29)
        assert code.unit is None
    model.release(2)


def test_a_full_slot_ends_its_line(model: IndexSpeech) -> None:
    begin(model, 0)
    codes = 0
    stopped = False
    while not stopped:
        (code,) = model.decode([Step(0, 100.0, may_stop=False)])
        assert isinstance(code, Code)
        codes, stopped = codes + 1, code.stop
    model.release(0)
    assert codes < OPTIONS.capacity


def test_a_row_that_is_not_finite_fails_alone(model: IndexSpeech) -> None:
    begin(model, 0)
    begin(model, 1)
    alone = say(model, 1, 3)
    model.release(1)
    begin(model, 1)
    model._slots._sound[0] = False
    results = [model.decode([Step(0, 9.0, may_stop=False), Step(1, 9.0, may_stop=False)]) for _ in range(3)]
    model.release(0)
    model.release(1)
    assert isinstance(results[0][0], Fault)
    assert [result[1].value for result in results if isinstance(result[1], Code)] == alone


def test_recordings_become_voices_and_mistakes_sentences(model: IndexSpeech) -> None:
    assert model.voice(hum(200.0), 22_050).key == voice(200.0).key
    with pytest.raises(ValueError, match="shorter than a second"):
        model.voice(hum(200.0)[:1000], 22_050)
    with pytest.raises(ValueError, match="intensity"):
        model.emotion(EmotionSource(intensity=2.0))
    with pytest.raises(ValueError, match="can be spoken"):
        model.read("…")
    with pytest.raises(ValueError, match="full stop"):
        model.read("a" * 200)


def test_networks_are_where_they_were_settled() -> None:
    assert networks().device.type == "cpu"
    assert not networks().vocoder.training
