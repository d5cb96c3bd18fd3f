"""One line from start to done: its segments, its length, its sequences, its listener.

It knows what is left to do and how long it shall be; what is done next among many lines is the
scheduler's choice, and calling the model the engine's.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from oncue.model.api import Before, EmotionConditioning, ModelSpec, Start
from oncue.streaming.engine.events import Cancel, DurationTarget, Finished, Refused, Speak, Started
from oncue.streaming.engine.playback_clock import Playback
from oncue.streaming.engine.segmenter import Segmenter
from oncue.streaming.engine.sequence import Segment, Sequence
from oncue.streaming.engine.stats import Tally
from oncue.streaming.engine.timeline import Outgoing, Ruler
from oncue.streaming.engine.windows import FIRST_RAMP, NEXT_RAMP, PlannedWindow
from oncue.streaming.protocol.errors import BadMessage, DurationInfeasible
from oncue.streaming.timing import lengths
from oncue.streaming.timing.budget import Promise, Reach, promise
from oncue.streaming.timing.cues import told
from oncue.streaming.timing.goals import Carry
from oncue.streaming.timing.lengths import Course

SEED_STRIDE = 7919
"""Segments of a line speak with different randomness, fixed by the line's seed."""
LOW_LEAD_S = 0.5
"""With less sound than this ahead of the listener, text is not kept waiting for the end of its clause."""
MOST_LIVE = 2
"""Slots of one line: a segment is decoded while the one before is still turned into sound."""


class Utterance:
    """Segments are spoken in order, and the sound of one never begins before the last sample of the one before.

    While text may still come, a ratio is kept by every segment for itself, and a length in seconds is left to
    the segments after the end of the text is known: until then segments are natural, or shorter if what is
    known would not fit, and the newest one waits.
    """

    def __init__(self, speak: Speak, emotion: EmotionConditioning, spec: ModelSpec, now: float) -> None:
        self.uid = speak.uid
        self.speak = speak
        self.emotion = emotion
        self.duration = speak.duration
        self.segmenter = Segmenter()
        self.text_chars = 0
        self._waiting_since: float | None = None
        """When the text came that is in no segment yet."""
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
        self._even = False
        """One ratio for every segment, as long as nobody changes the length of a line under way."""
        self._warned = 0
        """Segments whose warnings were passed on."""
        self._carry: Carry | None = None
        self._before: Before | None = None
        self.marks = Outgoing()

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

    def ahead_s(self, now: float) -> float:
        """Seconds of sound decoded ahead of the listener, sent or not."""
        unsent = sum(sequence.unvocoded_samples for sequence in self.live)
        return self.playback.lead_s(now) + unsent / self._spec.sample_rate

    def note_text(self, now: float, *, cut: bool) -> None:
        """Text was taken in; `cut` says whether segments were made of what waited before."""
        if not self.open or not self.segmenter.waiting_chars:
            self._waiting_since = None
        elif cut or self._waiting_since is None:
            self._waiting_since = now

    def early_at(self, now: float) -> float:
        """When what waits should be broken off because its writer is slow; infinite if it should not.

        That is when text has waited for `max_wait_s` and the listener is about to run dry. A length in seconds and
        cues are shared out over the whole text, so they wait for it.
        """
        bound = self.duration.seconds is not None or self.duration.cues or self.cancel is not None
        busy = self._begun < len(self.segments) or self.decoding is not None
        if self._waiting_since is None or bound or busy or not self.segmenter.early_end:
            return math.inf
        unsent = sum(sequence.unvocoded_samples for sequence in self.live) / self._spec.sample_rate
        low = self.playback.when_lead_is(LOW_LEAD_S - unsent, now) if unsent < LOW_LEAD_S else math.inf
        return max(self._waiting_since + self.speak.max_wait_s, low)

    def settle(self) -> Promise:
        """Decide the line's length from all text known, and share it out. Raises DurationInfeasible if strict."""
        if self.open and self.duration.seconds is not None:
            return Promise(None)
        self._even = self.duration.ratio is not None and not self.duration.cues
        self._check_cues(self.duration)
        decided = self._decide(self.duration, self.speak.strict)
        if not self.open:
            self._aim(decided.samples)
        return decided

    def resettle(self) -> str | None:
        """Decide the length at the end of the text; the line plays, so the nearest length is taken, with a warning."""
        if self.duration.seconds is None and not self.duration.cues:
            targets = [sequence.planner.target for sequence in self.live] + list(map(self._ratio_target, self._coming))
            known = [target for target in targets if target is not None]
            self.target_samples = None if self.duration.is_free else self._past_samples + sum(known)
            return None
        decided = self._decide(self.duration, strict=False)
        self._aim(decided.samples)
        return decided.warning

    def retarget(self, duration: DurationTarget) -> Promise:
        """Another length for a line under way. Raises DurationInfeasible and changes nothing when out of reach."""
        if self.open and (duration.seconds is not None or not self.segments):
            self.duration = duration
            return Promise(None)
        self._check_cues(duration)
        decided = self._decide(duration, strict=True)
        self.duration, self._even = duration, False
        self._aim(decided.samples)
        if self.open:
            self.target_samples = None
        return decided

    def begin(self, slot: int) -> Start:
        """The waiting segment enters a slot."""
        segment = self.waiting
        assert segment is not None
        course, last = self._course(segment), self.live[-1] if self.live else None
        carry, before = (last.planner.carry, last.before()) if last else (self._carry, self._before)
        target = course.target
        self._begun += 1
        self.tally.prefills += 1
        ramp = NEXT_RAMP if segment.index else FIRST_RAMP
        end, pace = self._closes(segment), self.emotion.pace
        self.live.append(
            Sequence(segment, slot, self._spec, target, ramp, course.waypoints, carry, closing=end, pace=pace)
        )
        codes = pace * segment.script.natural_codes if target is None else float(target / self._spec.samples_per_code)
        seed = self.speak.seed + SEED_STRIDE * segment.index
        return Start(slot, segment.script, self.speak.voice, self.emotion, codes, seed, before)

    def feel(self, emotion: EmotionConditioning) -> None:
        """Another emotion for all that is not decoded."""
        self.emotion = emotion
        if self.decoding is not None:
            self.decoding.feel(emotion)

    def retire(self, sequence: Sequence) -> None:
        """A sequence whose slot is given back."""
        self.live.remove(sequence)
        if sequence.vocoded_codes:
            self._last_char = sequence.timeline.char_at(self._last_code(sequence))
        self._past_samples += sequence.vocoded_samples
        self._carry, self._before = sequence.planner.carry, sequence.before()
        self.tally.add(sequence.planner, sequence.vocoded_codes)
        self.tally.lookaheads.extend(sequence.lookaheads)

    def estimate(self) -> int:
        """The line's length in samples as far as it is known now."""
        if self.target_samples is not None:
            return self.target_samples
        now = self._past_samples + sum(sequence.planner.estimate for sequence in self.live)
        return round(now + self._coming_estimate(round(now)))

    def start(self, decided: Promise) -> Started:
        """The promise before any sound."""
        self.started = True
        self.promised_samples = self.estimate()
        warning = joined(decided.warning, self.text_warning())
        return Started(self.uid, self.promised_samples, self.target_samples, warning)

    def text_warning(self) -> str | None:
        """What the model warns of in the segments that came since the last call, each sentence once for the line."""
        known = {warning for segment in self.segments[: self._warned] for warning in segment.script.warnings}
        found = dict.fromkeys(
            warning for segment in self.segments[self._warned :] for warning in segment.script.warnings
        )
        self._warned = len(self.segments)
        return joined(*(warning for warning in found if warning not in known))

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

    def _last_code(self, sequence: Sequence) -> int:
        """The last code of a sequence that was sent whole; a cancelled line is cut inside a window."""
        heard = self.playback.sent - self._past_samples - self._spec.vocoder_delay_samples
        ends = np.cumsum(sequence.planner.spans[: sequence.vocoded_codes])
        return int(np.searchsorted(ends, heard, side="right")) - 1

    def _natural(self, segment: Segment) -> float:
        return segment.script.natural_codes * float(self._spec.samples_per_code)

    def _check_cues(self, duration: DurationTarget) -> None:
        """Raise BadMessage for a cue that means no word, or that comes when the text is cut already and must not be."""
        if duration.cues and self.started and not self._spec.tracks_progress:
            raise BadMessage("This model cannot place words of a line under way: give its cues with speak.")
        end = lengths.spoken_end(self.segments)
        for cue in duration.cues if not self.open else ():
            if cue.char >= end:
                raise BadMessage(f"No word of the line lies at or after character {cue.char}: move or remove the cue.")

    def _parts(self, duration: DurationTarget) -> list[lengths.Part]:
        return lengths.parts(duration.cues, self.segments, self.live, self._begun)

    def _decide(self, duration: DurationTarget, strict: bool) -> Promise:
        """The length and the cues that will be met, with a warning of what will not; raises if `strict`."""
        parts, rate = self._parts(duration), self._spec.sample_rate
        past = Reach(self._past_samples, self._past_samples, self._past_samples, 0.0)
        decided = promise(duration, self.natural_samples, past + lengths.whole(parts, self._spec), rate, strict)
        misses = lengths.share_out(parts, self._spec, self._past_samples, decided.samples)[1]
        warning = told(misses, rate)
        if warning is not None and strict:
            first = misses[0]
            raise DurationInfeasible(warning, nearest_s=first.samples / rate, char=float(first.cue.char))
        return Promise(decided.samples, joined(decided.warning, warning))

    def _aim(self, samples: int | None) -> None:
        """Set the line's length and give what is under way its share of it."""
        self.target_samples = samples
        courses = lengths.share_out(self._parts(self.duration), self._spec, self._past_samples, samples)[0]
        for sequence, course in zip(self.live, courses, strict=False):
            planner, closing = sequence.planner, self._closes(sequence.segment)
            if (planner.target, planner.waypoints, planner.closing) != (course.target, course.waypoints, closing):
                sequence.retarget(course.target, course.waypoints, closing=closing)

    def _closes(self, segment: Segment) -> bool:
        """Whether the line ends with a segment, as far as its characters alone can tell, however they came."""
        return not self.open and segment.char_start + len(segment.script.text) == self.text_chars

    def _coming_courses(self, at: int) -> list[Course]:
        """Courses of the segments that wait, the first of which begins at sample `at`."""
        parts = self._parts(self.duration)[len(self.live) :]
        return lengths.share_out(parts, self._spec, at, self.target_samples)[0]

    def _coming_estimate(self, at: int) -> float:
        if not self.duration.cues:
            return self.emotion.pace * sum(map(self._natural, self._coming))
        courses = zip(self._coming_courses(at), self._coming, strict=True)
        return sum(
            lengths.expected(course, segment.script, self._spec, self.emotion.pace) for course, segment in courses
        )

    def _course(self, segment: Segment) -> Course:
        """What is asked of the next segment, given what those before it became."""
        if self._even and (self.open or segment is not self.segments[-1]):
            return Course(self._ratio_target(segment))
        spent = self._past_samples + sum(sequence.planner.planned_samples for sequence in self.live)
        if self.target_samples is not None or self.duration.cues:
            course = self._coming_courses(spent)[0]
            if course.target is not None or course.waypoints:
                return course
        if self.open and self.duration.seconds is not None:
            left = self.duration.seconds * self._spec.sample_rate - spent
            known = sum(map(self._natural, self._coming))
            return Course(round(self._natural(segment) * min(1.0, max(left / known, self._spec.ratio[0]))))
        return Course(self._ratio_target(segment))

    def _ratio_target(self, segment: Segment) -> int | None:
        """The length of a segment at the line's ratio, rounded on the running sum: the same if more text follows."""
        if self.duration.ratio is None:
            return None
        low, high = self._spec.ratio
        ratio = min(max(self.duration.ratio, low), high)
        before = sum(map(self._natural, self.segments[: segment.index]))
        return round(ratio * (before + self._natural(segment))) - round(ratio * before)


def joined(*warnings: str | None) -> str | None:
    """Several warnings as one, None where there is none."""
    return " ".join(filter(None, warnings)) or None
