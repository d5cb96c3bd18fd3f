"""What runs next: one batch, chosen by playback deadline.

The order: first fades, and sound for listeners who would run out of it; then new segments, if every listener has
enough sound ahead to wait for them; then one code for every row that is due; then the sound of the others just in time.
Lines that are not heard yet go before others in each of them. This file chooses; it changes nothing.

A row beside others costs a fraction of a row alone, and a line far enough ahead has time. So where nobody would hear the
difference lines wait for each other: such a line is due a code only every so often, and when one is due, all that
would be soon get theirs with it; sound is made for nobody until one lacks some, and then for all that could take it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from oncue.model.api import ModelSpec
from oncue.streaming.engine.utterance import Utterance
from oncue.streaming.engine.windows import FIRST_RAMP

SHORTEST_PAUSE_S = 0.004
"""Between two codes of a line; a shorter one would be over before the step is."""
JOINS = 0.5
"""A line that has waited for so much of its pause between two codes takes part when another's is over."""


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
    sound_share: float = 0.8
    """Below this share of its lead a line asks for sound; one that lacks less takes part when others do."""
    hungry_s: float = 0.3
    """A line that is not heard yet, or has less sound and codes than this ahead, gets codes as fast as can be."""
    catch_up_s: float = 0.5
    """A line that is not hungry gets codes so fast that its lead would be whole in about this time."""
    prefill_min_lead_s: float = 0.12
    """Lead that every sounding line has before a new one may take the machine."""
    prefill_max_wait_s: float = 0.5
    """A new line waits no longer than this for the others' leads."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One call of the model and the lines in it."""

    kind: Literal["prefill", "decode", "vocode"]
    rows: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class _Standing:
    """A line and how far ahead of its listener it is now, in seconds: `lead_s` of sound, `ahead_s` of codes as well."""

    line: Utterance
    lead_s: float
    ahead_s: float


class Scheduler:
    """Deadline first. Returns None only when no line can progress without a command or time."""

    def __init__(self, spec: ModelSpec, limits: EngineLimits) -> None:
        self._limits = limits
        self._vocode_rows = spec.vocode_rows
        reserve = max(FIRST_RAMP.reserve, FIRST_RAMP.sizes[-1] + spec.window.lookahead)
        self._reserve_s = float(reserve / spec.codes_per_second)
        self._code_s = float(1 / spec.codes_per_second)

    def choose(self, lines: Iterable[Utterance], free_slots: int, now: float) -> Batch | None:
        """The next batch, None when everything waits for playback, text or a slot."""
        active = [
            _Standing(line, line.playback.lead_s(now), line.ahead_s(now))
            for line in lines
            if not line.held or line.cancelled
        ]
        sounding = sorted((each for each in active if _may_sound(each)), key=_need)
        urgent = [each for each in sounding if self._is_urgent(each)]
        if urgent:
            return _batch("vocode", _first_to_be_heard(urgent)[: self._vocode_rows])
        decoding = [each for each in active if each.line.decoding and self._may_decode(each)]
        starting = self._starting(active, free_slots, now)
        if starting and self._may_start(starting[0], [*decoding, *sounding], now):
            return _batch("prefill", starting)
        if any(self._due_at(each) <= now for each in decoding):
            return _batch("decode", _first_to_be_heard(each for each in decoding if self._due_at(each, JOINS) <= now))
        if any(self._asks_for_sound(each) for each in sounding):
            return _batch("vocode", sounding[: self._vocode_rows])
        return None

    def when_next(self, lines: Iterable[Utterance], free_slots: int, now: float) -> float:
        """When time alone will make something to do, after `choose` found nothing; infinite if it will not."""
        times = [math.inf]
        for line in lines:
            if line.held:
                continue
            if line.sounding:
                times.append(line.playback.when_lead_is(self._limits.sound_share * line.speak.lead_s, now))
            if line.decoding or (line.waiting and free_slots):
                standing = _Standing(line, line.playback.lead_s(now), line.ahead_s(now))
                lead = self._most_ahead_s(line) - (standing.ahead_s - standing.lead_s)
                low_at = line.playback.when_lead_is(lead, now) if lead > 0 else math.inf
                times.append(max(low_at, self._due_at(standing)) if line.decoding else low_at)
        return min(times)

    def _most_ahead_s(self, line: Utterance) -> float:
        """Decoded so far ahead, a line has all that its lead and its windows need."""
        return line.speak.lead_s + self._reserve_s

    def _may_decode(self, standing: _Standing) -> bool:
        return standing.line.cancelled or standing.ahead_s < self._most_ahead_s(standing.line)

    def _due_at(self, standing: _Standing, share: float = 1.0) -> float:
        """When a line that may be decoded has waited for `share` of its pause between two codes; hungry, it has none."""
        line, limits = standing.line, self._limits
        if line.cancelled or not line.playback.sent or standing.ahead_s < limits.hungry_s:
            return -math.inf
        lack = max(0.0, self._most_ahead_s(line) - standing.ahead_s)
        pause = self._code_s / (1 + lack / limits.catch_up_s)
        return line.decoded_at + share * pause if pause > SHORTEST_PAUSE_S else -math.inf

    def _asks_for_sound(self, standing: _Standing) -> bool:
        line = standing.line
        return line.cancelled or standing.lead_s < self._limits.sound_share * line.speak.lead_s

    def _is_urgent(self, standing: _Standing) -> bool:
        line = standing.line
        low = min(self._limits.urgent_share * line.speak.lead_s, self._limits.urgent_s)
        return line.cancelled or not line.playback.sent or standing.lead_s < low

    def _starting(self, active: Sequence[_Standing], free_slots: int, now: float) -> list[_Standing]:
        """Lines with a segment to prefill, the most pressing first, as many as there are slots."""
        waiting = [each for each in active if each.line.waiting and self._may_decode(each)]
        waiting.sort(key=lambda each: (-each.line.speak.priority, _deadline(each, now), each.line.uid))
        return waiting[: min(free_slots, self._limits.prefill_rows)]

    def _may_start(self, first: _Standing, busy: Sequence[_Standing], now: float) -> bool:
        leads = [each.lead_s for each in busy if each.line.playback.sent]
        if first.line.playback.sent:
            may_wait = first.ahead_s >= self._limits.prefill_min_lead_s
        else:
            may_wait = now - first.line.submitted_at < self._limits.prefill_max_wait_s
        return not may_wait or min(leads, default=math.inf) >= self._limits.prefill_min_lead_s


def _batch(kind: Literal["prefill", "decode", "vocode"], rows: Iterable[_Standing]) -> Batch:
    return Batch(kind, tuple(each.line for each in rows))


def _first_to_be_heard(rows: Iterable[_Standing]) -> list[_Standing]:
    """Fades and lines of which nothing is heard yet, where there are any: beside others their few calls would take longer."""
    rows = list(rows)
    return [each for each in rows if each.line.cancelled or not each.line.playback.sent] or rows


def _may_sound(standing: _Standing) -> bool:
    line = standing.line
    return line.sounding is not None and (line.cancelled or standing.lead_s < line.speak.lead_s)


def _need(standing: _Standing) -> tuple[bool, float, int]:
    """Fades first, then by how soon the listener runs dry."""
    return (not standing.line.cancelled, standing.lead_s, standing.line.uid)


def _deadline(standing: _Standing, now: float) -> float:
    """A new line is late since it was submitted, a running one when its sound runs out."""
    line = standing.line
    return now + standing.ahead_s if line.playback.sent else line.submitted_at
