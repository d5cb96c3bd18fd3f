"""Abbreviations with their stop or without, months, initials: St. is a saint before a name and a street behind one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.glyphs import is_hanzi
from oncue.model.text.numbers.around import say_number
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import rows, words_of

RULES = Rules()


@dataclass(frozen=True, slots=True)
class _Abbreviation:
    said: str
    before: str
    after: str


@cache
def _abbreviations() -> dict[str, tuple[_Abbreviation, ...]]:
    found: dict[str, tuple[_Abbreviation, ...]] = {}
    for written, *row in rows("abbreviations.tsv"):
        found[written] = (*found.get(written, ()), _Abbreviation(*row))
    return found


_NAME_BEHIND = re.compile(r"(?:\b[A-Z][\w'-]+|\d+(?:st|nd|rd|th)),? $")
_NO_NAMES = frozenset(
    [
        "Dear",
        "The",
        "And",
        "Or",
        "But",
        "To",
        "For",
        "With",
        "From",
        "Hi",
        "Hello",
        "Hey",
        "By",
        "Ask",
        "Call",
        "Tell",
        "See",
        "Meet",
        "Yes",
        "No",
        "Oh",
        "When",
        "If",
        "As",
        "Is",
        "Was",
    ]
)


@RULES.rule(r"(?<![A-Za-z.'@])(e\.g|i\.e|[A-Za-z]{1,6})\.(?![A-Za-z]\w|\d+\.)")
def _abbreviation(context: Context, match: re.Match[str]) -> Found | None:
    if match[1] in {"min", "max"} and pattern(r"[$€£¥]\s?\d[\d.,]* $").search(context.before(match.start())):
        return whole(match, f" {match[1]}imum ")
    for entry in _entries(match[1]):
        if _stands(entry, context, match):
            return _said(context, match, entry)
    return None


_UNSTOPPED = {
    **{word: ("number", said) for word, said in {
        "Vol": "volume", "Vols": "volumes", "Fig": "figure", "Figs": "figures", "Ch": "chapter", "Ep": "episode", "Eps": "episodes", "Pt": "part",
        "Apt": "apartment", "Rm": "room", "Ste": "suite", "Hwy": "highway", "Rte": "route", "Bldg": "building", "pp": "pages",
        "pg": "page", "pgs": "pages", "ext": "extension", "Ext": "extension", "Eq": "equation", "approx": "approximately", "Op": "opus",
    }.items()},
    **{word: ("name", said) for word, said in {
        "Mt": "mount", "Ft": "fort", "St": "saint", "Sgt": "sergeant", "Capt": "captain", "Lt": "lieutenant", "Col": "colonel",
        "Gen": "general", "Cpl": "corporal", "Rev": "reverend", "Prof": "professor", "Sen": "senator", "Gov": "governor", "Maj": "major",
    }.items()},
}  # fmt: skip
"""Abbreviations that are written without their full stop too, before a number or a name."""


@RULES.rule(rf"(?<![A-Za-z.'@])({'|'.join(sorted(_UNSTOPPED, key=len, reverse=True))}) (?=#?\d|[A-Z][a-z])")
def _unstopped(context: Context, match: re.Match[str]) -> Found | None:
    """Vol 3, Hwy 61, Mt Hood; but Gen Z, and 5 Ft."""
    before, said = _UNSTOPPED[match[1]]
    number = pattern(r"#?\d").match(context.after(match.end(), 2)) is not None
    if number != (before == "number") or pattern(r"\d\s?$").search(context.before(match.start(), 3)):
        return None
    if match[1] == "St" and _NAME_BEHIND.search(context.before(match.start())):
        return None
    return Found(match.end(), (Part(match.start(), match.end(1), f" {said} "),))


def _entries(written: str) -> tuple[_Abbreviation, ...]:
    """What an abbreviation may be: as written, or in other capitals where a number tells that it is one."""
    table = _abbreviations()
    if written in table:
        return table[written]
    if written.lower() in table and (len(written) > 3 or "." in written or not written.islower()):
        return table[written.lower()]
    numbered = table.get(written.capitalize(), ())
    return tuple(entry for entry in numbered if entry.after == "number")


def _stands(entry: _Abbreviation, context: Context, match: re.Match[str]) -> bool:
    before, after = context.before(match.start()), context.after(match.end())
    name_before = _NAME_BEHIND.search(before)
    behind = name_before is not None and name_before.group().strip(" ,") not in _NO_NAMES
    name_after = bool(pattern(r"\s?[A-Z]").match(after)) and not pattern(
        r"\s(?:The|It|He|She|We|They|I|In|But|And|This|That|There|A|An|You|My)\b"
    ).match(after)
    stands_before = {
        "any": True,
        "after-name": behind,
        "number": bool(pattern(r"\d\s?$").search(before)),
    }[entry.before]
    stands_after = {
        "any": True,
        "name": name_after,
        "no-name": not name_after or bool(pattern(r"\d [A-Z][\w'-]+ $").search(before)),
        "number": bool(pattern(r"\s?#?(?:\d|[A-Z]{1,3}-?\d|[IVX]{2,}\b|[VX]\b)").match(after)),
        "day": bool(pattern(r",? (?:\d|at\b|[-–]|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))").match(after)),
    }[entry.after]
    return stands_before and stands_after


_ONE = {"feet": "foot", "inches": "inch"}


def _said(context: Context, match: re.Match[str], entry: _Abbreviation) -> Found:
    """The words, and the full stop where it ends the sentence as well."""
    if entry.before == "number" and pattern(r"(?<![\d.,])1\s?$").search(context.before(match.start(), 4)):
        entry = replace(entry, said=_ONE.get(entry.said, entry.said.removesuffix("s")))
    follows = context.after(match.end(), 40)
    closing = entry.before in {"after-name", "number"} or entry.said in {"et cetera", "al"}
    ends = not follows.strip() or (
        closing and entry.said != "versus" and bool(pattern(r"\s+(?:[A-Z]|\n)").match(follows))
    )
    said = f" {entry.said} "
    if is_hanzi(follows.strip()[:1] or " ") and entry.said == "number":
        return whole(match, said)
    if context.is_chinese(match.start(), match.end()) and entry.said == "number":
        number = pattern(r"\s?(\d+)").match(follows)
        if number:
            end = match.end() + number.end()
            return Found(
                end,
                (Part(match.start(), match.end(), "第"), Part(match.end(), end, say_number(number[1], chinese=True))),
            )
    return whole(match, said, end=match.end() - 1 if ends else match.end())


_MONTHS = {
    "Jan": "January",
    "Feb": "February",
    "Mar": "March",
    "Apr": "April",
    "Jun": "June",
    "Jul": "July",
    "Aug": "August",
    "Sep": "September",
    "Sept": "September",
    "Oct": "October",
    "Nov": "November",
    "Dec": "December",
}


@RULES.rule(r"(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?:(?= \d)|(?<=\d [A-Z][a-z]{2})(?![A-Za-z.]))")
def _month(_context: Context, match: re.Match[str]) -> Found:
    """Jan 3."""
    return whole(match, f" {_MONTHS[match[1]]} ")


@RULES.rule(
    r"([Pp])\.?([Hh])\.?([Dd])\.?(?![A-Za-z])|(?<![A-Za-z.])(?:[A-Za-z]\.){2,}(?![A-Za-z0-9])|(?<![A-Za-z.])(?:[A-Z]\.){1,}[A-Z](?![A-Za-z0-9.])"
)
def _initialism(context: Context, match: re.Match[str]) -> Found | None:
    """U.S.A., a.m., Ph.D.: letters; a full stop that ends the sentence is kept."""
    if match.group() in {"phd", "PHD"}:
        return None
    follows = context.after(match.end(), 3)
    ends = not follows.strip() or (
        pattern(r"\s[A-Z][a-z]").match(follows) and match.group().lower() in {"a.m.", "p.m."}
    )
    parts = letter_names(context, match.start(), match.end())
    return Found(match.end() - 1 if ends and match.group().endswith(".") else match.end(), parts)


def letter_names(context: Context, start: int, end: int) -> tuple[Part, ...]:
    """The characters [start, end) of the text, each by the name of its letter."""
    return tuple(
        Part(at, at + 1, f" {context.text[at].upper()} ", letter=True)
        for at in range(start, end)
        if context.text[at].isalpha()
    )


@RULES.rule(r"(?<![A-Za-z.'])[A-Z]\.(?: ?[A-Z]\.)*(?= ?[A-Z][a-z'])")
def _initials(context: Context, match: re.Match[str]) -> Found | None:
    """J. R. R. Hill, John F. Kennedy; but no plan B. Then."""
    before = context.before(match.start())
    last = pattern(r"([A-Za-z']+) $").search(before)
    several = match.group().count(".") > 1
    if not several:
        if match.group() == "I.":
            return None
        named = last is not None and last[1][0].isupper() and last[1].lower() not in words_of("letter_nouns")
        opens = not before.strip() or bool(
            pattern(r"[.!?:;,(\"“]\s*$|\b(?:by|and|with|of|to|for|from|Mr|Dr|author) $").search(before)
        )
        if not named and not opens:
            return None
        if opens and not named and match.group() == "A.":
            return None
    return Found(match.end(), letter_names(context, match.start(), match.end()))
