"""A line as the checkpoints' pieces were trained on it: capitals, a space around every Chinese character, few marks.

Widths, pronunciations in brackets and numbers are the business of `oncue.model.text`, which every family shares; here is
what only this one wants. Pronunciations stay what they are from the moment they are found, so there may be any number
of them in a line, and only expressions are ever handed to the grammars of numbers. Pieces are made in `pieces`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from oncue.model.api import PLAIN, ReadingOptions
from oncue.model.text.dictionary import EMPTY, Dictionary
from oncue.model.text.glyphs import Glyph, fold, guard, is_hanzi
from oncue.model.text.markup import STAND_IN, apply_overrides
from oncue.model.text.normalise import expand
from oncue.model.text.notspeech import strip
from oncue.model.text.pinyin import numbered_pinyin, split_pinyin

_MARKS = {
    **dict.fromkeys("，、；：,;:", ","), **dict.fromkeys("。．.", "."), **dict.fromkeys("！!", "!"),
    **dict.fromkeys("？?", "?"), **dict.fromkeys("“”‘’'\"「」『』《》〈〉【】（）()[]{}", "'"),
    **dict.fromkeys("—–―~～〜·•・-", "-"), "…": "...",
}  # fmt: skip
_IS = re.compile(r"\b(?:it|that|this|he|she|what|where|who|which|how|when|there|here)('s)\b", re.IGNORECASE)
_ANNOTATED = re.compile(r"<(?P<written>[^<>|\n]{1,40})\|(?P<read>[^<>|\n]{1,200})>")
_SMALL_PINYIN = re.compile(r"(?<![A-Za-z\d])[a-zü]{2,6}[1-5](?![A-Za-z\d])")
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
"""Characters that are read one by one: Chinese, kana, hangul."""


def spell(
    text: str, language: str = "auto", options: ReadingOptions = PLAIN, dictionary: Dictionary = EMPTY
) -> tuple[Glyph, ...]:
    """The line as it is cut into pieces, each character with the characters of the source it stands for.

    `language` is "zh", "en" or "auto". Raises ValueError, naming the place, for what cannot be a line of speech, a
    pronunciation that cannot be read, or one in English phones, which this family has no pieces for.
    """
    guard(text)
    speech = strip(_annotations(fold(text)), options.directions)
    glyphs = apply_overrides(speech.glyphs, language)
    if language != "en" and any(is_hanzi(glyph.char) for glyph in glyphs):
        glyphs = _small_pinyin(glyphs)
    return _spaced(_verbs(expand(dictionary.apply(_refuse_phones(glyphs)), language, options.digits)))


def spellable(dictionary: Dictionary) -> Dictionary:
    """The dictionary, if this family can say all of it. Raises ValueError where words have English phones."""
    if dictionary.english:
        raise ValueError(
            f"This model reads English by its letters and cannot say phones: {len(dictionary.english)} words of the"
            " dictionary have them. Leave those out; Chinese words with pinyin may stay."
        )
    return dictionary


def correct_pinyin(numbered: str) -> str:
    """A syllable as the pieces have it: capitals, and V wherever ü is said, which after J, Q and X is written u.

    >>> correct_pinyin("xue2"), correct_pinyin("lü4"), correct_pinyin("zhu1")
    ('XVE2', 'LV4', 'ZHU1')
    """
    written = numbered.replace("ü", "v").upper()
    return written[0] + written[1:].replace("U", "V", 1) if written[0] in "JQX" and written[1] == "U" else written


def _annotations(glyphs: Sequence[Glyph]) -> tuple[Glyph, ...]:
    """<字|ZI4>: the characters take the reading if it has a syllable for each, and are read plainly if not."""
    out: list[Glyph] = []
    done = 0
    for match in _ANNOTATED.finditer("".join(glyph.char for glyph in glyphs)):
        out.extend(glyphs[done : match.start()])
        done = match.end()
        written = glyphs[match.start("written") : match.end("written")]
        read = split_pinyin(match["read"].lower()) or ()
        fits = len(read) == len(written) and all(is_hanzi(glyph.char) for glyph in written)
        start, end = glyphs[match.start()].start, glyphs[match.end() - 1].end
        for index, glyph in enumerate(written):
            out.append(Glyph(glyph.char, start, end, pinyin=read[index] if fits else None))
    return (*out, *glyphs[done:])


def _small_pinyin(glyphs: Sequence[Glyph]) -> tuple[Glyph, ...]:
    """A syllable with a tone in small letters, in place of a character; capitals are found with the other overrides."""
    out: list[Glyph] = []
    done = 0
    for match in _SMALL_PINYIN.finditer("".join(glyph.char for glyph in glyphs)):
        pinyin = numbered_pinyin(match.group())
        if pinyin is None:
            continue
        out.extend(glyphs[done : match.start()])
        done = match.end()
        out.append(Glyph(STAND_IN, glyphs[match.start()].start, glyphs[done - 1].end, pinyin=pinyin))
    return (*out, *glyphs[done:])


def _refuse_phones(glyphs: Sequence[Glyph]) -> Sequence[Glyph]:
    """English phones in brackets are refused: the pieces are letters, so nothing could be done but leave them out."""
    for glyph in glyphs:
        if glyph.said:
            raise ValueError(
                f"This model reads English by its letters and cannot say phones: at character {glyph.start + 1}, leave"
                " out the brackets, or write the word as it sounds."
            )
    return glyphs


def _verbs(glyphs: Sequence[Glyph]) -> tuple[Glyph, ...]:
    """It's is it is; of other words 's is left alone."""
    out = list(glyphs)
    for match in reversed(list(_IS.finditer("".join(glyph.char for glyph in glyphs)))):
        first, last = glyphs[match.start(1)], glyphs[match.end(1) - 1]
        out[match.start(1) : match.end(1)] = [Glyph(char, first.start, last.end) for char in " is"]
    return tuple(out)


def _spaced(glyphs: Sequence[Glyph]) -> tuple[Glyph, ...]:
    """Capitals and plain marks, one space where there are several, none at the ends nor between a word and its mark."""
    out: list[Glyph] = []
    for glyph in _capitals(glyphs):
        if glyph.char in ",.!?" and len(out) > 1 and out[-1].char == " " and not _WIDE.match(out[-2].char):
            out.pop()
        if glyph.char != " " or (out and out[-1].char != " "):
            out.append(glyph)
    return tuple(out[:-1] if out and out[-1].char == " " else out)


def _capitals(glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    spoken = ""
    for index, glyph in enumerate(glyphs):
        if glyph.char == "…" and index and glyphs[index - 1].char == "…":
            continue  # six dots are one pause
        alone = glyph.pinyin is not None or (glyph.char not in _MARKS and bool(_WIDE.match(glyph.char)))
        if alone:
            yield Glyph(" ", glyph.start, glyph.start)
        for char in _written(glyph, spoken):
            yield Glyph(char, glyph.start, glyph.end)
        if alone:
            yield Glyph(" ", glyph.end, glyph.end)
        spoken = glyph.char if glyph.char.strip() else spoken


def _written(glyph: Glyph, before: str) -> str:
    """What is written for a glyph; a line feed ends a sentence unless a mark before it has."""
    if glyph.pinyin is not None and "ê" not in glyph.pinyin:
        return correct_pinyin(glyph.pinyin)
    if glyph.char == "\n":
        return " " if not before or before in _MARKS else ". "
    return "" if glyph.char == STAND_IN else _MARKS.get(glyph.char, glyph.char.upper())
