"""What runs next: one batch, chosen by playback deadline.

The order: first fades, and sound for listeners who would run out of it; then new segments, if every listener has
enough sound ahead to wait for them; then one code for every row that is not far enough ahead; then the sound of the
others just in time. This file chooses; it changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from oncue.model.api import ModelSpec
from oncue.streaming.engine.utterance import Utterance
from oncue.streaming.engine.windows import FIRST_RAMP


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What an engine admits and how it shares itself out."""

    utterances: int = 64
    """Lines alive at once, waiting ones included."""
    text_chars: int = 4000
    prefill_rows: int = 4
    urgent_share: float = 0.5
    urgent_s: float = 0.4
    """Below this share of its lead, and this lead at most, a line's sound comes before anything else."""
    prefill_min_lead_s: float = 0.12
    """Lead that every sounding line has before a new one may take the machine."""
    prefill_max_wait_s: float = 0.5
    """A new line waits no longer than this for the others' leads."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One call of the model and the lines in it."""

    kind: Literal["prefill", "decode", "vocode"]
    rows: tuple[Utterance, ...]


class Scheduler:
    """Deadline first. Returns None only when no line can progress without a command or time."""

    def __init__(self, spec: ModelSpec, limits: EngineLimits) -> None:
        self._limits = limits
        self._vocode_rows = spec.vocode_rows
        reserve = max(FIRST_RAMP.reserve, FIRST_RAMP.sizes[-1] + spec.window.lookahead)
        self._reserve_s = float(reserve / spec.codes_per_second)

    def choose(self, lines: Iterable[Utterance], free_slots: int, now: float) -> Batch | None:
        """The next batch, None when everything waits for playback, text or a slot."""
        active = [line for line in lines if not line.held or line.cancelled]
        sounding = sorted((line for line in active if self._may_sound(line, now)), key=lambda line: _need(line, now))
        urgent = [line for line in sounding if self._is_urgent(line, now)]
        if urgent:
            return Batch("vocode", tuple(urgent[: self._vocode_rows]))
        decoding = tuple(line for line in active if line.decoding and self._may_decode(line, now))
        starting = self._starting(active, free_slots, now)
        if starting and self._may_start(starting[0], [*decoding, *sounding], now):
            return Batch("prefill", tuple(starting))
        if decoding:
            return Batch("decode", decoding)
        return Batch("vocode", tuple(sounding[: self._vocode_rows])) if sounding else None

    def when_next(self, lines: Iterable[Utterance], free_slots: int, now: float) -> float:
        """When playback alone will make something to do, after `choose` found nothing; infinite if it will not."""
        times = [math.inf]
        for line in lines:
            if line.held:
                continue
            if line.sounding:
                times.append(line.playback.when_lead_is(line.speak.lead_s, now))
            if line.decoding or (line.waiting and free_slots):
                unsent = line.ahead_s(now) - line.playback.lead_s(now)
                lead = line.speak.lead_s + self._reserve_s - unsent
                times.append(line.playback.when_lead_is(lead, now) if lead > 0 else math.inf)
        return min(times)

    def _may_sound(self, line: Utterance, now: float) -> bool:
        near = line.cancelled or line.playback.lead_s(now) < line.speak.lead_s
        return near and line.sounding is not None

    def _may_decode(self, line: Utterance, now: float) -> bool:
        return line.cancelled or line.ahead_s(now) < line.speak.lead_s + self._reserve_s

    def _is_urgent(self, line: Utterance, now: float) -> bool:
        low = min(self._limits.urgent_share * line.speak.lead_s, self._limits.urgent_s)
        return line.cancelled or not line.playback.sent or line.playback.lead_s(now) < low

    def _starting(self, active: list[Utterance], free_slots: int, now: float) -> list[Utterance]:
        """Lines with a segment to prefill, the most pressing first, as many as there are slots."""
        waiting = [line for line in active if line.waiting and self._may_decode(line, now)]
        waiting.sort(key=lambda line: (-line.speak.priority, _deadline(line, now), line.uid))
        return waiting[: min(free_slots, self._limits.prefill_rows)]

    def _may_start(self, line: Utterance, busy: list[Utterance], now: float) -> bool:
        leads = [each.playback.lead_s(now) for each in busy if each.playback.sent]
        if line.playback.sent:
            may_wait = line.ahead_s(now) >= self._limits.prefill_min_lead_s
        else:
            may_wait = now - line.submitted_at < self._limits.prefill_max_wait_s
        return not may_wait or min(leads, default=math.inf) >= self._limits.prefill_min_lead_s


def _need(line: Utterance, now: float) -> tuple[bool, float, int]:
    """Fades first, then by how soon the listener runs dry."""
    return (not line.cancelled, line.playback.lead_s(now), line.uid)


def _deadline(line: Utterance, now: float) -> float:
    """A new line is late since it was submitted, a running one when its sound runs out."""
    return now + line.ahead_s(now) if line.playback.sent else line.submitted_at
