"""The flite teacher's labels come from what flite said, not from what it was asked to say."""

from __future__ import annotations

import random

import numpy as np
import pytest

from oncue.model.text.phones import INDEX, STRESS_BASE
from oncue.model.training.data.flite import VOICES, Flite, Made, Segment, knobs, label, random_voice
from oncue.model.training.data.teacher import Speaker, Style
from oncue.model.training.data.texts import make_line

SOUND = np.zeros(16_000, np.int16)


def segments(*rows: tuple[str, int, str]) -> list[Segment]:
    return [Segment(name, 0.1 * (index + 1), word, spelling) for index, (name, word, spelling) in enumerate(rows)]


def test_stress_comes_from_the_dictionary_when_the_vowels_agree() -> None:
    word = [(name, 1, "hello") for name in ("hh", "ax", "l", "ow")]
    spoken = label(segments(("pau", 0, ""), *word, ("pau", 0, "")), ["?"], SOUND, 16_000)
    assert spoken is not None
    assert [(unit.symbol, unit.tone) for unit in spoken.units] == [
        ("HH", 0), ("AH", STRESS_BASE), ("L", 0), ("OW", STRESS_BASE + 1), ("?", 0),
    ]  # fmt: skip
    assert [unit.word_start for unit in spoken.units] == [True, False, False, False, False]


def test_vowels_have_no_stress_when_the_dictionary_disagrees() -> None:
    word = [(name, 1, "hello") for name in ("hh", "ax", "l", "ow", "iy")]
    spoken = label(segments(*word, ("pau", 0, "")), ["."], SOUND, 16_000)
    assert spoken is not None
    assert {unit.tone for unit in spoken.units if unit.symbol in {"AH", "OW", "IY"}} == {STRESS_BASE}


def test_pauses_that_are_not_the_lines_are_refused() -> None:
    rows = segments(("hh", 1, "hi"), ("pau", 0, ""), ("ay", 1, "hi"), ("pau", 0, ""))
    assert label(rows, ["."], SOUND, 16_000) is None
    assert label(rows[:1], ["."], SOUND, 16_000) is None


def test_unknown_phones_are_refused() -> None:
    assert label(segments(("xx", 1, "hi"), ("pau", 0, "")), ["."], SOUND, 16_000) is None


@pytest.mark.parametrize("voice", ["slt", "kal16"])
@pytest.mark.needs_program("flite")
def test_a_spoken_line_is_labelled_inside_its_sound(voice: str) -> None:
    spoken = Flite().say(make_line("en", 5), Speaker(0, "flite", voice, VOICES[voice], 50, 50, False), Style(175.0))
    assert spoken is not None
    assert all(unit.symbol in INDEX for unit in spoken.units)
    assert np.all(np.diff((0, *spoken.ends)) > 0)
    assert spoken.ends[-2] < len(spoken.samples)


def test_a_made_voice_is_kept_as_text_and_flites_own_need_none() -> None:
    made = random_voice("awb", random.Random(1))
    assert Made.of(Speaker(0, "flite", "awb-1", "male", 50, 50, False, made.definition)) == Made(
        "awb", round(made.formants, 4), round(made.pitch, 4)
    )
    assert Made.of(Speaker(0, "flite", "awb", "male", 50, 50, False)) == Made("awb")


def test_what_playing_faster_takes_from_tempo_and_pitch_is_given_before() -> None:
    own, made = (knobs(voice, Style(175.0)) for voice in (Made("slt"), Made("slt", 1.25, 1.1)))
    assert made[b"duration_stretch"] / own[b"duration_stretch"] == pytest.approx(1.25)
    assert made[b"int_f0_target_mean"] * 1.25 / own[b"int_f0_target_mean"] == pytest.approx(1.1)


@pytest.mark.needs_program("flite")
def test_a_made_voice_says_the_same_in_the_same_time_with_other_formants() -> None:
    line = make_line("en", 5)
    own, made = (
        Flite().say(line, Speaker(0, "flite", "v", "female", 50, 50, False, voice.definition), Style(175.0))
        for voice in (Made("slt"), Made("slt", 1.12, 0.9))
    )
    assert own is not None
    assert made is not None
    assert made.units == own.units
    assert made.sample_rate == round(own.sample_rate * 1.12)
    assert len(made.samples) / made.sample_rate == pytest.approx(len(own.samples) / own.sample_rate, rel=0.02)
