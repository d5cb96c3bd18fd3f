"""A text as the planner counts it: tokens for the decoder, and units with rough natural lengths beside them.

The decoder never says where in the text it is, so the lengths only tell how long a line is likely to be. They are
round figures for read speech by kind of token, not measured on the checkpoints: how long a free line is, the decoder
decides, and a line with a target is held to its target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from oncue.model.api import PLAIN, Feeling, ReadingOptions, Script, Unit, Word
from oncue.model.indextts2.text.pieces import WORD_START, Token
from oncue.model.indextts2.text.reader import TextReader
from oncue.model.text.glyphs import Glyph, fold
from oncue.model.text.notspeech import strip, told

SYLLABLE_S = 0.21
"""A Chinese character: 4.8 a second."""
LETTER_S = 0.068
"""A letter of an English word: 14.7 a second, about 175 words a minute."""
COMMA_S = 0.25
STOP_S = 0.4
_STOPS = frozenset(".?!…")
SPREAD = 0.35
"""Standard deviation of the log of a unit's length."""


def make_script(
    reader: TextReader, text: str, language: str, codes_per_second: Fraction, options: ReadingOptions = PLAIN
) -> Script:
    """Read a text as one segment. Raises ValueError with a sentence when nothing in it can be spoken.

    A direction's feeling holds from the first unit behind it, as the planner counts them.
    """
    speech = strip(fold(text), options.directions)
    tokens = [token for segment in reader.read(text, language, options) for token in segment]
    words = _words(tokens, text)
    units = tuple(_unit(token, words, float(codes_per_second)) for token in tokens)
    chinese = any(_is_hanzi(char) for char in text)
    ids = (tuple(token.id for token in tokens),)
    warnings, feelings = told(speech.dropped), tuple(_feelings(speech.glyphs, units))
    return Script(text, "zh" if chinese else "en", units, words, ids, warnings, feelings)


def _feelings(glyphs: Sequence[Glyph], units: Sequence[Unit]) -> Iterator[Feeling]:
    for glyph in glyphs:
        if glyph.feeling:
            after = (index for index, unit in enumerate(units) if unit.char_start >= glyph.end)
            yield Feeling(next(after, len(units) - 1), glyph.feeling)


def _words(tokens: Sequence[Token], text: str) -> tuple[Word, ...]:
    """A token that begins a word, and those that go on with it without a space."""
    spans: list[tuple[int, int]] = []
    for token in tokens:
        if not token.spoken:
            continue
        goes_on = bool(spans) and not token.piece.startswith(WORD_START) and token.char_start <= spans[-1][1]
        if goes_on and not _is_hanzi(text[token.char_start : token.char_start + 1]):
            spans[-1] = (spans[-1][0], max(spans[-1][1], token.char_end))
        else:
            spans.append((token.char_start, token.char_end))
    return tuple(Word(text[start:end], start, end) for start, end in spans)


def _unit(token: Token, words: Sequence[Word], codes_per_second: float) -> Unit:
    within = (index for index, word in enumerate(words) if word.char_start <= token.char_start < word.char_end)
    return Unit(
        symbol=token.piece,
        kind="phone" if token.spoken else "pause",
        char_start=token.char_start,
        char_end=token.char_end,
        word=next(within, None) if token.spoken else None,
        mean_codes=codes_per_second * _length_s(token),
        spread=SPREAD,
        elasticity=1.0,
    )


def _length_s(token: Token) -> float:
    if not token.spoken:
        return STOP_S if _STOPS & set(token.mark) else COMMA_S
    if any(_is_hanzi(char) for char in token.mark) or token.mark[-1].isdigit():
        return SYLLABLE_S  # a character, or a syllable in capitals with its tone
    return LETTER_S * len(token.mark)


def _is_hanzi(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U000323af"
