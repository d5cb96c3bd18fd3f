"""Number expressions as words: what counts as one, and how it is said in Mandarin or English.

The grammars are wetext's finite-state ones (bundled with its wheel, nothing is fetched); this file
decides which strings they see and reads digit by digit what they should not. Spans are not its business.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
_UNITS = (
    "km/h|m/s|kbps|mbps|km|cm|mm|nm|kg|mg|ml|kwh|kw|mb|gb|tb|kb|hz|khz|mhz|ghz|ms|min|mph|lbs|lb|oz|ft|db|"
    "m|g|l|w|v|s|h|t"
)
_TAIL_ZH = rf"(?:%|‰|°[CF]|(?:{_UNITS})(?![A-Za-z\d]))"
_TAIL_EN = rf"(?:%|\ ?°[CF]|(?:st|nd|rd|th)\b|'?s\b|\ ?(?:a\.?m|p\.?m|million|billion|thousand|trillion|{_UNITS})\b)"
_JOINED = rf"{_NUMBER}(?:[./:~–-]{_NUMBER})*"
_HANZI = r"[\u4e00-\u9fff]"
EXPRESSIONS: dict[str, re.Pattern[str]] = {
    # The character after the number decides 二 or 两 and how years are read, so it comes along.
    "zh": re.compile(rf"第?[-+]?[$¥€£]?{_JOINED}(?:[年月点时分]{_NUMBER})*(?:{_TAIL_ZH}|{_HANZI})?", re.IGNORECASE),
    "en": re.compile(rf"第?[-+]?[$¥€£]?{_JOINED}{_TAIL_EN}?", re.IGNORECASE),
}
"""Patterns that match at the first character of an expression."""

_DIGITS = {
    "zh": dict(zip("0123456789", "零一二三四五六七八九", strict=True)),
    "en": {"0": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven",
           "8": "eight", "9": "nine"},
}  # fmt: skip
_LONGEST_NUMBER = 15
_DECADES = {
    "2": "twenties", "3": "thirties", "4": "forties", "5": "fifties", "6": "sixties", "7": "seventies",
    "8": "eighties", "9": "nineties", "1": "tens",
}  # fmt: skip
_CENTURIES = {"18": "eighteen", "19": "nineteen", "20": "twenty"}
_MONTH_BEFORE = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\ $", re.IGNORECASE
)


def verbalise(expression: str, language: str, before: str = "") -> str:
    """The words of one expression in "zh" or "en"; `before` is the text that leads up to it."""
    if language == "en" and re.fullmatch(r"\d{1,2}", expression) and _MONTH_BEFORE.search(before[-12:]):
        expression += _ordinal_suffix(int(expression))
    return _verbalise(expression, language)


@lru_cache(maxsize=4096)
def _verbalise(expression: str, language: str) -> str:
    special = _english_special(expression) if language == "en" else None
    if special is not None:
        return special
    plain = re.sub(r"(?<=\d),(?=\d)", "", expression).replace("°C", "℃").replace("°F", "℉").replace("–", "-")
    ordinal = re.fullmatch(r"第(\d+)(\D?)", plain)
    if ordinal:
        return f"第{_verbalise(ordinal[1], language)}{ordinal[2]}"  # the grammar would count with 两
    if any(len(run) > _LONGEST_NUMBER for run in re.findall(r"\d+", plain)):
        return _digit_by_digit(plain, language)
    said = _by_grammar(plain, language)
    if said is None and not plain.isdigit():
        # Each number on its own, for the grammar has no reading for what joins them.
        said = re.sub(r"\d+", lambda number: f" {_verbalise(number.group(), language)} ", plain)
    said = (said or _digit_by_digit(plain, language)).replace("℃", "摄氏度").replace("℉", "华氏度")
    return _digit_by_digit(said, language) if re.search(r"\d", said) else said


def _by_grammar(plain: str, language: str) -> str | None:
    """The grammar's reading, None where it has none: it fails assertions on forms it does not know."""
    try:
        said = str(_grammar(language).normalize(plain))
    except (AssertionError, ValueError, IndexError, KeyError):
        return None
    return said or None


def _english_special(plain: str) -> str | None:
    """Decades, telephone numbers and times that the grammar misreads."""
    decade = re.fullmatch(r"(18|19|20)?(\d)0'?s", plain)
    if decade and decade[2] in _DECADES:
        century = _CENTURIES[decade[1]] + " " if decade[1] else ""
        return century + _DECADES[decade[2]]
    if re.fullmatch(r"\d{3}-\d{4}|\d{3}-\d{3}-\d{4}|\d{7,}", plain):
        return _digit_by_digit(plain, "en")
    return None


def _digit_by_digit(text: str, language: str) -> str:
    """Each digit by its name, other characters kept, hyphens silent."""
    names = _DIGITS[language]
    gap = " " if language == "en" else ""
    return "".join(f"{gap}{names[char]}{gap}" if char in names else char.replace("-", " ") for char in text).strip()


def _ordinal_suffix(day: int) -> str:
    if day in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


@cache
def _grammar(language: str) -> Any:
    """The grammar of a language, loaded at its first number: importing it takes half a second."""
    from wetext import Normalizer

    return Normalizer(lang=language, operator="tn")
