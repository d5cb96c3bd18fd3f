"""Pronunciations written into the text, in three forms:

* pinyin in brackets after as many characters as it has syllables: 打(dǎ)印(yìn), 银行(yin2hang2);
* capital pinyin with a tone in place of a character, in Chinese text: 这次做DEI3好;
* ARPAbet in brackets after an English word: tomato(T AH0 M AA1 T OW2).

Brackets that hold anything else are ordinary text. What looks like an override and cannot be read is
a ValueError naming its place, for a misread override is worse than none. Nothing is spoken here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from oncue.model.text.glyphs import Glyph, is_hanzi
from oncue.model.text.phones import ENGLISH_CONSONANTS, ENGLISH_VOWELS, NO_TONE, STRESS_BASE
from oncue.model.text.pinyin import numbered_pinyin, split_pinyin

STAND_IN = "\ue000"
"""The character of a glyph that stands for no written one; its pronunciation is in its fields."""

_OVERRIDE = re.compile(r"\((?P<inside>[^()\n]{1,200})\)|(?<![A-Za-z\d])(?P<code>[A-ZÜ]{2,6}[1-5])(?![A-Za-z\d])")
_TONE_MARKS = frozenset("\u0304\u0301\u030c\u0300")
_NUMBERED = re.compile(r"(?:[a-zêü:]+\d[\s'-]*)+")
_CAPITAL_NUMBERED = re.compile(r"(?:[A-ZÊÜ]+[1-5]\s*)+")
_ARPABET = re.compile(r"[A-Z]{1,2}\d?(?:\s+[A-Z]{1,3}\d?)*")


def apply_overrides(glyphs: Sequence[Glyph], language: str) -> tuple[Glyph, ...]:
    """The glyphs with every override taken out of the text and put on the glyphs it is for."""
    text = "".join(glyph.char for glyph in glyphs)
    capitals = language == "zh" or (language == "auto" and any(is_hanzi(char) for char in text))
    out: list[Glyph] = []
    done = 0
    for match in _OVERRIDE.finditer(text):
        out.extend(glyphs[done : match.start()])
        done = match.end()
        span = glyphs[match.start() : match.end()]
        if not (_bracket(out, match, span) if match["inside"] is not None else capitals and _code(out, match, span)):
            out.extend(span)
    return (*out, *glyphs[done:])


def without_overrides(text: str) -> str:
    """The text with no pronunciations in it: brackets that hold one are left out, a code falls into word and number."""

    def plain(match: re.Match[str]) -> str:
        if match["inside"] is None:
            return match[0] if numbered_pinyin(match["code"]) is None else f"{match[0][:-1]} {match[0][-1]}"
        before, inside = text[match.start() - 1 : match.start()], match["inside"].strip()
        pinyin = is_hanzi(before) and _looks_pinyin(inside) if before else False
        phonemes = before.isascii() and before.isalpha() and _looks_arpabet(inside)
        return "" if pinyin or phonemes else match[0]

    return _OVERRIDE.sub(plain, text)


def _code(out: list[Glyph], match: re.Match[str], span: Sequence[Glyph]) -> bool:
    """A syllable in capitals with a tone becomes one glyph; other codes (PS5, HP3) are text."""
    pinyin = numbered_pinyin(match["code"])
    if pinyin is not None:
        out.append(Glyph(STAND_IN, span[0].start, span[-1].end, pinyin=pinyin))
    return pinyin is not None


def _bracket(out: list[Glyph], match: re.Match[str], span: Sequence[Glyph]) -> bool:
    """Apply a bracket to what stands before it; False when it is ordinary text."""
    inside = match["inside"].strip()
    before = out[-1].char if out else ""
    if is_hanzi(before) and _looks_pinyin(inside):
        _put_pinyin(out, inside, span[0].start + 1)
        return True
    if before.isascii() and before.isalpha() and _looks_arpabet(inside):
        _put_arpabet(out, inside, span[0].start + 1)
        return True
    return False


def _looks_pinyin(inside: str) -> bool:
    """Numbered syllables, or Latin letters with a tone mark among them."""
    if _NUMBERED.fullmatch(inside):
        return True
    if _CAPITAL_NUMBERED.fullmatch(inside):
        return split_pinyin(inside) is not None
    letters = unicodedata.normalize("NFD", inside)
    written = all(char.isalpha() or char in " '-" or unicodedata.combining(char) for char in letters)
    latin = not any(is_hanzi(char) for char in inside)
    return written and latin and bool(_TONE_MARKS & set(letters))


def _put_pinyin(out: list[Glyph], inside: str, place: int) -> None:
    syllables = split_pinyin(inside)
    if syllables is None:
        raise ValueError(
            f"The pinyin in brackets at character {place} cannot be read; write syllables with tones, like (da3)."
        )
    if len(syllables) > len(out) or not all(is_hanzi(glyph.char) for glyph in out[-len(syllables) :]):
        raise ValueError(
            f"The pinyin in brackets at character {place} has {len(syllables)} syllables,"
            " more than Chinese characters before it."
        )
    first = len(out) - len(syllables)
    for offset, syllable in enumerate(syllables):
        out[first + offset] = replace(out[first + offset], pinyin=syllable)


def _looks_arpabet(inside: str) -> bool:
    """Capital codes, at least one of them a vowel with a stress digit."""
    vowels = (token[:-1] for token in inside.split() if token[-1] in "012")
    return bool(_ARPABET.fullmatch(inside)) and any(vowel in ENGLISH_VOWELS for vowel in vowels)


def _put_arpabet(out: list[Glyph], inside: str, place: int) -> None:
    """Replace the word at the end of `out` by one glyph that carries its phones."""
    phones = arpabet(inside)
    if phones is None:
        raise ValueError(
            f"The phones in brackets at character {place} are not all ARPAbet; write them like (T AH0 M AA1 T OW2)."
        )
    first = len(out)
    while first > 0 and (out[first - 1].char.isalpha() or out[first - 1].char == "'") and _latin(out[first - 1].char):
        first -= 1
    word = Glyph(STAND_IN, out[first].start, out[-1].end, said=phones)
    out[first:] = [word]


def _latin(char: str) -> bool:
    return char < "\u0250"


def arpabet(written: str) -> tuple[tuple[str, int], ...] | None:
    """Phones as people write them (T AH0 M AA1 T OW2) as pairs of symbol and stress; None when one is no ARPAbet."""
    phones = []
    for token in written.split():
        symbol, stress = (token[:-1], token[-1]) if token[-1].isdigit() else (token, "")
        if symbol in ENGLISH_VOWELS and stress in {"", "0", "1", "2"}:
            phones.append((symbol, STRESS_BASE + int(stress or "0")))
        elif symbol in ENGLISH_CONSONANTS and not stress:
            phones.append((symbol, NO_TONE))
        else:
            return None
    return tuple(phones) or None
