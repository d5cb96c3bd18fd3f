from __future__ import annotations

import numpy as np

from oncue.model.api import EmotionSource, Start
from oncue.model.tiny.layout import unpack
from oncue.model.tiny.speech import TinySpeech
from oncue.model.training.stages.freerun import FreeRun
from tests.contract import speak

TEXT = "Hi, 你好。"


def test_a_line_runs_free_as_it_is_said_in_a_slot(untrained: TinySpeech) -> None:
    script, voice = untrained.read(TEXT), next(iter(untrained.voices.values()))
    said = speak(untrained, TEXT)
    start = Start(0, script, voice, untrained.emotion(EmotionSource()), script.natural_codes, 1)
    run = FreeRun(untrained._runtime, [start] * 5)
    wanted = [unpack(value) for value in said.values][: int(script.natural_codes)]
    assert len(wanted) > 9
    for _ in wanted:
        grounds = run.step(range(5))
    assert grounds.shape == (8, 256)
    for row in run.rows:
        assert [code.digits for code in row.said] == wanted
    assert np.isfinite(grounds).all()


def test_a_line_that_is_not_named_waits(untrained: TinySpeech) -> None:
    voice, plain = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    run = FreeRun(untrained._runtime, [Start(0, untrained.read(TEXT), voice, plain, 9.0, 1)] * 2)
    run.step([1])
    assert [run.left(0), run.left(1)] == [9.0, 8.0]
