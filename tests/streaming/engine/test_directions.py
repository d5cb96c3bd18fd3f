"""Directions in the text: a feeling comes over what follows, wherever the text was cut, and a piece of nothing else is no piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from oncue.model.api import (
    PLAIN,
    Code,
    EmotionSource,
    Fault,
    Feeling,
    NothingToSay,
    ReadingOptions,
    Script,
    Start,
    Step,
)
from oncue.streaming.engine.events import Append, Command, Finished, Refused
from tests.fakes import ScriptedModel
from tests.streaming.crank import line, turn

ANGRY = (0.0, 0.8, *(0.0,) * 6)
SENTENCE = "今天天气很好，我们一起去公园散步吧。"


class Acting(ScriptedModel):
    """A hash in the text begins anger. Notes which feeling each unit was decoded with."""

    def __init__(self) -> None:
        super().__init__()
        self.felt: dict[tuple[int, str], float] = {}
        self.options: list[ReadingOptions] = []
        self._anger: dict[int, float] = {}
        self._scripts: dict[int, Script] = {}

    def read(self, text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> Script:
        self.options.append(options)
        if not any(char.isalnum() and char != "#" for char in text.replace("笑", "")):
            raise NothingToSay("There is nothing in the text that can be spoken.", ANGRY if "#" in text else ())
        script = super().read(text, language, options)
        places = [at for at, char in enumerate(text) if char == "#"]
        units = [next(i for i, unit in enumerate(script.units) if unit.char_start > at) for at in places]
        return replace(script, feelings=tuple(Feeling(unit, ANGRY) for unit in units))

    def prefill(self, starts: Sequence[Start]) -> None:
        super().prefill(starts)
        for start in starts:
            self._anger[start.slot] = float(start.emotion.arrays["vector"][1])
            self._scripts[start.slot] = start.script

    def decode(self, steps: Sequence[Step]) -> list[Code | Fault]:
        for step in steps:
            if step.emotion is not None:
                self._anger[step.slot] = float(step.emotion.arrays["vector"][1])
        codes = super().decode(steps)
        for code in codes:
            if isinstance(code, Code) and code.unit is not None:
                unit = self._scripts[code.slot].units[code.unit]
                self.felt.setdefault((code.unit, unit.symbol), self._anger[code.slot])
        return codes


def anger(model: Acting) -> dict[str, float]:
    return {symbol: angry for (_, symbol), angry in model.felt.items()}


def test_a_feeling_begins_at_its_direction_and_not_before() -> None:
    model = Acting()
    turn(model, [(0, line(text="你好吗。#走开"))])
    felt = anger(model)
    assert felt["你"] == felt["好"] == 0.0
    assert felt["开"] == ANGRY[1]


def test_it_lasts_over_the_cuts_of_the_text() -> None:
    model = Acting()
    turn(model, [(0, line(text=f"#{SENTENCE}{SENTENCE}"))])
    assert set(model.felt.values()) == {ANGRY[1]}


def test_a_piece_of_nothing_but_a_direction_is_no_piece_and_its_feeling_is_kept() -> None:
    model = Acting()
    commands: list[tuple[float, Command]] = [
        (0, line(text="#笑笑笑。\n", final=False)),
        (0.1, Append(line().uid, SENTENCE, final=True)),
    ]
    trace = turn(model, commands)
    assert not trace.of(Refused)
    assert trace.of(Finished)[0].reason == "complete"
    assert set(model.felt.values()) == {ANGRY[1]}


def test_a_line_of_nothing_else_is_refused() -> None:
    (refused,) = turn(Acting(), [(0, line(text="#笑笑。"))]).of(Refused)
    assert refused.code == "unpronounceable"


@pytest.mark.parametrize("options", [PLAIN, ReadingOptions("digits", "drop")])
def test_how_a_line_is_to_be_read_reaches_the_model_with_every_piece(options: ReadingOptions) -> None:
    model = Acting()
    turn(model, [(0, line(text=SENTENCE * 3, reading=options))])
    assert set(model.options) == {options}


def test_a_feeling_that_was_asked_for_holds_until_a_direction() -> None:
    model = Acting()
    turn(model, [(0, line(text="你好吗。#走开", emotion=EmotionSource(vector=(0.0, 0.3, *(0.0,) * 6))))])
    assert anger(model)["你"] == pytest.approx(0.3)
    assert anger(model)["开"] == ANGRY[1]
