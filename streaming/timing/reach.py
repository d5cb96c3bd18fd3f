"""What the parts of a segment can still become: text that waits by the family's ratio, decoded codes by the time map.

A part lies between two units, so that cues can stand between them. Nothing is promised here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from oncue.model.api import ModelSpec, Script
from oncue.streaming.timing.budget import Reach
from oncue.streaming.timing.planner import Planner


def of_script(script: Script, spec: ModelSpec, cuts: Sequence[int] = ()) -> list[Reach]:
    """The parts before, between and after the units `cuts` of a script nobody has begun, in samples."""
    scale = float(spec.samples_per_code)
    found = []
    for first, last in pairwise([0, *cuts, len(script.units)]):
        natural = scale * sum(unit.mean_codes for unit in script.units[first:last])
        give = scale * sum(unit.mean_codes * unit.elasticity for unit in script.units[first:last])
        found.append(Reach(spec.ratio[0] * natural, natural, spec.ratio[1] * natural, give))
    return found


def of_planner(planner: Planner, spec: ModelSpec, kept: int, cuts: Sequence[int] = ()) -> list[Reach]:
    """The same of a segment under way, if its first `kept` codes keep their spans, in samples."""
    units = [0, *cuts, planner.progress.end]
    return [_between(planner, spec, kept, first, last) for first, last in pairwise(units)]


def _between(planner: Planner, spec: ModelSpec, kept: int, first: int, last: int) -> Reach:
    progress, scale = planner.progress, float(spec.samples_per_code)
    begin, end = progress.began(first), progress.began(last)
    codes = np.arange(progress.decoded)
    share = np.clip(np.minimum(codes + 1, end) - np.maximum(codes, begin), 0.0, 1.0)
    sound = float(share[:kept] @ np.array(planner.spans[:kept], dtype=float))
    limits = planner.ladder.hard if planner.stopped or math.isfinite(end) else planner.ladder.firm
    queued = progress.units[kept:]
    queue = limits.elastic(share[kept:], progress.exponents[queued], progress.pauses[queued], 0.0)
    left = 0.0 if planner.stopped else progress.left(last) - progress.left(first)
    low = float(queue.codes @ queue.low) + spec.ratio[0] * left
    high = float(queue.codes @ queue.high) + spec.ratio[1] * left
    unit = last if planner.stopped else min(max(progress.pointer, first), last)
    give = float(queue.codes @ queue.exponents) + progress.give_after[unit] - progress.give_after[last]
    natural = min(max(float(queue.codes.sum()) + left, low), high)
    return Reach(sound + low * scale, sound + natural * scale, sound + high * scale, give * scale)
