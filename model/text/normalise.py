"""Text to glyphs that are safe and plain to read, each knowing which source characters it came from.

Three steps, in this order: `guard` refuses what no line should hold, `fold` brings widths, accents
and spaces to one form, `expand` writes numbers, units and symbols out as words. Ordinary characters
keep their exact span; the words of an expression share the span of its digits. Pauses and
pronunciation are not decided here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from oncue.model.text.numbers import EXPRESSIONS, verbalise

MAX_CHARS = 4_000
MAX_BYTES = 4 * MAX_CHARS
MAX_DIGIT_RUN = 400
MAX_MARK_RUN = 30


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character to be read and the source characters [start, end) it stands for.

    `pinyin` (numbered) or `said` (phones with tone or stress) fix its pronunciation where the text did.
    """

    char: str
    start: int
    end: int
    pinyin: str | None = None
    said: tuple[tuple[str, int], ...] = ()


def is_hanzi(char: str) -> bool:
    """Whether the character is a Chinese one."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or char == "〇" or (
        "\U00020000" <= char <= "\U000323af"
    )  # fmt: skip


def guard(text: str) -> None:
    """Raise ValueError, naming the place and never the text, for what cannot be a line of speech."""
    if len(text) > MAX_CHARS:
        raise ValueError(f"The text has {len(text)} characters; a line may have at most {MAX_CHARS}. Split it.")
    _guard_surrogates(text)
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"The text is longer than {MAX_BYTES} bytes of UTF-8. Split it.")
    _guard_controls(text)
    _guard_runs(text)


def _guard_surrogates(text: str) -> None:
    for index, char in enumerate(text):
        if "\ud800" <= char <= "\udfff":
            raise ValueError(f"Character {index + 1} is half of a surrogate pair; send valid Unicode.")


def _guard_controls(text: str) -> None:
    """Line feed and tab are spaces, and so is a carriage return that belongs to a line feed."""
    for index, char in enumerate(text):
        if char in "\n\t" or unicodedata.category(char) != "Cc":
            continue
        if char == "\r" and text[index + 1 : index + 2] == "\n":
            continue
        raise ValueError(f"Character {index + 1} is the control character U+{ord(char):04X}; remove it.")


def _guard_runs(text: str) -> None:
    """Endless digits or stacked marks cost time out of all proportion to what they say."""
    marks = digits = 0
    for index, char in enumerate(text):
        kind = unicodedata.category(char)
        marks = marks + 1 if kind[0] == "M" else 0
        digits = digits + 1 if kind == "Nd" else 0
        if marks > MAX_MARK_RUN:
            raise ValueError(f"More than {MAX_MARK_RUN} combining marks in a row end at character {index + 1}.")
        if digits > MAX_DIGIT_RUN:
            raise ValueError(f"More than {MAX_DIGIT_RUN} digits in a row end at character {index + 1}; split them.")


def fold(text: str) -> tuple[Glyph, ...]:
    """Half-width, composed glyphs; pictures become spaces and invisible format characters vanish."""
    glyphs: list[Glyph] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.category(text[end])[0] == "M":
            end += 1
        glyphs.extend(Glyph(char, start, end) for char in _fold_cluster(text[start:end]))
        start = end
    return tuple(glyphs)


_FOLDED = {
    "…": "…", "⋯": "…", "™": "", "®": "", "©": "", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "⁄": "/",
    "−": "-", "‐": "-", "‑": "-", "￥": "¥", "∶": ":",
    "\n": "\n", "\r": "",
}  # fmt: skip


@lru_cache(maxsize=8192)
def _fold_cluster(cluster: str) -> str:
    """A base character with its marks, in the one form the rest of the front-end knows."""
    if cluster in _FOLDED:
        return _FOLDED[cluster]
    kind = unicodedata.category(cluster[0])
    if kind == "Nd":
        return str(unicodedata.decimal(cluster[0]))
    if kind in {"Cf", "Cn", "Mn", "Me"}:
        return ""
    if kind[0] == "Z" or cluster == "\t":
        return " "
    plain = unicodedata.normalize("NFKC", cluster)
    if kind in {"So", "Sk"} and not any(char.isalnum() for char in plain):
        return " " if "°" not in plain else plain
    return "".join(_FOLDED.get(char, char) for char in plain if unicodedata.category(char) != "Cc")


_ABBREVIATIONS = {
    "mr.": "mister", "mrs.": "misses", "ms.": "miz", "dr.": "doctor", "prof.": "professor", "st.": "saint",
    "vs.": "versus", "etc.": "et cetera", "e.g.": "for example", "i.e.": "that is", "no.": "number",
}  # fmt: skip
_SYMBOLS = {
    "zh": {"&": "和", "@": "艾特", "+": "加", "=": "等于", "×": "乘", "÷": "除以", "%": "百分号", "°": "度", ".": "点"},
    "en": {"&": "and", "@": "at", "+": "plus", "=": "equals", "×": "times", "÷": "divided by", "%": "percent",
           "°": "degrees", ".": "dot"},
}  # fmt: skip
_NUMERAL_PLACES = frozenset("十百千万亿 ")
_NUMERALS = frozenset("零〇一二三四五六七八九十百千万亿两幺点分负")
_CANDIDATE = re.compile(
    r"""
    (?P<abbreviation>\b(?:mr|mrs|ms|dr|prof|vs|etc|e\.g|i\.e|st(?=\.\ [A-Z])|no(?=\.\ ?\d))\.)
    | (?P<initials>\b(?:[A-Za-z]\.){2,}(?![A-Za-z]))
    | (?P<number>第?(?:(?<![A-Za-z\d)\]])[-+])?[$¥€£]?\d)
    | (?P<symbol>(?<=[\w+%°])\ ?[&@+=×÷%°])
    | (?P<dot>(?<=[A-Za-z\d])\.(?=[A-Za-z\d]))
    """,
    re.VERBOSE | re.IGNORECASE,
)


def expand(glyphs: Sequence[Glyph], language: str) -> tuple[Glyph, ...]:
    """Write expressions out. `language` is "zh", "en" or "auto" (each expression as its neighbours read)."""
    text = "".join(glyph.char for glyph in glyphs)
    written: list[Glyph] = []
    done = 0
    while (match := _CANDIDATE.search(text, done)) is not None:
        spoken_in = language if language in {"zh", "en"} else _language_around(text, match.start(), match.end())
        end, said = _said(match, text, spoken_in)
        written.extend(glyphs[done : match.start()])
        written.extend(_aligned(glyphs[match.start() : end], said))
        done = end
    written.extend(glyphs[done:])
    return tuple(written)


def _said(match: re.Match[str], text: str, language: str) -> tuple[int, str]:
    """Where the expression that begins with a candidate ends, and the words for it."""
    found = match.group()
    if match.lastgroup == "number":
        whole = EXPRESSIONS[language].match(text, match.start())
        assert whole is not None, "a candidate is a prefix of the expression pattern"
        said = verbalise(whole.group(), language, text[: match.start()])
        return whole.end(), said if language == "zh" else f" {said} "
    if match.lastgroup == "abbreviation":
        return match.end(), f" {_ABBREVIATIONS[found.lower()]} "
    if match.lastgroup == "initials":
        return match.end(), " " + " ".join(found.replace(".", "").upper()) + " "
    return match.end(), f" {_SYMBOLS[language][found.strip()]} "


def _language_around(text: str, start: int, end: int) -> str:
    """English only where the nearest letters on both sides, as far as there are any, are Latin."""
    before = next((char for char in reversed(text[max(0, start - 60) : start]) if char.isalpha()), "")
    after = next((char for char in text[end : end + 60] if char.isalpha()), "")
    neighbours = [char for char in (before, after) if char]
    return "en" if neighbours and not any(is_hanzi(char) for char in neighbours) else "zh"


def _aligned(source: Sequence[Glyph], said: str) -> list[Glyph]:
    """Give the words of an expression their spans.

    Digits read one by one map one to one, Chinese characters that stand in both keep their own span,
    and what lies between two of them shares the span of the source between them.
    """
    digits = all(glyph.char.isdigit() for glyph in source)
    if digits and len(said) == len(source) and not _NUMERAL_PLACES & set(said):
        return [replace(glyph, char=char) for glyph, char in zip(source, said, strict=True)]
    glyphs: list[Glyph] = []
    spoken = waiting = 0
    for index, glyph in enumerate(source):
        found = _anchor(glyph.char, said, spoken, last=index == len(source) - 1)
        if found < 0:
            continue
        glyphs.extend(_sharing(source[waiting:index] or (glyph,), said[spoken:found]))
        glyphs.append(glyph)
        spoken, waiting = found + 1, index + 1
    return [*glyphs, *_sharing(source[waiting:] or source, said[spoken:])]


def _anchor(char: str, said: str, spoken: int, *, last: bool) -> int:
    """Where a written character stands in the words, -1 if nowhere for certain: numerals may come from digits."""
    if last and is_hanzi(char) and said.endswith(char):
        return len(said) - 1
    return said.find(char, spoken) if is_hanzi(char) and char not in _NUMERALS else -1


def _sharing(source: Sequence[Glyph], said: str) -> list[Glyph]:
    """Every character of `said` with the span of all of `source`, bare spaces at its ends left out."""
    inner = [glyph for glyph in source if glyph.char != " "] or list(source)
    return [Glyph(char, inner[0].start, inner[-1].end) for char in said]
