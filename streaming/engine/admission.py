"""From a command to a line with segments: every check a line passes before it may take a slot.

It reads text and makes conditioning through the model; it holds no lines and starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from oncue.model.api import EmotionConditioning, EmotionSource, NothingToSay, SpeechModel
from oncue.streaming.engine.events import Append, Speak
from oncue.streaming.engine.label import rhythm_label, sentence_for, spoken_label
from oncue.streaming.engine.scheduler import EngineLimits
from oncue.streaming.engine.segmenter import TextPiece, cut_at_cues
from oncue.streaming.engine.utterance import TextReading, Utterance
from oncue.streaming.protocol.errors import (
    BadMessage,
    Busy,
    DuplicateId,
    TextEmpty,
    TextTooLong,
    UnknownVoice,
    Unpronounceable,
)
from oncue.streaming.timing.targets import DurationTarget


class Admission:
    """Raises an OnCueError with a sentence a person can act on, and changes nothing, when a line cannot be taken."""

    def __init__(self, model: SpeechModel, limits: EngineLimits) -> None:
        self._model = model
        self._limits = limits

    def admit(self, speak: Speak, alive: Mapping[int, Utterance], now: float) -> Utterance:
        """A line with all of its text that can be cut already; read it, but promise nothing yet."""
        if speak.uid in alive:
            raise DuplicateId("A line with this id is still being spoken; give each line its own id.")
        if len(alive) >= self._limits.utterances:
            raise Busy(f"{len(alive)} lines are being spoken or waiting; try again when one has ended.")
        self._check_text(speak)
        check_duration(speak.duration)
        if speak.voice.family != self._model.spec.family:
            raise UnknownVoice("The voice was made by another model family; make it again from its recording.")
        if any(speak.voice.arrays.keys() < known.arrays.keys() for known in self._model.voices.values()):
            raise UnknownVoice("The voice was made by an earlier model; make it again from its recording.")
        line = Utterance(speak, self.emotion(speak.emotion), self._model.spec, now)
        cut = line.add_text(speak.text, final=speak.final)
        if speak.final and not cut:
            cut = [TextPiece(0, speak.text)]
        self._read(line, cut)
        return line

    def append(self, line: Utterance, append: Append) -> None:
        """More text. What cannot be spoken is left out, but the end of the text is always taken in."""
        if not line.open:
            raise BadMessage("The line's text has already ended; open another line.")
        fits = line.text_chars + len(append.text) <= self._limits.text_chars
        self._read(line, line.add_text(append.text if fits else "", final=append.final, flush=append.flush))
        if not fits:
            raise TextTooLong(f"A line has at most {self._limits.text_chars} characters; open another line.")

    def cut_early(self, line: Utterance) -> None:
        """What can be spoken of the text that waits for a slow writer becomes a segment."""
        self._read(line, line.cut_early())

    def check_speakable(self, line: Utterance) -> None:
        """A line whose text has ended must have something to say."""
        if line.segments:
            return
        if not line.text_chars:
            raise TextEmpty("The line's text is empty; send at least one word.")
        raise Unpronounceable("There is nothing in the text that can be spoken.")

    def label(self, line: Utterance) -> None:
        """Give a line that is about to start the label it is to have. Raises Unpronounceable where the family cannot say it."""
        asked = line.speak.label
        if asked is None:
            return
        if asked.kind == "rhythm":
            found = rhythm_label(asked.place, self._model.spec.sample_rate)
        else:
            sentence, language = sentence_for(line.speak.language, line.segments[0].script.language)
            try:
                script = self._model.read(sentence, language)
            except ValueError as error:
                raise Unpronounceable(f"The label cannot be spoken: {error}") from error
            found = spoken_label(asked.place, script.paced(line.speak.voice.pace), language, self._model.spec)
        line.set_label(found, self.emotion(EmotionSource()))

    def emotion(self, source: EmotionSource) -> EmotionConditioning:
        """The conditioning of an emotion."""
        try:
            return self._model.emotion(source)
        except ValueError as error:
            raise BadMessage(str(error)) from error

    def _check_text(self, speak: Speak) -> None:
        if speak.final and not speak.text.strip():
            raise TextEmpty("The line's text is empty; send at least one word.")
        if len(speak.text) > self._limits.text_chars:
            raise TextTooLong(
                f"The line has {len(speak.text)} characters and may have {self._limits.text_chars}; send it in parts."
            )

    def _read(self, line: Utterance, cut: list[TextPiece]) -> None:
        """Add what the model makes of pieces of text to a line: all of them or, if one cannot be read, none.

        A piece in which there is nothing to say is left out, and a feeling that it names is kept for what follows.
        """
        if not self._model.spec.tracks_progress:
            cut = cut_at_cues(line.duration.cues, cut)
        found: list[TextReading] = []
        pending = line.pending_feeling
        for piece in cut:
            try:
                script = self._model.read(piece.text, line.speak.language, line.speak.reading)
            except NothingToSay as nothing:
                pending = nothing.feeling or pending
                continue
            except ValueError as error:
                raise Unpronounceable(str(error)) from error
            feelings = [(feeling.unit, self.emotion(EmotionSource(feeling.vector))) for feeling in script.feelings]
            if pending and not (feelings and feelings[0][0] == 0):
                feelings.insert(0, (0, self.emotion(EmotionSource(pending))))
            pending = ()
            found.append(TextReading(piece.char_start, script.paced(line.speak.voice.pace), tuple(feelings)))
        line.pending_feeling = pending
        line.add_segments(found)


def check_duration(target: DurationTarget) -> None:
    """Whether a duration means anything; whether it can be reached is another question."""
    if target.ratio is not None and target.seconds is not None:
        raise BadMessage("A duration is a ratio or a length in seconds, not both.")
    asked = target.ratio if target.ratio is not None else target.seconds
    if asked is not None and not 0 < asked < 3600:
        raise BadMessage("A duration must be more than 0, and less than an hour.")
    if any(one.char >= two.char or one.at_s >= two.at_s for one, two in pairwise(target.cues)):
        raise BadMessage("Cues come in the order of the text, and each is later than the one before.")
