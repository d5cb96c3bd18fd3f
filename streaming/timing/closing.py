"""Where the speech of a line's last segment ends: the pause after its last word keeps its natural length.

A listener hears the last word end, not the last sample: so a length in which the closing pause takes up what the
plan missed is met by silence. The pause gives way only where the speech before it has no more to give. Nothing is
placed here; the planner takes the answer as one more goal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from oncue.model.api import ModelSpec
from oncue.streaming.timing.goals import Waypoint
from oncue.streaming.timing.progress import Progress
from oncue.streaming.timing.time_map import TimeMap


def speech_end(
    target: int, waypoints: Sequence[Waypoint], progress: Progress, time_map: TimeMap, spec: ModelSpec
) -> Waypoint | None:
    """The closing pause and the sample at which it begins in a segment of `target` samples.

    None where there is no such pause, where it is not known when it begins, and where it has begun to sound.
    """
    pause, placed = progress.closing_pause, len(time_map.spans)
    if not 0 < pause < progress.end or progress.began(pause) <= placed:
        return None
    last = next((point for point in reversed(waypoints) if progress.began(point.unit) > placed), None)
    at, begins = (time_map.samples, float(placed)) if last is None else (last.samples, progress.began(last.unit))
    decoded = max(0.0, min(progress.began(pause), float(progress.decoded)) - begins)
    coming = progress.left(pause) - (progress.left(last.unit) if last is not None and math.isinf(begins) else 0.0)
    low, high = (stretch * decoded + ratio * coming for stretch, ratio in zip(spec.stretch, spec.ratio, strict=True))
    room = target - at - spec.vocoder_delay_samples  # the last word is heard so much later than its code
    speech = min(max(time_map.codes_of(room) - progress.after[pause], low), high)
    return Waypoint(pause, min(target, at + round(speech * float(spec.samples_per_code))))
