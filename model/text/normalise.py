"""Numbers, signs, abbreviations and codes in a line written out as the words that say them.

The line is looked through once, from left to right. Wherever something stands that may not be said as it is written, the
rules for what begins so are asked (`numbers`, `spellings`, `sign_rules`); what none of them knows stays as it is.
Ordinary characters keep their exact span, and the words of an expression have that of its characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from oncue.model.text import numbers, sign_rules, spellings
from oncue.model.text.classes import Context, Digits, Found, Part
from oncue.model.text.glyphs import SUPERSCRIPTS, Glyph
from oncue.model.text.numbers.money import CODES, SIGNS
from oncue.model.text.traditional import simplify


def expand(glyphs: Sequence[Glyph], language: str, digits: Digits = "auto") -> tuple[Glyph, ...]:
    """Write expressions out. `language` is "zh", "en" or "auto" (each expression as its neighbours are said)."""
    context = Context(simplify("".join(glyph.char for glyph in glyphs)), language, digits)
    text = context.text
    written: list[Glyph] = []
    at = done = 0
    while (match := _CANDIDATE.search(text, at)) is not None:
        at = match.start()
        if match.lastgroup == "letter":
            found = spellings.RULES.find(context, at)
        elif match.lastgroup == "number":
            found = numbers.RULES.find(context, at)
            if found is None and not text[at].isdigit():
                found = sign_rules.RULES.find(context, at)
        else:
            found = sign_rules.RULES.find(context, at)
        if found is None:
            at = _skip(text, at)
            continue
        assert found.end > at, "an expression has characters"
        written.extend(glyphs[done:at])
        if written and written[-1].char == "-" and found.parts and found.parts[0].said.startswith(" "):
            found = Found(found.end, (replace(found.parts[0], said=found.parts[0].said.lstrip(" ")), *found.parts[1:]))
        for part in found.parts:
            written.extend(_spoken(glyphs[part.start : part.end], part, hyphen=text[part.end : part.end + 1] == "-"))
        at = done = found.end
    written.extend(glyphs[done:])
    return tuple(written)


_CANDIDATE = re.compile(
    rf"""
    (?P<number>第?\s?\d|[-+]?(?<![A-Za-z])(?:{SIGNS}|{CODES})\s?\d|[-+±](?=[.\d])|\.(?=\d)|'(?=\d0s|\d\d年)|\+?\((?=\d)|√(?=\d)
      |[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])
    | (?P<letter>(?<![A-Za-z])[A-Za-z])
    | (?P<sign>[^\w\s]|[{SUPERSCRIPTS}Α-Ωα-ωϕϵµ])
    """,
    re.VERBOSE,
)


def _skip(text: str, at: int) -> int:
    """Past what begins here and is said as it is written: a word, or one character."""
    end = at + 1
    if text[at].isalpha() and text[at].isascii():
        while end < len(text) and text[end].isascii() and (text[end].isalpha() or text[end] == "'"):
            end += 1
    return end


def _spoken(source: Sequence[Glyph], part: Part, *, hyphen: bool) -> list[Glyph]:
    """Every character of the words with the span of what they are said for, bare spaces at its ends left out.

    Where a hyphen follows there is no space before it, which would make a dash of it: a 10-year-old.
    """
    inner = [glyph for glyph in source if glyph.char != " "] or source
    said = part.said.rstrip(" ") if hyphen else part.said
    return [Glyph(char, inner[0].start, inner[-1].end, letter=part.letter) for char in said]
