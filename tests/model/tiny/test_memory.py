"""What a segment remembers is what the decoder would have in its ring, had both segments been one line."""

from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import Before, Code, EmotionSource, Start, Step
from oncue.model.tiny.memory import REMEMBERED
from oncue.model.tiny.rows import Row
from oncue.model.tiny.speech import TinySpeech


def start_of(model: TinySpeech, text: str, before: Before | None = None, slot: int = 0) -> Start:
    voice = next(iter(model.voices.values()))
    return Start(slot, model.read(text), voice, model.emotion(EmotionSource()), 20.0, 7, before)


def said(model: TinySpeech, text: str, codes: int) -> Before:
    """A segment with its first codes."""
    start = start_of(model, text, slot=3)
    model.prefill([start])
    heard = []
    for index in range(codes):
        (code,) = model.decode([Step(3, 20.0 + codes - index, may_stop=False)])
        assert isinstance(code, Code)
        heard.append(code)
    model.release(3)
    return Before(start.script, tuple(heard))


def taken(model: TinySpeech, start: Start) -> Row:
    model.prefill([start])
    row = model._rows[start.slot]
    assert row is not None
    return row


@pytest.mark.parametrize("codes", [3, REMEMBERED, REMEMBERED + 9])
def test_the_history_is_as_long_as_what_was_said_up_to_a_limit(untrained: TinySpeech, codes: int) -> None:
    before = said(untrained, "今天很好，我们走吧。", codes)
    row = taken(untrained, start_of(untrained, "好。", before))
    assert row.position == min(codes, REMEMBERED)
    assert row.previous() != (0,) * 8
    assert len(row.said) == 0
    ring = untrained._stepper.ring[:, :, 0]
    assert np.abs(ring[:, :, :, : row.position]).sum(axis=(0, 1, 2, 4)).min() > 0
    assert not ring[:, :, :, row.position :].any()
    untrained.release(0)


def test_what_was_said_is_in_the_ring_as_it_was_when_it_was_said(untrained: TinySpeech) -> None:
    """Keys and values of the remembered codes, computed at once, are those that were made one by one.

    The one difference left in is of what follows: the countdown and the text ahead, so the same text follows here.
    """
    whole = start_of(untrained, "好。好。", slot=3)
    units = len(whole.script.units) // 2
    head = untrained.read("好。")
    assert whole.script.tokens[:units] == head.tokens
    untrained.prefill([whole])
    heard: list[Code] = []
    while len(heard) < 6:
        (code,) = untrained.decode([Step(3, 26.0 - len(heard), may_stop=False)])
        assert isinstance(code, Code)
        if code.unit is not None and code.unit >= units:
            break
        heard.append(code)
    live = untrained._stepper.ring[:, :, 3, :, : len(heard)].copy()
    lengths = sum(unit.mean_codes for unit in whole.script.units)
    untrained.release(3)
    script = type(head)(head.text, head.language, whole.script.units[:units], head.words, head.tokens)
    rest = type(head)(head.text, head.language, whole.script.units[units:], head.words, whole.script.tokens[units:])
    assert script.natural_codes + rest.natural_codes == pytest.approx(lengths)
    start = Start(0, rest, whole.voice, whole.emotion, 26.0 - len(heard), 7, Before(script, tuple(heard)))
    taken(untrained, start)
    assert np.allclose(untrained._stepper.ring[:, :, 0, :, : len(heard)], live, atol=1e-4)
    untrained.release(0)


def test_what_a_segment_starts_from_is_a_function_of_what_was_said(untrained: TinySpeech) -> None:
    one, two = said(untrained, "今天很好。", 9), said(untrained, "你说什么？", 9)
    rings = []
    for before in (one, two, one):
        taken(untrained, start_of(untrained, "好。", before))
        rings.append(untrained._stepper.ring[:, :, 0].copy())
        untrained.release(0)
    assert np.array_equal(rings[0], rings[2])
    assert not np.array_equal(rings[0], rings[1])


def test_codes_without_a_place_in_the_text_are_not_remembered(untrained: TinySpeech) -> None:
    before = Before(untrained.read("好。"), (Code(0, 1, None, stop=False),))
    row = taken(untrained, start_of(untrained, "好。", before))
    assert row.position == 0
    untrained.release(0)
