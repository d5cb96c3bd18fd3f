"""Numerals of the Romans: II is two behind a noun and the second behind a king."""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Rules, whole
from oncue.model.text.numerals import cardinal_en, cardinal_zh, ordinal_en
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import words_of

RULES = Rules()

_ROMAN = r"(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_value(numeral: str) -> int:
    """The number a well-formed numeral stands for."""
    total = 0
    for index, char in enumerate(numeral):
        value = _VALUES[char]
        total += -value if any(_VALUES[later] > value for later in numeral[index + 1 : index + 2]) else value
    return total


@RULES.rule(rf"(?<![A-Za-z0-9'.-])({_ROMAN})(?![A-Za-z0-9'’])(?!-[A-Za-z])(?!\.[A-Za-z])")
def _roman(context: Context, match: re.Match[str]) -> Found | None:
    numeral = match[1]
    if not numeral:
        return None
    value = str(roman_value(numeral))
    before = context.before(match.start())
    chinese_before = pattern(r"[一-鿿]\s?$").search(before) is not None
    if chinese_before or (
        pattern(r"[一-鿿]").match(context.after(match.end())) and not pattern(r"[A-Za-z]\s?$").search(before)
    ):
        return _roman_zh(context, match, value)
    word = pattern(r"([A-Za-z]+)[,.]? $").search(before)
    if word is None:
        return None
    return _roman_en(context, match, value, word)


def _roman_zh(context: Context, match: re.Match[str], value: str) -> Found | None:
    after = context.after(match.end(), 2)
    classed = after[:1] in words_of("roman_zh") and bool(after)
    ordinal = context.before(match.start()).endswith("第")
    if (len(match[1]) > 1 and match[1] not in _NO_NUMERALS) or (classed and match[1] in {"I", "V"}) or ordinal:
        return whole(match, cardinal_zh(value))
    return None


def _roman_en(context: Context, match: re.Match[str], value: str, word: re.Match[str]) -> Found | None:
    numeral, noun = match[1], word[1]
    before, after = context.before(match.start()), context.after(match.end())
    alone = numeral == "I" and (_verb_follows(after) or "," in word.group())
    if len(numeral) == 1 and numeral in "LCDM":
        return None
    ruler = pattern(r"([A-Za-z]+) [A-Z][a-z]+ $").search(before)
    ruled = ruler is not None and ruler[1].lower() in words_of("rulers") and noun[0].isupper()
    if ruled or (noun in words_of("regnal") and not alone):
        return whole(match, f" the {ordinal_en(value)} ")
    if noun.lower() in words_of("roman_nouns"):
        counts = numeral != "I" or (noun[0].isupper() and not alone)
    else:
        medical = numeral == "IV" and pattern(r" (?:drip|fluid|fluids|line|bag|therapy|injection|needle)").match(after)
        named = noun[0].isupper() and noun not in _BEFORE_A_DRIP
        counts = len(numeral) > 1 and numeral not in _NO_NUMERALS and named and not medical
    return whole(match, f" {cardinal_en(value)} ") if counts else None


_BEFORE_A_DRIP = frozenset(
    "A An The This That His Her My Your Our Their Its Give Take Start Stop Remove Insert One No Any Via Is And Or For With By".split()  # noqa: SIM905
)
"""Words that may begin a sentence before letters that are no numeral: The IV was out."""
_NO_NUMERALS = frozenset({"MIX", "CIV", "XL", "XX", "CC", "XXL"})
"""Sizes, and words and names in capitals."""


def _verb_follows(after: str) -> bool:
    return bool(
        pattern(
            r" (?:am|was|have|had|will|would|do|did|can|could|should|think|know|like|love|want|need|'|saw|said|see|say|mean|read|wrote|ever|never|always|also|just|really)\b| [a-z]+n't\b"
        ).match(after)
    )


@RULES.rule(r"(?<![A-Za-z0-9'.-])(?:i{2,3}|iv|vi{0,3}|i?x|xi{1,3})(?![A-Za-z0-9'’-])")
def _small_roman(context: Context, match: re.Match[str]) -> Found | None:
    """Section iv, scene ii; and (iii) before what is listed."""
    word = pattern(r"([A-Za-z]+)[,.]? $").search(context.before(match.start()))
    listed = (
        pattern(r"(?:^|\s)\($").search(context.before(match.start(), 2)) is not None
        and context.after(match.end(), 1) == ")"
    )
    if not listed and (word is None or word[1].lower() not in words_of("roman_nouns")):
        return None
    value = str(roman_value(match.group().upper()))
    chinese = context.is_chinese(match.start(), match.end())
    return whole(match, cardinal_zh(value) if chinese else f" {cardinal_en(value)} ")
