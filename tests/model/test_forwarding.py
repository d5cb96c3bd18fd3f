from __future__ import annotations

from oncue.model.api import EmotionSource, SpeechModel, Start, Step
from oncue.model.forwarding import ForwardingSpeech
from tests.fakes import ScriptedModel


def first_codes(model: SpeechModel) -> list[object]:
    script, voice = model.read("One two three."), next(iter(model.voices.values()))
    model.prefill([Start(0, script, voice, model.emotion(EmotionSource()), script.natural_codes, 7)])
    codes = [model.decode([Step(0, 20.0 - done, may_stop=False)]) for done in range(5)]
    model.release(0)
    return [model.spec, list(model.voices), script, codes]


def test_what_is_spoken_through_another_family_is_what_that_family_says() -> None:
    inner = ScriptedModel()
    passed = first_codes(ForwardingSpeech(inner))
    assert passed == first_codes(ScriptedModel())
    assert not inner.busy
