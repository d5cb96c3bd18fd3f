from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import torch
from torch import nn

from oncue.model.api import EmotionSource, Start
from oncue.model.text.phones import INDEX
from oncue.model.tiny.rows import Row
from oncue.model.tiny.speech import TinySpeech
from oncue.model.training.networks.networks import Networks
from oncue.model.training.stages.stops import LENGTHS, Decisions, closes, decisions, fit, right_share, starts
from tests.model.training.lines import dataset, line, voices


def start(model: TinySpeech, codes: float, seed: int) -> Start:
    voice, plain = next(iter(model.voices.values())), model.emotion(EmotionSource())
    return Start(0, model.read("好。"), voice, plain, codes, seed)


def test_a_run_waits_for_the_countdown_and_is_asked_wherever_it_could_stop(untrained: TinySpeech) -> None:
    found = decisions(untrained._runtime, [start(untrained, 40.0, seed) for seed in range(3)])
    assert found.told.shape == (len(found.wanted), 256)
    assert found.wanted.sum() == 3, "each line ends once, when its codes are spent"
    assert len(found.wanted) > 40, "a text of two units ends long before forty codes do"


def test_a_run_whose_text_never_ends_is_given_up(untrained: TinySpeech) -> None:
    voice, plain = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    long = Start(0, untrained.read("A line that goes on and on. " * 8), voice, plain, 2.0, 1)
    assert not decisions(untrained._runtime, [long, start(untrained, 9.0, 2)]).wanted.sum() > 1


def test_a_stop_that_is_fitted_decides_as_it_should_have() -> None:
    torch.manual_seed(0)
    stop, told = nn.Linear(6, 1), torch.randn(400, 6)
    wanted = (told[:, 2] > 0.5).float()
    found = Decisions(told, wanted)
    before = right_share(stop, found)
    fit(stop, found)
    assert before < 0.9
    assert right_share(stop, found) > 0.98


def test_lines_are_told_lengths_around_their_natural_ones(networks: Networks) -> None:
    item = replace(line(), phones=np.array([INDEX["h"], INDEX["ao"], INDEX["."]]), tones=np.array([0, 3, 0]))
    item = replace(item, word_starts=np.array([1, 0, 0]))
    durations = networks.durations
    made = starts(dataset([item] * 40), voices(), durations, 30, seed=0)
    ratios = np.array([start.planned_codes / start.script.natural_codes for start in made])
    assert len(made) == 30
    assert LENGTHS[0] <= ratios.min() < 0.9
    assert 1.1 < ratios.max() <= LENGTHS[1]


def test_a_line_closes_when_its_codes_are_spent_but_waits_neither_too_little_nor_too_long() -> None:
    def closed(dwell: int, *, spent: bool) -> bool:
        row = SimpleNamespace(natural=[3.0, 4.0], dwell=dwell)
        return closes(cast(Row, row), spent=spent)

    assert [closed(dwell, spent=True) for dwell in range(1, 7)] == [False, True, True, True, True, True]
    assert [closed(dwell, spent=False) for dwell in range(1, 7)] == [False] * 5 + [True]
