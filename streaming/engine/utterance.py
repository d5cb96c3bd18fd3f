"""One line from start to done: its text, its length, its segments, its listener, and how it is cancelled.

It knows what is left to do and how long it shall be; what is done next among many lines is the
scheduler's choice, and calling the model the engine's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace
from typing import Literal

from oncue.model.api import Before, Code, EmotionConditioning, ModelSpec, Samples, Script, Start
from oncue.streaming.engine.events import (
    AudioChunk,
    Cancel,
    Decoded,
    Event,
    Finished,
    Mark,
    Planned,
    Refused,
    Speak,
    Started,
)
from oncue.streaming.engine.label import Label, LabelPlace, rhythm
from oncue.streaming.engine.playback_clock import PlaybackClock
from oncue.streaming.engine.segmenter import Segmenter, TextPiece
from oncue.streaming.engine.sequence import Segment, Sequence
from oncue.streaming.engine.stats import LineStats
from oncue.streaming.engine.timeline import PendingMarks
from oncue.streaming.engine.windows import FIRST_RAMP, NEXT_RAMP, PlannedWindow
from oncue.streaming.protocol.audio import fade_out
from oncue.streaming.protocol.errors import BadMessage
from oncue.streaming.timing.allocation import (
    PlacedCue,
    RemainingSegment,
    allocate,
    expected_samples,
    place_cues,
    promise_line,
)
from oncue.streaming.timing.feasibility import Promise, script_ranges
from oncue.streaming.timing.planner import PaceState
from oncue.streaming.timing.targets import DurationTarget, SegmentTarget

SEED_STRIDE = 7919
"""Segments of a line speak with different randomness, fixed by the line's seed."""
LOW_LEAD_S = 0.5
"""With less sound than this ahead of the listener, text is not kept waiting for the end of its clause."""
MOST_LIVE = 2
"""Slots of one line: a segment is decoded while the one before is still turned into sound."""
LABEL_INDEX = -1
"""The label is no segment of the text."""
LABEL_SEED = 0
"""A label sounds the same in every line of a voice."""
PLAN_MOVED_S = 0.05
"""A promise is revised when it is off by more."""


@dataclass(frozen=True, slots=True)
class TextReading:
    """What the model made of a piece of the text: where it begins, and the feelings that hold from a unit of it on."""

    char_start: int
    script: Script
    feelings: tuple[tuple[int, EmotionConditioning], ...] = ()


class Utterance:
    """Segments are spoken in order, and the sound of one never begins before the last sample of the one before.

    While text may still come, a ratio is kept by every segment for itself, and a length in seconds is left to
    the segments after the end of the text is known: until then segments are natural, or shorter if what is
    known would not fit, and the newest one waits.

    A label is no segment: it has a length of its own, which lies before or after all that is planned, and the words sound
    as they would without it.

    Everything that is public here is read by engine and scheduler, and changed by the methods only.
    """

    def __init__(self, speak: Speak, emotion: EmotionConditioning, spec: ModelSpec, now: float) -> None:
        self.uid = speak.uid
        self.speak = speak
        self.submitted_at = now
        self.duration = speak.duration
        self.text_chars = 0
        self.open = True
        """Whether more text may come."""
        self.held = False
        self.started = False
        self.faded = False
        """A cancelled line whose last sample was sent."""
        self.segments: list[Segment] = []
        self.live: list[Sequence] = []
        """The segments that hold a slot, in order."""
        self.playback = PlaybackClock(spec.sample_rate, speak.heard_samples)
        self.decoded_at = -math.inf
        """When its last code was made."""
        self.target_samples: int | None = None
        self.label: Label | None = None
        self._labelled: Sequence | None = None
        """The label's own sequence, once it has begun."""
        self._neutral: EmotionConditioning | None = None
        self._spec = spec
        self._emotion = emotion
        self.pending_feeling: tuple[float, ...] = ()
        """What a direction named behind which no text has come yet."""
        self._waiting_since: float | None = None
        """When the text came that is in no segment yet."""
        self._segmenter = Segmenter()
        self._stats = LineStats()
        self._marks = PendingMarks()
        self._cancel: Cancel | None = None
        self._cancel_word: tuple[Sequence, int] | None = None
        self._promised_samples = 0
        self._begun = 0
        self._past_samples = 0
        self._last_char = 0
        self._even = False
        """Whether every segment has the line's ratio, which holds until the length is changed while the line is spoken."""
        self._warned = 0
        """Segments whose warnings were passed on."""
        self._pace_state = PaceState()
        self._before: Before | None = None

    @property
    def cancelled(self) -> bool:
        """The client wants no more of it than a fade."""
        return self._cancel is not None

    @property
    def begun(self) -> int:
        """How many of its segments have entered a slot."""
        return self._begun

    @property
    def natural_samples(self) -> float:
        """Natural length of all text known."""
        return sum(map(self._natural, self.segments))

    @property
    def waiting(self) -> Segment | None:
        """The segment to prefill next, if one may be."""
        if self.cancelled or len(self.live) >= MOST_LIVE or not all(seq.decode_done for seq in self.live):
            return None
        if self._label_is_next:
            return self._label_segment
        last = len(self.segments) - (1 if self.open and self.duration.seconds is not None else 0)
        return self.segments[self._begun] if self._begun < last else None

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
        said = self._labelled is not None or self._label_segment is None
        return not self.open and not self.live and self._begun == len(self.segments) and said

    @property
    def _label_segment(self) -> Segment | None:
        """What is spoken as the label."""
        if self.label is None or self.label.script is None:
            return None
        return Segment(LABEL_INDEX, 0, self.label.script)

    @property
    def _label_is_next(self) -> bool:
        if self._labelled is not None or self._label_segment is None or self.label is None:
            return False
        return self.label.place == "start" or (not self.open and self._begun == len(self.segments))

    @property
    def _words(self) -> list[Sequence]:
        """The live sequences that speak the text."""
        return [sequence for sequence in self.live if sequence is not self._labelled]

    @property
    def _after_samples(self) -> int:
        """What of the line comes after its words."""
        return 0 if self.label is None else self.label.after

    def ahead_s(self, now: float) -> float:
        """Seconds of sound decoded ahead of the listener, sent or not."""
        unsent = sum(sequence.unvocoded_samples for sequence in self.live)
        return self.playback.lead_s(now) + unsent / self._spec.sample_rate

    def add_text(self, text: str, *, final: bool, flush: bool = False) -> list[TextPiece]:
        """More text, the last of it if `final`, to be spoken without what may follow if `flush`.

        Returns the pieces that are now certain, which are to be read and added as segments.
        """
        self.open = not final
        self.text_chars += len(text)
        return self._segmenter.push(text) + (self._segmenter.flush() if final or flush else [])

    def cut_early(self) -> list[TextPiece]:
        """The piece that can be spoken of the text that waits for a slow writer, to be read and added as a segment."""
        return self._segmenter.cut_early()

    def add_segments(self, found: Iterable[TextReading]) -> None:
        """What the model made of pieces of the text."""
        for read in found:
            self.segments.append(Segment(len(self.segments), read.char_start, read.script, read.feelings))

    def note_text(self, now: float, *, cut: bool) -> None:
        """Text was taken in; `cut` says whether segments were made of what waited before."""
        if not self.open or not self._segmenter.waiting_chars:
            self._waiting_since = None
        elif cut or self._waiting_since is None:
            self._waiting_since = now

    def early_at(self, now: float) -> float:
        """When what waits should be broken off because its writer is slow; infinite if it should not.

        That is when text has waited for `max_wait_s` and the listener is about to run dry. A length in seconds and
        cues are shared out over the whole text, so they wait for it.
        """
        bound = self.duration.seconds is not None or self.duration.cues or self.cancelled
        busy = self._begun < len(self.segments) or self.decoding is not None
        if self._waiting_since is None or bound or busy or not self._segmenter.early_end:
            return math.inf
        unsent = sum(sequence.unvocoded_samples for sequence in self.live) / self._spec.sample_rate
        low = self.playback.when_lead_is(LOW_LEAD_S - unsent, now) if unsent < LOW_LEAD_S else math.inf
        return max(self._waiting_since + self.speak.max_wait_s, low)

    def hold(self, *, on: bool) -> None:
        """Make nothing more until `on` is false again."""
        self.held = on

    def report_played(self, samples: int, now: float) -> None:
        """So much was heard."""
        self.playback.report(samples, now)

    def update(self, duration: DurationTarget | None, emotion: EmotionConditioning | None) -> Planned | None:
        """Another length or feeling from here on, and the new promise if there is one.

        Raises DurationInfeasible or BadMessage, and changes nothing, when the length cannot be met.
        """
        promised = None if duration is None else self._retarget(duration)
        if emotion is not None:
            self._emotion = emotion
            if self.decoding is not None and self.decoding is not self._labelled:
                self.decoding.set_emotion(emotion)
        return self._plan(promised.warning) if promised is not None and self.started else None

    def cancel(self, command: Cancel) -> bool:
        """Fade from what was sent. Returns whether the line ends at once, having sent nothing or having no time to fade."""
        self.open, self._cancel = False, command
        first = self.live[0] if self.live else None
        if first is None or not self.playback.sent or (command.at == "now" and not command.fade_s):
            return True
        word = first.word_in_sound()
        self._cancel_word = (first, word) if command.at == "word" and word is not None else None
        if self._cancel_word is None:
            first.plan_early()
        return False

    def set_label(self, label: Label, neutral: EmotionConditioning) -> None:
        """The label of a line that has not started; speech is said with the feeling `neutral`."""
        assert not self.started
        self.label, self._neutral = label, neutral
        self._past_samples = label.before

    def opening(self, now: float) -> list[Event]:
        """The rhythm that a line begins with, once."""
        return self._rhythm("start", now) if not self.playback.sent else []

    def closing(self, now: float) -> list[Event]:
        """The rhythm that a line ends with, when all else is sound."""
        return self._rhythm("end", now)

    def start(self, promised: Promise) -> Started:
        """The promise before any sound."""
        self.started = True
        self._promised_samples = self.estimate()
        warning = joined(promised.warning, self._text_warning())
        return Started(self.uid, self._promised_samples, self.target_samples, warning)

    def revise(self) -> Planned | None:
        """The promise after more text, if it is another or there is something to warn of."""
        before = (self._promised_samples, self.target_samples)
        warning = joined(None if self.open else self.promise_whole_text(), self._text_warning())
        plan = self._plan(warning)
        return plan if warning or (self._promised_samples, self.target_samples) != before else None

    def estimate(self) -> int:
        """The line's length in samples as far as it is known now."""
        if self.target_samples is not None:
            return self.target_samples
        now = self._past_samples + sum(sequence.planner.estimate for sequence in self._words)
        return round(now + self._waiting_estimate(round(now))) + self._after_samples

    def finish(self, reason: Literal["complete", "cancelled", "failed"], error: Refused | None) -> Finished:
        """The one terminal event; every sequence is retired before."""
        assert not self.live
        sent, rate = self.playback.sent, self._spec.sample_rate
        stats = self._stats.numbers(sent, self.natural_samples, rate, float(self._spec.samples_per_code))
        if self.target_samples is not None:
            stats["target_s"] = self.target_samples / rate
        if self.label is not None:
            stats["label_s"] = self.label.samples / rate
        last_char = self.text_chars if reason == "complete" else self._last_char
        return Finished(self.uid, reason, sent, self.target_samples, last_char, stats, error)

    def promise_length(self) -> Promise:
        """Decide the line's length from all text known, and share it out. Raises DurationInfeasible if strict."""
        if self.open and self.duration.seconds is not None:
            return Promise(None)
        self._even = self.duration.ratio is not None and not self.duration.cues
        self._check_cues(self.duration)
        promised = self._promise(self.duration, strict=self.speak.strict)
        if not self.open:
            self._set_targets(promised.samples)
        return promised

    def promise_whole_text(self) -> str | None:
        """Decide the length at the end of the text; the line plays, so the nearest length is taken, with a warning."""
        if self.duration.seconds is None and not self.duration.cues:
            targets = [sequence.planner.target.samples for sequence in self._words]
            targets += [self._ratio_samples(segment) for segment in self._not_begun]
            known = [target for target in targets if target is not None]
            whole = self._past_samples + sum(known) + self._after_samples
            self.target_samples = None if self.duration.is_free else whole
            return None
        promised = self._promise(self.duration, strict=False)
        self._set_targets(promised.samples)
        return promised.warning

    def begin(self, slot: int) -> Start:
        """The waiting segment enters a slot."""
        segment = self.waiting
        assert segment is not None
        if self._label_is_next:
            return self._begin_label(segment, slot)
        if segment.feelings and segment.feelings[0][0] == 0:
            self._emotion = segment.feelings[0][1]
        last = self._words[-1] if self._words else None
        if last is not None:
            self._pace_state, self._before = last.planner.pace_state, last.before()
        target, pace, before = self._next_target(segment), self._emotion.pace, self._before
        self._begun += 1
        self._stats.prefills += 1
        ramp = NEXT_RAMP if segment.index else FIRST_RAMP
        self.live.append(Sequence(segment, slot, self._spec, ramp, target, self._pace_state, pace=pace))
        codes = pace * segment.script.natural_codes
        if target.samples is not None:
            codes = float(target.samples / self._spec.samples_per_code)
        seed = self.speak.seed + SEED_STRIDE * segment.index
        return Start(slot, segment.script, self.speak.voice, self._emotion, codes, seed, before)

    def push_code(self, code: Code, now: float) -> Decoded:
        """The sequence that is decoding has another code."""
        sequence, self.decoded_at = self.decoding, now
        assert sequence is not None
        sequence.push(code)
        feeling = sequence.due_feeling()
        if feeling is not None and feeling is not self._emotion:
            self._emotion = feeling
            sequence.set_emotion(feeling)
        if self.cancelled and self._cancel_word is None:
            self.live[0].plan_early()  # the sooner there is something to fade into, the better
        self._stats.codes += 1
        return Decoded(self.uid, self._stats.codes)

    def push_sound(self, samples: Samples, now: float) -> list[Event]:
        """The next window of the first sequence became sound: the chunk to send, or its fade, and a promise that moved."""
        sequence = self.live[0]
        begin = sequence.vocoded_samples
        window = sequence.vocoded()
        cut = self._fade_start(sequence, window, begin)
        if cut is not None and self._cancel is not None:
            fade = round(self._cancel.fade_s * self._spec.sample_rate)
            samples = fade_out(samples[: cut + fade], fade)
            self.faded = True
        start = self.playback.sent
        found_marks = self._of_label(window.marks) if sequence is self._labelled else window.marks
        marks = self._marks.take_until(start + len(samples), found_marks, start - begin)
        self._stats.windows += 1
        self.playback.send(len(samples), now)
        found: list[Event] = [AudioChunk(self.uid, start, samples, marks)] if len(samples) else []
        moved = abs(self.estimate() - self._promised_samples) > PLAN_MOVED_S * self._spec.sample_rate
        if moved and not self.cancelled:
            found.append(self._plan(None))
        return found

    def retire(self, sequence: Sequence) -> None:
        """A sequence whose slot is given back."""
        self.live.remove(sequence)
        if sequence is self._labelled:
            return
        if sequence.vocoded_codes:
            self._last_char = sequence.char_at_sample(self.playback.sent - self._past_samples)
        self._past_samples += sequence.vocoded_samples
        self._pace_state, self._before = sequence.planner.pace_state, sequence.before()
        self._stats.add(sequence.spoken, sequence.lookaheads)

    def _begin_label(self, segment: Segment, slot: int) -> Start:
        """The label enters a slot: nothing of the line before it is its history, and it is none for what follows."""
        assert self.label is not None
        assert self._neutral is not None
        target = SegmentTarget(self.label.samples, closing=True)
        ramp = FIRST_RAMP if self.label.place == "start" else NEXT_RAMP
        self._labelled = Sequence(segment, slot, self._spec, ramp, target)
        self.live.append(self._labelled)
        self._stats.prefills += 1
        codes = float(self.label.samples / self._spec.samples_per_code)
        return Start(slot, segment.script, self.speak.voice, self._neutral, codes, LABEL_SEED)

    def _of_label(self, marks: Items[Mark]) -> tuple[Mark, ...]:
        """Marks of a label: no word of the text, but the mouth moves; they stand where the text begins or ends."""
        assert self.label is not None
        char = 0 if self.label.place == "start" else self.text_chars
        return tuple(replace(mark, char_start=char, char_end=char) for mark in marks if mark.kind != "word")

    def _rhythm(self, place: LabelPlace, now: float) -> list[Event]:
        if self.label is None or self.label.script is not None or self.label.place != place:
            return []
        samples, start = rhythm(place, self._spec.sample_rate), self.playback.sent
        self.playback.send(len(samples), now)
        return [AudioChunk(self.uid, start, samples, self._marks.take_until(start + len(samples), (), start))]

    def _plan(self, warning: str | None) -> Planned:
        """A revised promise."""
        self._promised_samples = self.estimate()
        return Planned(self.uid, self._promised_samples, self.target_samples, warning)

    def _text_warning(self) -> str | None:
        """What the model warns of in the segments that came since the last call, each sentence once for the line."""
        known = {warning for segment in self.segments[: self._warned] for warning in segment.script.warnings}
        found = dict.fromkeys(
            warning for segment in self.segments[self._warned :] for warning in segment.script.warnings
        )
        self._warned = len(self.segments)
        return joined(*(warning for warning in found if warning not in known))

    def _fade_start(self, sequence: Sequence, window: PlannedWindow, begin: int) -> int | None:
        """Where in a window that just became sound a cancelled line begins to fade; None while it goes on."""
        if self._cancel is None:
            return None
        if self._cancel_word is None or self._cancel_word[0] is not sequence:
            return 0
        end = sequence.word_end(self._cancel_word[1], window.end)
        return None if end is None or end - begin >= window.samples else max(0, end - begin)

    @property
    def _not_begun(self) -> list[Segment]:
        return self.segments[self._begun :]

    def _natural(self, segment: Segment) -> float:
        return segment.script.natural_codes * float(self._spec.samples_per_code)

    def _closes(self, segment: Segment) -> bool:
        """Whether the line ends with a segment, as far as its characters alone can tell, however they came."""
        return not self.open and segment.char_start + len(segment.script.text) == self.text_chars

    def _check_cues(self, duration: DurationTarget) -> None:
        """Raise BadMessage for a cue that means no word, or that comes when the text is cut already and must not be."""
        if duration.cues and self.started and not self._spec.tracks_progress:
            raise BadMessage("This model cannot place words of a line under way: give its cues with speak.")
        end = _spoken_end(self.segments)
        for cue in duration.cues if not self.open else ():
            if cue.char >= end:
                raise BadMessage(f"No word of the line lies at or after character {cue.char}: move or remove the cue.")

    def _retarget(self, duration: DurationTarget) -> Promise:
        """Another length for a line under way. Raises DurationInfeasible and changes nothing when out of reach."""
        if self.open and (duration.seconds is not None or not self.segments):
            self.duration = duration
            return Promise(None)
        self._check_cues(duration)
        promised = self._promise(duration, strict=True)
        self.duration, self._even = duration, False
        self._set_targets(promised.samples)
        if self.open:
            self.target_samples = None
        return promised

    def _promise(self, duration: DurationTarget, *, strict: bool) -> Promise:
        remaining = self._remaining(duration)
        return promise_line(
            duration,
            remaining,
            self._spec,
            self.natural_samples,
            self._past_samples,
            strict=strict,
            label_samples=0 if self.label is None else self.label.samples,
            after_samples=self._after_samples,
        )

    def _set_targets(self, samples: int | None) -> None:
        """Set the line's length and give what is under way its share of it."""
        self.target_samples = samples
        targets, _ = allocate(self._remaining(self.duration), self._spec, self._past_samples, self._words_end)
        for sequence, target in zip(self._words, targets, strict=False):
            if sequence.target != target:
                sequence.retarget(target)

    def _remaining(self, duration: DurationTarget, *, waiting_only: bool = False) -> list[RemainingSegment]:
        """The segments that are not past, those under way first; cues of words that were heard already are left out."""
        found, words = [], self._words
        for segment in self._not_begun if waiting_only else self.segments[self._begun - len(words) :]:
            cues: tuple[PlacedCue, ...] = ()
            if duration.cues:
                before = _spoken_end(self.segments[: segment.index])
                cues = place_cues(duration.cues, segment.script, segment.char_start, before)
            if segment.index < self._begun:
                sequence = words[segment.index - self._begun]
                cues = tuple(placed for placed in cues if not sequence.has_sounded(placed.unit))
                ranges = sequence.ranges([placed.unit for placed in cues])
            else:
                ranges = script_ranges(segment.script, self._spec, [placed.unit for placed in cues])
            found.append(RemainingSegment(cues, ranges, self._closes(segment)))
        return found

    def _waiting_targets(self, at: int) -> list[SegmentTarget]:
        """Targets of the segments that wait, the first of which begins at sample `at`."""
        remaining = self._remaining(self.duration, waiting_only=True)
        return allocate(remaining, self._spec, at, self._words_end)[0]

    @property
    def _words_end(self) -> int | None:
        """The sample at which the words are to end, with the pause behind them."""
        return None if self.target_samples is None else self.target_samples - self._after_samples

    def _waiting_estimate(self, at: int) -> float:
        """Samples of the segments that wait, the first of which begins at sample `at`."""
        pace = self._emotion.pace
        if not self.duration.cues:
            return pace * sum(map(self._natural, self._not_begun))
        targets = zip(self._waiting_targets(at), self._not_begun, strict=True)
        return sum(expected_samples(target, segment.script, self._spec, pace) for target, segment in targets)

    def _next_target(self, segment: Segment) -> SegmentTarget:
        """What is asked of the next segment, given what those before it became."""
        closing = self._closes(segment)
        if self._even and (self.open or segment is not self.segments[-1]):
            return SegmentTarget(self._ratio_samples(segment), closing=closing)
        spent = self._past_samples + sum(sequence.planner.planned_samples for sequence in self._words)
        if self.target_samples is not None or self.duration.cues:
            target = self._waiting_targets(spent)[0]
            if target.samples is not None or target.waypoints:
                return target
        if self.open and self.duration.seconds is not None:
            left = self.duration.seconds * self._spec.sample_rate - spent - self._after_samples
            known = sum(map(self._natural, self._not_begun))
            samples = round(self._natural(segment) * min(1.0, max(left / known, self._spec.ratio[0])))
            return SegmentTarget(samples, closing=closing)
        return SegmentTarget(self._ratio_samples(segment), closing=closing)

    def _ratio_samples(self, segment: Segment) -> int | None:
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


def _spoken_end(segments: Items[Segment]) -> int:
    """One past the last character of the last word."""
    ends = (segment.char_start + word.char_end for segment in segments for word in segment.script.words[-1:])
    return max(ends, default=0)
