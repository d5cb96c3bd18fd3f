"""A text to the segments of tokens that the decoder reads: spelled, cut into pieces, cut into segments.

Each step has its file; this is their order. How long anything takes to say is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from oncue.model.api import PLAIN, NothingToSay, ReadingOptions
from oncue.model.indextts2.text.pieces import Pieces, Token, tokenise
from oncue.model.indextts2.text.segments import Segmenting, segments
from oncue.model.indextts2.text.spelling import spell
from oncue.model.text.dictionary import EMPTY, Dictionary

LANGUAGES = ("auto", "zh", "en")


@dataclass(frozen=True, slots=True)
class TextReader:
    """Reads texts with the pieces of one checkpoint and the pronunciations of a user."""

    pieces: Pieces
    dictionary: Dictionary = EMPTY
    segmenting: Segmenting = field(default_factory=Segmenting)

    def read(self, text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> tuple[tuple[Token, ...], ...]:
        """The segments of a text, one at least.

        Raises ValueError with a sentence a person can act on for a language it does not speak, a text that is no
        line of speech, or one in which nothing can be said.
        """
        if language not in LANGUAGES:
            raise ValueError(f"This family does not speak {language!r}: choose one of {', '.join(LANGUAGES)}.")
        tokens = tokenise(spell(text, language, options, self.dictionary), self.pieces)
        if not any(token.spoken for token in tokens):
            raise NothingToSay("There is nothing in the text that can be spoken: send Chinese or English words.")
        return segments(tokens, self.segmenting)
