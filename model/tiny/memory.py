"""A segment that goes on where another ended: the decoder hears the last codes of the one before as its own history.

So level, melody and pace are carried over the join as they are from clause to clause within a line, which is what the
decoder was trained on. Everything comes from values: the script and the codes of the segment before (`Start.before`).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from oncue.model.api import Before, Start
from oncue.model.tiny.layout import ATTENTION_WINDOW, MAX_ADVANCE, NUM_DIGITS, READ_AHEAD, unpack
from oncue.model.tiny.rows import NOTHING, Memory, Reading, natural_after, natural_lengths
from oncue.model.tiny.runtime import Runtime
from oncue.model.tiny.steps import IMPOSSIBLE, rotary, timing_features

REMEMBERED = ATTENTION_WINDOW // 2
"""Codes of the segment before that are heard again: 1.3 s; half of the window, so that a short one costs little."""
TEXT_REACH = 12
"""How many units to each side the text encoder sees."""
TEXT_KERNEL = 7

Array = NDArray[np.float32]
Tokens = tuple[tuple[int, ...], ...]


def prefill(runtime: Runtime, start: Start, ring: Array, condition: Array) -> tuple[Reading, Memory]:
    """Read the script, and fill a row's ring [layers, 2, heads, window, head_dim] with what is remembered.

    `condition` [CONDITION_DIM] is that of the new segment; the history is heard in it.
    """
    before = start.before
    if before is None or not before.codes or any(code.unit is None for code in before.codes):
        return _reading(*read(runtime, start.script.tokens)), NOTHING
    pointers = [0, *(code.unit or 0 for code in before.codes)]  # before each code, and after the last
    first = max(0, len(before.codes) - REMEMBERED)
    cut = max(0, pointers[first] - TEXT_REACH)
    told = before.script.tokens[cut:]
    seen, arrived = read(runtime, (*told, *start.script.tokens))
    digits = [(0,) * NUM_DIGITS, *(tuple(digit + 1 for digit in unpack(code.value)) for code in before.codes)]
    codes = len(before.codes) - first
    cos, sin = rotary(np.arange(codes), ring.shape[-1])
    parts = runtime.graph("history")(
        previous=np.array(digits[first:-1]),
        seen=seen[[pointer - cut for pointer in pointers[first:-1]]],
        timing=_timing(before, start, pointers)[first:],
        condition=np.tile(condition, (codes, 1)),
        number=np.arange(codes)[:, None],
        cos=cos,
        sin=sin,
        mask=np.triu(np.full((codes, codes), IMPOSSIBLE), 1),
    )
    for layer, (keys, values) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
        ring[layer, 0, :, :codes], ring[layer, 1, :, :codes] = keys, values
    return _reading(seen[len(told) :], arrived[len(told) :]), Memory(codes, digits[-1])


def read(runtime: Runtime, tokens: Tokens) -> tuple[Array, Array]:
    """What steps read of a text, and what the digits are told on arriving, both [units, dim]."""
    at = np.arange(len(tokens))[:, None]
    near, ahead = at + np.arange(TEXT_KERNEL), at + np.arange(READ_AHEAD)
    seen, arrived = runtime.graph("script")(**columns(tokens), near=near, ahead=ahead)
    return seen, arrived


def columns(tokens: Tokens) -> dict[str, NDArray[np.int64]]:
    """Tokens as the graphs take them."""
    phones, tones, words = np.array(tokens, np.int64).T
    return {"phones": phones, "tones": tones, "words": words}


def _reading(seen: Array, arrived: Array) -> Reading:
    return Reading(seen, np.concatenate([arrived, np.repeat(arrived[-1:], MAX_ADVANCE, axis=0)]))


def _timing(before: Before, start: Start, pointers: list[int]) -> Array:
    """The countdown at each code of the segment before as if both were one line, [codes, NUM_TIMING]."""
    natural = natural_lengths(before.script, start.voice)
    after = natural_after(natural)
    coming = sum(natural_lengths(start.script, start.voice))
    spent = [0]
    for at, then in pairwise(pointers):
        spent.append(spent[-1] + 1 if then == at else 1)
    codes = len(before.codes)
    rows = [
        (codes - index + start.planned_codes, max(natural[p] - d, 0.0) + after[p] + coming, float(d), natural[p], index)
        for index, (p, d) in enumerate(zip(pointers[:-1], spent[:-1], strict=True))
    ]  # fmt: skip
    return timing_features(np.array(rows, np.float32))
