"""One line from start to done: its segments, its length, its sequences, its listener.

It knows what is left to do and how long it shall be; what is done next among many lines is the
scheduler's choice, and calling the model the engine's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from model.api import Emotion, ModelSpec, Start
from streaming.budget import Promise, Reach, asked_samples, promise, share
from streaming.events import Cancel, DurationTarget, Finished, Mark, Refused, Speak, Started
from streaming.pacing import Playback
from streaming.segmenter import Segmenter
from streaming.sequence import Segment, Sequence
from streaming.stats import Tally
from streaming.timeline import Ruler
from streaming.windows import FIRST_RAMP, NEXT_RAMP, PlannedWindow

SEED_STRIDE = 7919
"""Segments of a line speak with different randomness, fixed by the line's seed."""
MOST_LIVE = 2
"""Slots of one line: a segment is decoded while the one before is still turned into sound."""


class Utterance:
    """Segments are spoken in order, and the sound of one never begins before the last sample of the one before.

    While text may still come, a ratio is kept by every segment for itself, and a length in seconds is left to
    the segments after the end of the text is known: until then segments are natural, or shorter if what is
    known would not fit, and the newest one waits.
    """

    def __init__(self, speak: Speak, emotion: Emotion, spec: ModelSpec, now: float) -> None:
        self.uid = speak.uid
        self.speak = speak
        self.emotion = emotion
        self.duration = speak.duration
        self.segmenter = Segmenter()
        self.text_chars = 0
        self.open = not speak.final
        self.held = False
        self.started = False
        self.cancel: Cancel | None = None
        self.cancel_word: tuple[Sequence, int] | None = None
        self.segments: list[Segment] = []
        self.live: list[Sequence] = []
        self.playback = Playback(spec.sample_rate)
        self.tally = Tally(now)
        self.promised_samples = 0
        self.target_samples: int | None = None
        self._spec = spec
        self._begun = 0
        self._past_samples = 0
        self._last_char = 0

    @property
    def natural_samples(self) -> float:
        """Natural length of all text known."""
        return sum(map(self._natural, self.segments))

    @property
    def waiting(self) -> Segment | None:
        """The segment to prefill next, if one may be."""
        last = len(self.segments) - (1 if self.open and self.duration.seconds is not None else 0)
        ready = self._begun < last and len(self.live) < MOST_LIVE and all(seq.decode_done for seq in self.live)
        return self.segments[self._begun] if ready and self.cancel is None else None

    @property
    def decoding(self) -> Sequence | None:
        """The sequence whose codes are being made."""
        return self.live[-1] if self.live and not self.live[-1].decode_done else None

    @property
    def sounding(self) -> Sequence | None:
        """The sequence that has a window to be turned into sound."""
        return self.live[0] if self.live and self.live[0].windows else None

    @property
    def complete(self) -> bool:
        """Everything was said and nothing will be added."""
        return not self.open and not self.live and self._begun == len(self.segments)

    @property
    def all_decoded(self) -> bool:
        """The last code of the last segment is known."""
        begun = self._begun == len(self.segments) and not self.open
        return begun and all(sequence.decode_done for sequence in self.live)

    def cut_samples(self, sequence: Sequence, window: PlannedWindow, begin: int) -> int | None:
        """Where in a window that just became sound a cancelled line begins to fade; None while it goes on."""
        if self.cancel is None:
            return None
        if self.cancel_word is None or self.cancel_word[0] is not sequence:
            return 0
        end = sequence.timeline.word_end(self.cancel_word[1])
        if end is None or end.code >= window.end:
            return None
        ruler = Ruler(sequence.planner.spans, float(self._spec.samples_per_code))
        cut = round(ruler.at(end.code + end.part)) + self._spec.vocoder_delay_samples - begin
        return max(0, cut) if cut < window.samples else None

    def absolute_marks(self, window: PlannedWindow, base: int) -> tuple[Mark, ...]:
        """A window's marks on the line's clock."""
        return tuple(replace(mark, start=mark.start + base, end=mark.end + base) for mark in window.marks)

    def ahead_s(self, now: float) -> float:
        """Seconds of sound decoded ahead of the listener, sent or not."""
        unsent = sum(sequence.unvocoded_samples for sequence in self.live)
        return self.playback.lead_s(now) + unsent / self._spec.sample_rate

    def settle(self) -> Promise:
        """Decide the line's length from all text known, and share it out. Raises DurationInfeasible if strict."""
        if self.open and self.duration.seconds is not None:
            return Promise(None)
        decided = promise(self.duration, self.natural_samples, self._reach(), self._spec.sample_rate, self.speak.strict)
        if not self.open:
            self._aim(decided.samples)
        return decided

    def resettle(self) -> str | None:
        """Decide the length at the end of the text; the line plays, so the nearest length is taken, with a warning."""
        if self.duration.seconds is None:
            targets = [sequence.planner.target for sequence in self.live] + list(map(self._ratio_target, self._coming))
            known = [target for target in targets if target is not None]
            self.target_samples = None if self.duration.is_free else self._past_samples + sum(known)
            return None
        decided = promise(self.duration, self.natural_samples, self._reach(), self._spec.sample_rate, False)
        self._aim(decided.samples)
        return decided.warning

    def retarget(self, duration: DurationTarget) -> Promise:
        """Another length for a line under way. Raises DurationInfeasible and changes nothing when out of reach."""
        if self.open and (duration.seconds is not None or not self.segments):
            self.duration = duration
            return Promise(None)
        decided = promise(duration, self.natural_samples, self._reach(), self._spec.sample_rate, True)
        self.duration = duration
        self._aim(decided.samples)
        if self.open:
            self.target_samples = None
        return decided

    def begin(self, slot: int) -> Start:
        """The waiting segment enters a slot."""
        segment = self.waiting
        assert segment is not None
        target = self._target(segment)
        self._begun += 1
        self.tally.prefills += 1
        ramp = NEXT_RAMP if segment.index else FIRST_RAMP
        self.live.append(Sequence(segment, slot, self._spec, target, ramp))
        codes = segment.script.natural_codes if target is None else float(target / self._spec.samples_per_code)
        seed = self.speak.seed + SEED_STRIDE * segment.index
        return Start(slot, segment.script, self.speak.voice, self.emotion, codes, seed)

    def feel(self, emotion: Emotion) -> None:
        """Another emotion for all that is not decoded."""
        self.emotion = emotion
        if self.decoding is not None:
            self.decoding.feel(emotion)

    def retire(self, sequence: Sequence) -> None:
        """A sequence whose slot is given back."""
        self.live.remove(sequence)
        self._past_samples += sequence.vocoded_samples
        self.tally.forced_steps += sequence.planner.forced_steps
        self.tally.spans.extend(sequence.planner.spans[: sequence.vocoded_codes])
        self.tally.lookaheads.extend(sequence.lookaheads)
        if sequence.vocoded_codes:
            self._last_char = sequence.timeline.char_at(sequence.vocoded_codes - 1)

    def estimate(self) -> int:
        """The line's length in samples as far as it is known now."""
        if self.target_samples is not None:
            return self.target_samples
        coming = sum(map(self._natural, self._coming))
        return round(self._past_samples + sum(sequence.planner.estimate for sequence in self.live) + coming)

    def start(self, decided: Promise) -> Started:
        """The promise before any sound."""
        self.started = True
        self.promised_samples = self.estimate()
        return Started(self.uid, self.promised_samples, self.target_samples, decided.warning)

    def finish(self, reason: Literal["complete", "cancelled", "failed"], error: Refused | None, now: float) -> Finished:
        """The one terminal event; every sequence is retired before."""
        assert not self.live
        sent, rate = self.playback.sent, self._spec.sample_rate
        stats = self.tally.numbers(sent, self.natural_samples, rate, float(self._spec.samples_per_code), now)
        if self.target_samples is not None:
            stats["target_s"] = self.target_samples / rate
        last_char = self.text_chars if reason == "complete" else self._last_char
        return Finished(self.uid, reason, sent, self.target_samples, last_char, stats, error)

    @property
    def _coming(self) -> list[Segment]:
        return self.segments[self._begun :]

    def _natural(self, segment: Segment) -> float:
        return segment.script.natural_codes * float(self._spec.samples_per_code)

    def _reach_of(self, segment: Segment) -> Reach:
        natural = self._natural(segment)
        return Reach(self._spec.ratio[0] * natural, natural, self._spec.ratio[1] * natural)

    def _reach(self) -> Reach:
        past = Reach(self._past_samples, self._past_samples, self._past_samples)
        return sum(self._pieces(), past)

    def _pieces(self) -> list[Reach]:
        """What each segment that is not past can still become."""
        coming = [self._reach_of(segment) for segment in self._coming]
        return [sequence.reach() for sequence in self.live] + coming

    def _aim(self, samples: int | None) -> None:
        """Set the line's length and give what is under way its share of it."""
        self.target_samples = samples
        shares: tuple[int | None, ...] = (None,) * len(self.live)
        pieces = self._pieces()
        if samples is not None and pieces:
            shares = share(samples - self._past_samples, pieces)
        for sequence, target in zip(self.live, shares, strict=False):
            if sequence.planner.target != target:
                sequence.retarget(target)

    def _target(self, segment: Segment) -> int | None:
        """The length of the next segment, given what those before it became."""
        coming = [self._reach_of(each) for each in self._coming]
        spent = self._past_samples + sum(sequence.planner.planned_samples for sequence in self.live)
        if self.target_samples is not None:
            return share(self.target_samples - spent, coming)[0]
        if self.open and self.duration.seconds is not None:
            left = self.duration.seconds * self._spec.sample_rate - spent
            known = sum(reach.natural for reach in coming)
            return round(self._natural(segment) * min(1.0, max(left / known, self._spec.ratio[0])))
        return self._ratio_target(segment)

    def _ratio_target(self, segment: Segment) -> int | None:
        """The length of a segment by itself."""
        low, high = self._spec.ratio
        ratio = None if self.duration.ratio is None else min(max(self.duration.ratio, low), high)
        return asked_samples(DurationTarget(ratio=ratio), self._natural(segment), self._spec.sample_rate)
