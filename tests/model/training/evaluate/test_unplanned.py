from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import EmotionSource
from oncue.model.training.evaluate.ownlength import deviations, figures
from oncue.model.training.evaluate.unplanned import LONGEST, Wish, lengths, sounds
from tests.fakes import ScriptedModel, Speaker

TEXTS = tuple("甲乙丙丁戊己庚辛"[: 3 + n % 5] + "，子丑寅卯。" for n in range(20))


def wishes(model: ScriptedModel, ratio: float) -> list[Wish]:
    voice, plain = next(iter(model.voices.values())), model.emotion(EmotionSource())
    scripts = [model.read(text) for text in TEXTS]
    return [Wish(script, voice, plain, script.natural_codes * ratio, seed) for seed, script in enumerate(scripts)]


@pytest.mark.parametrize("ratio", [0.8, 1.0, 1.2])
def test_a_speaker_that_follows_ends_when_it_was_asked_to(ratio: float) -> None:
    model = ScriptedModel()
    asked = wishes(model, ratio)
    assert len(asked) > model.spec.slots
    for length, wish in zip(lengths(model, asked), asked, strict=True):
        assert abs(length - wish.codes) <= 2
    assert not model.busy


def test_a_line_that_fails_keeps_what_it_has_and_the_others_go_on() -> None:
    plain, failing = ScriptedModel(), ScriptedModel(speaker=Speaker(fault_at={3: 5}))
    whole, broken = (lengths(m, wishes(m, 1.0)) for m in (plain, failing))
    assert broken[3] == 5
    assert [n for at, n in enumerate(broken) if at != 3] == [n for at, n in enumerate(whole) if at != 3]


def test_every_line_sounds_as_long_as_its_codes_whoever_else_speaks() -> None:
    model = ScriptedModel()
    asked = wishes(model, 1.0)
    made = sounds(model, asked)
    assert [len(sound) for sound in made] == [length * 960 for length in lengths(model, asked)]
    assert np.array_equal(sounds(model, asked[7:8])[0], made[7])


def test_what_is_reported_has_a_sign_and_a_runaway_is_given_up() -> None:
    slow = ScriptedModel(speaker=Speaker(bias=LONGEST * 3, follows=False))
    found = deviations(slow, TEXTS, (1.0,))[1.0]
    assert found == pytest.approx([LONGEST - 1] * len(TEXTS), abs=0.2)
    (told,) = figures({1.0: [-0.5, *found[1:]]})
    assert told.n == len(TEXTS)
    assert 0.5 < told.value < LONGEST - 1
