"""A segment that goes on where another ended: the decoder hears the last codes of the one before as its own history.

So level, melody and pace are carried over the join as they are from clause to clause within a line, which is what the
decoder was trained on. Everything comes from values: the script and the codes of the segment before (`Start.before`).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from oncue.model.api import Before, Start
from oncue.model.tiny.decoder import Decoder, Reading, StepInput, timing_features
from oncue.model.tiny.layout import ATTENTION_WINDOW, NUM_DIGITS, unpack
from oncue.model.tiny.rows import NOTHING, Memory, natural_after, natural_lengths

REMEMBERED = ATTENTION_WINDOW // 2
"""Codes of the segment before that are heard again: 1.3 s; half of the window, so that a short one costs little."""
TEXT_REACH = 12
"""How many units to each side the text encoder sees."""


def prefill(decoder: Decoder, start: Start, ring: Tensor, condition: Tensor) -> tuple[Reading, Memory]:
    """Read the script, and fill a row's ring [layers, 2, heads, window, head_dim] with what is remembered.

    `condition` [CONDITION_DIM] is that of the new segment; the history is heard in it.
    """
    before = start.before
    if before is None or not before.codes or any(code.unit is None for code in before.codes):
        return decoder.reading_of(_encoded(decoder, start.script.tokens)), NOTHING
    pointers = [0, *(code.unit or 0 for code in before.codes)]  # before each code, and after the last
    first = max(0, len(before.codes) - REMEMBERED)
    cut = max(0, pointers[first] - TEXT_REACH)
    told = before.script.tokens[cut:]
    text = _encoded(decoder, (*told, *start.script.tokens))
    digits = [(0,) * NUM_DIGITS, *(tuple(digit + 1 for digit in unpack(code.value)) for code in before.codes)]
    x = StepInput(
        torch.tensor([digits[first:-1]]),
        torch.tensor([[pointer - cut for pointer in pointers[first:-1]]]),
        _timing(before, start, pointers)[first:].unsqueeze(0),
        condition.view(1, 1, -1),
    )
    decoder.body.fill(decoder.embed(x, text.unsqueeze(0)), ring)
    return decoder.reading_of(text[len(told) :]), Memory(len(before.codes) - first, digits[-1])


def _encoded(decoder: Decoder, tokens: tuple[tuple[int, ...], ...]) -> Tensor:
    text: Tensor = decoder.text(*torch.tensor(tokens).t().unsqueeze(1))[0]
    return text


def _timing(before: Before, start: Start, pointers: list[int]) -> Tensor:
    """The countdown at each code of the segment before as if both were one line, [codes, NUM_TIMING]."""
    natural = natural_lengths(before.script, start.voice)
    after = natural_after(natural)
    coming = sum(natural_lengths(start.script, start.voice))
    spent = [0]
    for at, then in pairwise(pointers):
        spent.append(spent[-1] + 1 if then == at else 1)
    codes = len(before.codes)
    rows = [
        (codes - index + start.planned_codes, max(natural[p] - d, 0.0) + after[p] + coming, float(d), natural[p])
        for index, (p, d) in enumerate(zip(pointers[:-1], spent[:-1], strict=True))
    ]  # fmt: skip
    left, natural_left, dwell, unit = torch.tensor(rows).unbind(1)
    return timing_features(left, natural_left, dwell, unit, torch.ones(codes), torch.arange(codes))
