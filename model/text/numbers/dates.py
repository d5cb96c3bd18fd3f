"""Days, months and years, and decades: 2024-03-15, 3/14/2023, 5·12, the 1990s.

A year that stands alone is a plain number with the words around it (`plain.py`).
"""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Rules, whole
from oncue.model.text.numbers.around import MONTHS, digits_of
from oncue.model.text.numerals import cardinal_en, cardinal_zh, digits_zh, ordinal_en, year_en
from oncue.model.text.patterns import pattern

RULES = Rules()


def date_zh(year: str, month: str, day: str) -> str:
    """二零二四年五月一日."""
    return f"{digits_zh(year)}年{cardinal_zh(month)}月{cardinal_zh(day)}日"


def date_en(year: str, month: str, day: str) -> str:
    """March fifteenth, twenty twenty four."""
    return f" {MONTHS[int(month) - 1]} {ordinal_en(day)}, {year_en(year)} "


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


@RULES.rule(r"([12]\d{3})([-/.])(\d{1,2})\2(\d{1,2})(?![\d/.-]{0,24}\d)(?:T(?=\d))?")
def _date(context: Context, match: re.Match[str]) -> Found | None:
    year, month, day = match.group(1, 3, 4)
    if not _is_day(month, day):
        return None
    said = date_zh if context.is_chinese(match.start(), match.end()) else date_en
    return whole(match, said(year, month, day))


@RULES.rule(r"(\d{1,2})([-/.])(\d{1,2})\2([12]\d{3})(?![\d/.-]{0,24}\d)")
def _date_year_last(context: Context, match: re.Match[str]) -> Found | None:
    month, day, year = match.group(1, 3, 4)
    if int(month) > 12:
        month, day = day, month
    if not _is_day(month, day):
        return None
    said = date_zh if context.is_chinese(match.start(), match.end()) else date_en
    return whole(match, said(year, month, day))


@RULES.rule(r"(\d{1,2})/(\d{1,2})(?![\d/]{0,24}\d)")
def _month_and_day(context: Context, match: re.Match[str]) -> Found | None:
    """3/14 where words say that it is a day."""
    if not _is_day(*match.groups()):
        return None
    if context.is_chinese(match.start(), match.end()):
        told = pattern(r"(?:日期|截至|截止|时间|生日|定于|于)[是为：:]?\s?$").search(context.before(match.start()))
        return whole(match, f"{cardinal_zh(match[1])}月{cardinal_zh(match[2])}日") if told else None
    told = pattern(
        r"\b(?:on|due|until|by|date|dated|deadline|since|birthday|is|from|before|after)[: ]+$", re.IGNORECASE
    ).search(context.before(match.start()))
    if match[0] == "9/11":
        return whole(match, " nine eleven ")
    sized = int(match[2]) >= 12 or pattern(r"\b(?:on|due|dated?|deadline|birthday)[: ]+$", re.IGNORECASE).search(
        context.before(match.start())
    )
    return whole(match, f" {MONTHS[int(match[1]) - 1]} {ordinal_en(match[2])} ") if told and sized else None


@RULES.rule(r"(\d{1,2})·(\d{1,2})(?!\d)")
def _day_of_history(context: Context, match: re.Match[str]) -> Found | None:
    """5·12, the day of an event."""
    if not _is_day(*match.groups()):
        return None
    return digits_of(context, match, phone=True) if context.is_chinese(match.start(), match.end()) else None


_DECADES = (
    "hundreds",
    "tens",
    "twenties",
    "thirties",
    "forties",
    "fifties",
    "sixties",
    "seventies",
    "eighties",
    "nineties",
)


@RULES.rule(r"'(\d\d)(?=年)")
def _short_year(_context: Context, match: re.Match[str]) -> Found:
    """'23年."""
    return whole(match, digits_zh(match[1]))


@RULES.rule(r"'?(?:(1\d|20))?(\d)0'?s\b")
def _decade(context: Context, match: re.Match[str]) -> Found | None:
    """1990s, the '90s, the 1900s."""
    if context.is_chinese(match.start(), match.end()) and match[1] is None:
        return None
    if match[1] is None:
        plural = "'" in match.group() or pattern(
            r"\b(?:the|his|her|my|their|your|our|early|mid|late|in)[ -]$", re.IGNORECASE
        ).search(context.before(match.start()))
        if not plural:
            return None
        return whole(match, f" {_DECADES[int(match[2])]} ") if int(match[2]) else None
    century = "two thousands" if match[1] == "20" and match[2] == "0" else ""
    return whole(match, f" {century or cardinal_en(match[1]) + ' ' + _DECADES[int(match[2])]} ")
