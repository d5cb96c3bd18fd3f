from __future__ import annotations

import torch

from oncue.model.api import EmotionSource, Start, Step
from oncue.model.tiny.layout import DIGIT_LEVELS, MAX_ADVANCE
from oncue.model.tiny.speech import TinySpeech


def test_choices_stay_in_the_text_and_in_the_levels(untrained: TinySpeech) -> None:
    voice, emotion = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    untrained.prefill([Start(0, untrained.read("好。"), voice, emotion, 10.0, 7)])
    row = untrained._rows[0]
    untrained.release(0)
    assert row is not None
    ring = untrained._networks.decoder.body.ring(4)
    with torch.inference_mode():
        for _ in range(12):
            step = Step(0, 4.0, may_stop=False, min_advance=1)
            choice = untrained._stepper.step([row, None, None, None], {0: step}, ring)[0]
            room = row.last_unit - row.pointer
            assert min(1, room) <= choice.advance <= min(MAX_ADVANCE, room)
            assert all(0 <= digit < levels for digit, levels in zip(choice.digits, DIGIT_LEVELS, strict=True))
            row.say(choice.digits, choice.advance)
    assert row.pointer == row.last_unit
